"""No callback holds the loop: each event that Qt delivers, and each callback of asyncio (which qasync runs as an event), is
timed by the CPU time that it takes of the loop's thread, so that a busy machine is not to blame.

The steps of the test itself are not counted, but what they set off is: a click that a test makes is an event like any other.
"""

import gc
import time
from collections.abc import Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel

from common.host.log import get_logger

LIMIT = 0.25  # seconds: windows are to take 50 ms, and a test allows five times what is promised


@dataclass
class Watch:
    """What took too long since it was last asked, a sentence each."""

    slow: list[str] = field(default_factory=list)
    excused: float = 0.0  # CPU seconds of the test's own steps so far

    def now(self) -> float:
        """CPU seconds of this thread that count."""
        return time.thread_time() - self.excused

    def take(self) -> list[str]:
        """What was found, forgotten here."""
        found, self.slow = self.slow, []
        return found


WATCH = Watch()


class WatchedApplication(QApplication):
    """Times every event."""

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Deliver it."""
        kind, began = event.type(), WATCH.now()
        try:
            return super().notify(receiver, event)
        finally:
            spent = WATCH.now() - began
            if spent > LIMIT:
                WATCH.slow.append(f"{kind.name} took {spent * 1000:.0f} ms of CPU time")


async def excused(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine, its own steps not counted."""
    await _Steps(coroutine)


class _Steps:
    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        step, given = self._coroutine.send, None
        while True:
            began = time.thread_time()
            try:
                wanted = step(given)
            except StopIteration as end:
                return end.value
            finally:
                WATCH.excused += time.thread_time() - began
            try:
                given, step = (yield wanted), self._coroutine.send
            except BaseException as error:  # noqa: BLE001 -- a cancellation goes in as it came
                given, step = error, self._coroutine.throw


def warm_up() -> None:
    """What only the first window of a process costs, such as reading the fonts, and the first line of its log, is done now."""
    get_logger().debug("warmed_up")
    label = QLabel("Aa あ漢")
    label.show()
    label.grab()
    label.close()
    gc.collect()
    gc.freeze()  # so that a collection in a test looks through what tests made only
