"""Tasks that nobody awaits: none is lost, all end together, and a bug in one is told where its owner wants to hear of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from common.host.log import get_logger

T = TypeVar("T")
log = get_logger(component="background")


def log_failure(failure: BaseException) -> None:
    """What a Background does with a failure unless it is told otherwise: a line in the log."""
    log.error("task_failed", exc_info=failure)


class Background:
    """The tasks of one owner. On the loop.

    `on_failure` is told of each one that ended in an exception (never of a cancelled one): it logs, or ends the one
    life that the task belonged to.
    """

    def __init__(self, *, on_failure: Callable[[BaseException], None] = log_failure) -> None:
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start `coroutine`; it first runs in the loop's next turn."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def settle(self) -> None:
        """Wait until none runs, also none that these started, except the one that calls."""
        while others := self._others():
            await asyncio.wait(others)

    async def close(self) -> None:
        """Cancel all that still run, except the one that calls, and wait until they have ended. Safe to call twice."""
        others = self._others()
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _others(self) -> set[asyncio.Task[Any]]:
        return self._tasks - {asyncio.current_task()}

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._on_failure(failure)
