"""Coroutines that run by themselves: held on to, their errors logged, waited for at the end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()


class Tasks:
    """The tasks of one desk."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run it. An exception is a bug of ours and ends only this task."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("desk_task_failed", exc_info=error)

    async def settle(self) -> None:
        """Wait until none runs, also none that these started."""
        while self._running:
            await asyncio.wait(set(self._running))
