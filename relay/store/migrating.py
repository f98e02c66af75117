"""A SQLite file brought up to date: copied before its tables change, and by a connection of its own.

SQLite makes tables anew where a step changes more than it can alter in place. No foreign key is looked at meanwhile:
they can be switched for a whole connection only, and are checked before the transaction ends.
"""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from relay.core.storing import StoreDamagedError
from relay.store import schema
from relay.store.engines import open_engine


async def bring_up_to_date(url: sa.URL) -> None:
    """Run the steps that are missing. Raises SchemaError, StoreDamagedError, SQLAlchemyError, sqlite3.Error, OSError: nothing was changed then.

    What was there before lies beside it in FILE.before-REVISION, by the revision that came.
    """
    engine = open_engine(url, foreign_keys=False)
    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(schema.revision)
        if found == schema.head():
            return
        if found is not None and url.database:
            await asyncio.to_thread(_copy, Path(url.database))
        async with engine.execution_options(writes=True).begin() as connection:
            await connection.run_sync(_migrate)
    finally:
        await engine.dispose()


def _migrate(connection: sa.Connection) -> None:
    schema.migrate(connection)
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StoreDamagedError(f"a row of {broken[0]} refers to nothing")


def _copy(database: Path) -> None:
    """For its owner only, and whole also while another program has the file open."""
    copy = database.with_name(f"{database.name}.before-{schema.head()}")
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(part),))
    part.replace(copy)
