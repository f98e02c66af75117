"""What a relay would meet in its database, looked at without making or changing anything there: for `check-config --deep`."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from relay.core.storing import StoreUnavailableError
from relay.store import schema
from relay.store.engines import is_postgresql, open_engine, url_of
from relay.store.opening import opening
from relay.store.owner import holder_of

ENCODING = "UTF8"
_WANTED = {"server_encoding": ENCODING, "transaction_read_only": "off", "fsync": "on", "full_page_writes": "on"}
"""Settings of PostgreSQL's that names and acknowledged records need."""
_READABLE = sa.text("SELECT has_table_privilege(to_regclass('alembic_version'), 'SELECT')")  # NULL where there is none

_STANDBYS = sa.text("SELECT count(*) FROM pg_stat_replication")  # whoever may see no more than that they are there


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What is there. `program`: the database's name and version; `revision`: of the tables, "" where there are none yet."""

    program: str
    revision: str
    wanted: str
    role: str = ""
    wrong_settings: tuple[str, ...] = ()
    missing_rights: tuple[str, ...] = ()
    may_change_tables: bool = False
    owner: str = ""
    lagging_standbys: int = 0
    """Servers that follow this one, where it waits for none of them."""

    @property
    def migrates_itself(self) -> bool:
        """Whether the relay makes and changes the tables itself, at its start."""
        return not self.role


async def inspect(database: Path | str) -> Inspection:
    """Open it and look. Raises StoreUnavailableError: DriverMissingError, SchemaError where it is newer, StoreDamagedError."""
    url = url_of(database)
    if isinstance(database, Path) and _can_be_made(database):
        return Inspection(program="SQLite", revision="", wanted=schema.head())
    async with opening(url) as stack:
        engine = open_engine(url)
        stack.push_async_callback(engine.dispose)
        return await (_server(engine) if is_postgresql(url) else _file(engine))


def _can_be_made(path: Path) -> bool:
    """Whether there is no such file yet. Raises StoreUnavailableError where none can be made."""
    if path.exists():
        return False
    if not os.access(path.parent, os.W_OK | os.X_OK):
        error = errno.EACCES if path.parent.exists() else errno.ENOENT
        raise StoreUnavailableError(f"{path.parent}: {os.strerror(error)}")
    return True


async def _file(engine: AsyncEngine) -> Inspection:
    async with engine.execution_options(writes=True).connect() as connection:  # it must be one that can be written
        version = (await connection.exec_driver_sql("SELECT sqlite_version()")).scalar_one()
        revision = await connection.run_sync(schema.revision)
        await connection.rollback()
    return Inspection(program=f"SQLite {version}", revision=revision or "", wanted=schema.head())


async def _server(engine: AsyncEngine) -> Inspection:
    async with engine.connect() as connection:
        version = await _setting(connection, "server_version")
        settings = {name: await _setting(connection, name) for name in _WANTED}
        role = (await connection.execute(sa.text("SELECT current_user"))).scalar_one()
        holder = await holder_of(connection)
        if (await connection.execute(_READABLE)).scalar_one() is False:
            raise StoreUnavailableError(f"{role}: SELECT alembic_version")
        revision = await connection.run_sync(schema.revision) or ""
        whole = revision == schema.head()
        return Inspection(
            program=f"PostgreSQL {version.partition(' ')[0]}",
            revision=revision,
            wanted=schema.head(),
            role=role,
            wrong_settings=tuple(f"{name} = {is_so}" for name, is_so in settings.items() if is_so != _WANTED[name]),
            missing_rights=tuple(await connection.run_sync(schema.missing_rights)) if whole else (),
            may_change_tables=whole and await connection.run_sync(schema.may_change_tables),
            owner="" if holder is None else str(holder),
            lagging_standbys=await _lagging_standbys(connection),
        )


async def _lagging_standbys(connection: AsyncConnection) -> int:
    if await _setting(connection, "synchronous_standby_names"):
        return 0
    return int((await connection.execute(_STANDBYS)).scalar_one())


async def _setting(connection: AsyncConnection, name: str) -> str:
    return str((await connection.execute(sa.text("SELECT current_setting(:name)"), {"name": name})).scalar_one())
