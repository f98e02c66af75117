"""The layout of an X11 desktop, by RandR.

An X server does one thing after the other. Who changes the layout has it changed, and its notice to us is written, before
anybody is given a pixel of what it is then. So whatever a VNC server has read from X before we got its bytes, a notice that
concerns those is here by the answer to our next question at the latest. That question is made before the bytes pass: for
the list of monitors, since a change of that alone (`xrandr --setmonitor`) is not told to anybody.
"""

import asyncio
import contextlib
import hashlib
import select
import time
from collections.abc import Callable
from typing import Any, Final

from Xlib import X, error
from Xlib.ext import randr

from common.host.errors import TasukiError
from common.host.x11 import open_display
from user_agent.servers.base import ScreenChoice

ANSWERS_WITHIN: Final = 0.1  # seconds; it takes 40 µs, and more only while somebody has the X server to himself
LOOK: Final = 1.0  # seconds between two looks where nothing comes from the VNC server, for what nobody is told of
CHANGES: Final = randr.RRScreenChangeNotifyMask | randr.RRCrtcChangeNotifyMask | randr.RROutputChangeNotifyMask
EDID: Final = "EDID"  # what a monitor says of itself
EDID_WORDS: Final = 256  # and how much of it is read
HEAD: Final = 8  # bytes of an answer that number it, and say how long it is

# What python-xlib raises where the X server is no more, or does not do as it should.
LOST: Final = (error.DisplayError, error.ConnectionClosedError, error.XError, OSError)
FAILURES: Final = (*LOST, AttributeError)  # a server without RandR: python-xlib does not know the call


class _Monitors(randr.GetMonitors):  # type: ignore[misc]
    """The answer as it came: to see that nothing has changed it need not be understood."""

    raw: bytes | None = None

    def _parse_response(self, data: Any) -> None:
        self._data = {"sequence_number": self._serial}
        self.raw = bytes(data[HEAD:])


class X11Probe:
    """See ports.LayoutProbe."""

    def __init__(self, display: str, *, within: float = ANSWERS_WITHIN) -> None:
        """Raises TasukiError `display_closed`, `screens_not_watched`."""
        self._within = within
        self._closed = self.gone = self._reading = False
        self._stale = False
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        try:
            self._display = open_display(display)
        except LOST as failure:
            raise TasukiError("display_closed", display=display) from failure
        try:
            self._fd: int = self._display.fileno()
            self._root = self._display.screen().root
            self._opcode = self._display.display.get_extension_major(randr.extname)
            self._notices = (
                self._display.extension_event.ScreenChangeNotify,
                self._display.extension_event.CrtcChangeNotify[0],
            )
            self._root.xrandr_select_input(CHANGES)
            self._root.xrandr_get_monitors()
        except (*FAILURES, KeyError) as failure:
            with contextlib.suppress(*LOST):
                self._display.close()
            raise TasukiError("screens_not_watched") from failure
        self._accepted: bytes | None = None
        self._waiting: _Monitors | None = None  # asked, and not answered in time

    def holds(self) -> bool:
        """Nothing was told, and the monitors are those that were accepted."""
        answer = self._ask()
        if answer is None or answer != self._accepted:
            self._stale = True
        return not self._stale

    def accept(self) -> bool:
        """What was told until now is past."""
        answer = self._ask()
        if answer is None:
            return False
        self._accepted, self._stale = answer, False
        return True

    def suspect(self) -> None:
        """It is asked each time."""

    def watch(self, changed: Callable[[], None]) -> None:
        """By what comes on the connection, and now and then."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._look, changed)
        self._reading = True
        self._later(changed)

    def close(self) -> None:
        """Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._read_no_more()
        if self._timer is not None:
            self._timer.cancel()
        with contextlib.suppress(*LOST):
            self._display.close()

    def _read_no_more(self) -> None:
        if self._reading and self._loop is not None:
            self._loop.remove_reader(self._fd)
        self._reading = False

    def _later(self, changed: Callable[[], None]) -> None:
        if self._loop is not None and not self._closed:
            self._timer = self._loop.call_later(LOOK, self._look_again, changed)

    def _look_again(self, changed: Callable[[], None]) -> None:
        self._look(changed)
        self._later(changed)

    def _look(self, changed: Callable[[], None]) -> None:
        if self._closed:
            return
        if not self.holds():
            changed()

    def _ask(self) -> bytes | None:
        """One question, its answer, and all that was told before it. None where there is no answer in time, or none any more."""
        if self._closed or self.gone:
            return None
        try:
            return self._answer()
        except LOST:
            self.gone = True
            self._read_no_more()  # at once: the number of its descriptor is free for another
            return None

    def _answer(self) -> bytes | None:
        connection = self._display.display
        if (late := self._waiting) is not None and not self._comes(late, 0.0):
            return None  # it was waited for once
        self._waiting = None
        question = _Monitors(display=connection, defer=True, opcode=self._opcode, window=self._root, is_active=True)
        connection.flush()
        if not self._comes(question, self._within):
            self._waiting = question
            return None
        while self._display.pending_events():
            self._hear(self._display.next_event())
        return question.raw

    def _comes(self, question: _Monitors, within: float) -> bool:
        """Whether its answer is here in so many seconds."""
        end = time.monotonic() + within
        while question.raw is None:
            if not select.select([self._fd], [], [], max(0.0, end - time.monotonic()))[0]:
                return False
            self._display.pending_events()  # reads what is there
            if question._error is not None:  # noqa: SLF001 -- python-xlib tells it otherwise to whoever waits without end
                raise question._error  # noqa: SLF001
        return True

    def _hear(self, told: Any) -> None:
        if told.type & 0x7F in self._notices:
            self._stale = True


