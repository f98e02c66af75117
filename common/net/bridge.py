"""Between Twisted and asyncio: the one place where a Deferred becomes something to await.

Application code is `async def` on asyncio; Deferreds appear only where Twisted gives one.
"""

import asyncio
from typing import TypeVar

from twisted.internet.defer import Deferred

T = TypeVar("T")


def as_future(deferred: Deferred[T]) -> asyncio.Future[T]:
    """Something to await for what `deferred` brings; cancelling the future cancels the Deferred."""
    return deferred.asFuture(asyncio.get_running_loop())
