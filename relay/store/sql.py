"""The store on SQLAlchemy: opens the database, brings its tables up to date, reads; the writer does the writing."""

from pathlib import Path

from relay.core.storing import Store


async def open_store(path: Path, *, wait: float = 0.002) -> Store:
    """The store in the SQLite file `path` (made where there is none, mode 0600), its tables migrated to today's.

    `wait` is the longest time in seconds that a unit of work waits for others to share its commit.
    Raises StoreUnavailableError.
    """
    raise NotImplementedError