def monitors(display: str) -> list[ScreenChoice]:
    """RandR's monitors (1.5); none where X does not tell. Not on the loop: it may wait."""
    with contextlib.suppress(*FAILURES):
        opened = open_display(display)
        try:
            return _monitors(opened)
        finally:
            opened.close()
    return []


def _monitors(display: Any) -> list[ScreenChoice]:
    root = display.screen().root
    whole = root.get_geometry()
    # One may be declared where the desktop does not reach (any more): it cannot be shown.
    found = [
        one
        for one in root.xrandr_get_monitors().monitors
        if 0 <= one.x <= whole.width - one.width_in_pixels and 0 <= one.y <= whole.height - one.height_in_pixels
    ]
    places = [(one.x, one.y, one.width_in_pixels, one.height_in_pixels) for one in found]
    return [
        ScreenChoice(
            name=str(display.get_atom_name(one.name)),
            x=one.x,
            y=one.y,
            width=one.width_in_pixels,
            height=one.height_in_pixels,
            mark=_mark(
                display,
                list(one.crtcs),
                [other for at, other in enumerate(places) if at != number and _meet(other, places[number])],
            ),
        )
        for number, one in enumerate(found)
    ]


def _mark(display: Any, outputs: list[int], beside: list[tuple[int, int, int, int]]) -> str:
    """What else than name and place tells this monitor: what it says of itself, how it is turned, what shares its pixels."""
    parts: list[object] = [sorted(beside)]
    for output in outputs:  # python-xlib calls them crtcs
        told = display.xrandr_get_output_info(output, X.CurrentTime)
        turned = display.xrandr_get_crtc_info(told.crtc, X.CurrentTime).rotation if told.crtc else 0
        says = display.xrandr_get_output_property(output, display.intern_atom(EDID), X.AnyPropertyType, 0, EDID_WORDS)
        parts.append((str(told.name), turned, bytes(says.value)))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _meet(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether they share a pixel."""
    x, y = max(one[0], other[0]), max(one[1], other[1])
    return x < min(one[0] + one[2], other[0] + other[2]) and y < min(one[1] + one[3], other[1] + other[3])
