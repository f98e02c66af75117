"""What SQLite leaves in its files of what was deleted: emptied out, once it has to be gone.

Connections that write fill what is freed with zeros (`secure_delete`), but where pages were split a copy can lie in one all the same, and
the write-ahead log holds pages as they were. So the file is made anew, and the log emptied into it, which waits for whoever reads.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from common.host.log import get_logger

log = get_logger()

PATIENCE: Final = 20.0
"""Seconds for those who read: each transaction of theirs lasts at most 2 s."""
_AGAIN: Final = 0.05
_LATER: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def clear(database: Path, *, patience: float = PATIENCE) -> bool:
    """See to it that nothing is left that no row has; whether it could be done, in time and with the room there is.

    Takes a second for some hundred megabytes, and as much room again; nobody writes meanwhile. Raises sqlite3.Error.
    """
    deadline = time.monotonic() + patience
    with closing(sqlite3.connect(database, isolation_level=None, timeout=1.0)) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        try:
            return _until(deadline, lambda: _made_anew(connection)) and _until(
                deadline, lambda: _log_emptied(connection)
            )
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
                raise
            log.warning("store_not_cleared", error=str(error))
            return False


def _log_emptied(connection: sqlite3.Connection) -> bool:
    busy, _frames, _done = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _made_anew(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _LATER:
            return False
        raise
    return True


def _until(deadline: float, step: Callable[[], bool]) -> bool:
    while not step():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_AGAIN)
    return True
