"""Between asyncio and Twisted: the one place where a coroutine becomes a Deferred, a Deferred a future, or a task of its own.

Application code is `async def` on asyncio; Deferreds appear only where Twisted wants one. Neither awaits the other directly.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

T = TypeVar("T")


def as_deferred(coroutine: Coroutine[Any, Any, T]) -> Deferred[T]:
    """Run `coroutine` as a task of the running loop; cancelling the Deferred cancels the task."""
    return Deferred.fromFuture(asyncio.ensure_future(coroutine))


def as_future(deferred: Deferred[T]) -> asyncio.Future[T]:
    """Something to await for what `deferred` brings; cancelling the future cancels the Deferred."""
    return deferred.asFuture(asyncio.get_running_loop())


class Background:
    """Tasks that nobody awaits, held so that they are not collected and ended together.

    `on_failure` is told of every one that ended in an exception (never of a cancelled one): it logs, or ends the
    one life the task belonged to.
    """

    def __init__(self, *, on_failure: Callable[[BaseException], None]) -> None:
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start `coroutine` now."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def close(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._on_failure(failure)
