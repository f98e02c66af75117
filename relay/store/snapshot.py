"""A copy of a SQLite file as it is at one moment, made beside whoever writes it.

One step of SQLite's backup API reads within one transaction: in WAL mode writers go on meanwhile, and none of what they write
gets in. (In several steps it would begin anew with each write.)
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from relay.core.storing import StoreDamagedError, StoreUnavailableError

_PATIENCE = 30.0  # seconds for a lock, which in WAL mode only recovery after a crash takes


def copy_sqlite(database: Path, target: Path) -> None:
    """`target` is new, and whole when this returns. Raises StoreDamagedError, StoreUnavailableError."""
    try:
        # Not read-only: the first to come after a crash has to write the log's index.
        with (
            closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
    except sqlite3.DatabaseError as error:
        target.unlink(missing_ok=True)
        damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        raise (StoreDamagedError if damaged else StoreUnavailableError)(str(error)) from error
