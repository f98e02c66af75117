"""The program that has the keyboard: whether it has dealt with what was pressed.

A program that answers _NET_WM_PING (EWMH) does so in the order of its events. One that does not (xterm, and all that is of Xt
alone) has dealt with them once it is at rest: see user_agent.input.at_rest. Where neither can be told, a while has to pass.
"""

import select
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from Xlib import X, error
from Xlib.protocol import event

from user_agent.input.at_rest import SilentProcess, process_of
from user_agent.input.lending import NEVER

ANSWERS_WITHIN = 10.0  # seconds: a program that is starved for longer is taken for one that hangs
SETTLES = 0.25  # seconds for one of which nothing can be told
GLANCE = 0.002
LATE = 0.02  # a glance that takes so long tells that the computer is busy: the program has had no time either
RESTS = 4  # looks in a row at which it was at rest, before what it may not have looked up yet means something else
HEARS = 1  # the same, for one that has only to hear of it


class Ping(NamedTuple):
    """A question that was sent."""

    window: int
    serial: int


class FocusedProgram:
    """Asks whichever program has the focus. `cut()`: whoever waits shall go on at once."""

    def __init__(self, display: Any, drain: Callable[[], None], cut: Callable[[], bool]) -> None:
        self._display = display
        self._root = display.screen().root
        self._drain, self._cut = drain, cut
        self._protocols = display.intern_atom("WM_PROTOCOLS")
        self._ping = display.intern_atom("_NET_WM_PING")
        self._serial = 0
        self._answered: set[Ping] = set()
        self._listening = False

    def heard(self, message: Any) -> None:
        """A client message that came: perhaps an answer."""
        if message.client_type == self._protocols and message.data[0] == 32:
            kind, serial, window, *_ = message.data[1]
            if kind == self._ping:
                self._answered.add(Ping(window, serial))

    def wait(self, last_use: float) -> None:
        """Until it has dealt with what was pressed; where nothing tells that, until a while after `last_use`."""
        if (ping := self._ask()) is not None and self._answers(ping):
            return
        process = None if ping is not None else self._process()
        if process is None or not process.hears_first:
            self._settle(last_use)
        if process is not None:
            self._comes_to_rest(process, RESTS)

    def hears_of_the_map(self) -> None:
        """Until it has heard that the keyboard map is another, if that can be told.

        Some ask for the new map only when they hear of it, and do not wait for it (Chromium): a key that is pressed behind their
        answer comes to them behind the map.
        """
        if (ping := self._ask()) is not None:
            self._answers(ping)
        elif (process := self._process()) is not None:
            self._comes_to_rest(process, HEARS)

    def rest(self) -> None:
        """Nothing is asked for now: the server need not tell what windows do."""
        if self._listening:
            self._listening = False
            self._answered.clear()
            self._root.change_attributes(event_mask=X.NoEventMask)
            self._display.flush()

    def _ask(self) -> Ping | None:
        """Ask the program that has the keyboard now; None where it does not answer such questions."""
        try:
            window = self._asked()
        except error.XError:  # it went while we looked
            return None
        if window is None:
            return None
        if not self._listening:
            self._listening = True
            self._root.change_attributes(event_mask=X.SubstructureNotifyMask | X.StructureNotifyMask)
        self._serial = self._serial % 0x7FFFFFFF + 1
        data = (32, [self._ping, self._serial, window.id, 0, 0])
        window.send_event(event.ClientMessage(window=window, client_type=self._protocols, data=data))
        self._display.flush()
        return Ping(window.id, self._serial)

    def _asked(self) -> Any | None:
        """The window with the focus, or the one around it that answers; None where none does."""
        for window in self._windows():
            found = window.get_full_property(self._protocols, X.AnyPropertyType)
            if found is not None and self._ping in found.value:
                return window
        return None

    def _process(self) -> SilentProcess | None:
        try:
            return process_of(self._display, self._windows())
        except error.XError:
            return None

    def _windows(self) -> Iterator[Any]:
        """The window with the focus and those around it, as far as they are the same program's: a frame may be another's, and answer."""
        others = ~self._display.display.info.resource_id_mask
        window = focused = self._display.get_input_focus().focus
        while hasattr(window, "get_full_property") and not (window.id ^ focused.id) & others:
            yield window
            window = window.query_tree().parent

    def _answers(self, ping: Ping) -> bool:
        """Wait for it; whether it came."""
        end = time.monotonic() + ANSWERS_WITHIN
        while ping not in self._answered and time.monotonic() < end and not self._cut():
            self._drain()
            if ping not in self._answered:
                select.select([self._display], [], [], GLANCE)
        came = ping in self._answered
        if came:
            self._answered = {one for one in self._answered if one.serial > ping.serial}
        return came

    def _settle(self, last_use: float) -> None:
        """Until a while after `last_use` has passed in which this computer let programs work."""
        left = 0.0 if last_use == NEVER else min(SETTLES, last_use + SETTLES - time.monotonic())
        while left > 0 and not self._cut():
            began = time.monotonic()
            time.sleep(min(left, GLANCE * 5))
            took = time.monotonic() - began
            left -= took if took < LATE else GLANCE

    def _comes_to_rest(self, process: SilentProcess, looks: int) -> None:
        """Until it was asleep from one look to the next, so many times in a row.

        Between the looks the server does what it was asked before, and tells: a program that waits for its answer is woken.
        """
        end = time.monotonic() + ANSWERS_WITHIN
        self._served()
        before = process.sleeping()
        asleep = 0
        while asleep < looks and time.monotonic() < end and not self._cut():
            self._served()
            time.sleep(GLANCE)
            now = process.sleeping()
            if now is not None and not now:  # it has gone
                return
            asleep = asleep + 1 if now and now == before else 0
            before = now

    def _served(self) -> None:
        """The server has looked at all its clients since: what they had asked for is done, and what they are told is sent."""
        for _ in range(3):
            self._display.sync()
