"""What fails while a database is opened, as the store's errors."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator

import sqlalchemy as sa
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from relay.core.storing import StoreDamagedError, StoreUnavailableError
from relay.store.faults import is_damaged, reason


@contextlib.asynccontextmanager
async def opening(url: sa.URL) -> AsyncIterator[contextlib.AsyncExitStack]:
    """A block that opens it. Raises StoreUnavailableError for whatever fails, and closes what is on the stack then."""
    try:
        async with contextlib.AsyncExitStack() as stack:
            yield stack
    except StoreUnavailableError:
        raise
    except (
        SQLAlchemyError,
        sqlite3.Error,
        OSError,
        CommandError,
        UnicodeDecodeError,
        ImportError,
        TypeError,
        ValueError,
    ) as error:
        # TypeError and ValueError: the driver's, for what the address has behind its question mark
        if is_damaged(error):
            raise StoreDamagedError(reason(error)) from error
        detail = (
            error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        )  # the database's own words
        raise StoreUnavailableError(f"{url.render_as_string()}: {detail}") from error
