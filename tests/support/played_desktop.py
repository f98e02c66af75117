"""A SessionInput before a desktop of the tests' own, which opens and closes when it may, and notes what is asked of it."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from common.host.errors import TasukiError
from common.protocol.messages import Mode
from tests.support.rfb_link import RecordingLink
from user_agent.input.ports import DesktopInput, ShownDesktop
from user_agent.session_input import SessionInput

SHOWN = ShownDesktop(":7", (100, 0), (640, 480))
MOVED = ShownDesktop(":7", (0, 0), (100, 200))


class OpenedInput:
    """A DesktopInput that notes its calls."""

    def __init__(self, place: "PlayedDesktop", told: dict[str, Any]) -> None:
        self.place, self.told = place, told

    @property
    def waiting(self) -> int:
        return self.place.waiting

    def key(self, keysym: int, down: bool) -> None:
        self.place.calls.append(("key", keysym, down))

    def pointer(self, x: int, y: int, buttons: int) -> None:
        self.place.calls.append(("pointer", x, y, buttons))

    def type(self, text: str) -> None:
        self.place.calls.append(("type", text))

    def release_all(self) -> None:
        self.place.calls.append(("release",))

    def close(self) -> None:
        assert threading.current_thread() is not threading.main_thread()
        self.place.may_close.wait(10)
        self.place.calls.append(("close",))


@dataclass
class PlayedDesktop:
    """A display that is opened when it may be."""

    may_open: threading.Event = field(default_factory=threading.Event)
    may_close: threading.Event = field(default_factory=threading.Event)
    waiting: int = 0
    refuses: Exception | None = None
    opened_for: list[ShownDesktop] = field(default_factory=list)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    opened: list[OpenedInput] = field(default_factory=list)
    lost: list[TasukiError] = field(default_factory=list)
    link: RecordingLink = field(default_factory=RecordingLink)

    def open(self, display: str, **told: Any) -> DesktopInput:
        assert threading.current_thread() is not threading.main_thread()
        self.opened_for.append(ShownDesktop(display, told["origin"], told["size"]))
        self.may_open.wait(10)
        if self.refuses is not None:
            raise self.refuses
        self.calls.append(("open",))
        self.opened.append(OpenedInput(self, told))
        return self.opened[-1]

    async def until(self, what: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not what():
            assert time.monotonic() < end
            await asyncio.sleep(0.005)


def is_open(desktop: SessionInput) -> bool:
    """Whether the session has it already: it was opened in a thread a moment before, and a machine may be slow."""
    return desktop._is_open


@contextlib.asynccontextmanager
async def sharing(
    mode: Mode = Mode.CONTROL, *, slow: bool = False
) -> AsyncIterator[tuple[SessionInput, PlayedDesktop]]:
    """A session that has begun. `slow`: the display lets nobody in, or go, before it may."""
    place = PlayedDesktop()
    if not slow:
        place.may_open.set()
        place.may_close.set()
    desktop = SessionInput(desktop=SHOWN, open_desktop=place.open, on_lost=place.lost.append)
    desktop.attached(place.link, mode)
    try:
        yield desktop, place
    finally:
        place.may_open.set()
        place.may_close.set()
        await desktop.close()
        assert set(place.opened_for) <= {SHOWN, MOVED}
        assert place.calls.count(("open",)) == place.calls.count(("close",))
