"""The program that has the keyboard: whether it has dealt with what was pressed (EWMH, _NET_WM_PING).

A program that answers that message does so in the order of its events. One that does not (xterm) has had its events once a
while has passed and it sleeps: it names its process, and one that has work and gets no processor does not sleep.
"""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from Xlib import X, error
from Xlib.protocol import event

from user_agent.input.lending import NEVER

ANSWERS_WITHIN = 10.0  # seconds: a program that is starved for longer is taken for one that hangs
SETTLES = 0.25  # seconds for one that does not answer
GLANCE = 0.002
LOOKS = 8  # that a program was asleep at
LATE = 0.02  # a glance that takes so long tells that the computer is busy: the program has had no time either


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

    def ask(self) -> Ping | None:
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

    def heard(self, message: Any) -> None:
        """A client message that came: perhaps an answer."""
        if message.client_type == self._protocols and message.data[0] == 32:
            kind, serial, window, *_ = message.data[1]
            if kind == self._ping:
                self._answered.add(Ping(window, serial))

    def wait(self, ping: Ping | None, last_use: float) -> None:
        """Until it has dealt with what was pressed before `ping`; where it cannot say so, until a while after `last_use`."""
        if not self._answers(ping):
            self.settle(last_use)
            self._sleeps()

    def hears_of_the_map(self) -> None:
        """Until it has heard that the keyboard map is another, if it says such things.

        Some ask for the new map only when they hear of it, and do not wait for it (Chromium): a key that is pressed behind their
        answer comes to them behind the map.
        """
        self._answers(self.ask())

    def _answers(self, ping: Ping | None) -> bool:
        """Wait for it; whether it came."""
        if ping is None:
            return False
        end = time.monotonic() + ANSWERS_WITHIN
        while ping not in self._answered and time.monotonic() < end and not self._cut():
            self._drain()
            if ping not in self._answered:
                time.sleep(GLANCE)
        came = ping in self._answered
        if came:
            self._answered = {one for one in self._answered if one.serial > ping.serial}
        return came

    def settle(self, last_use: float) -> None:
        """Until a while after `last_use` has passed in which this computer let programs work."""
        left = 0.0 if last_use == NEVER else min(SETTLES, last_use + SETTLES - time.monotonic())
        while left > 0 and not self._cut():
            began = time.monotonic()
            time.sleep(min(left, GLANCE * 5))
            took = time.monotonic() - began
            left -= took if took < LATE else GLANCE

    def rest(self) -> None:
        """Nothing is asked for now: the server need not tell what windows do."""
        if self._listening:
            self._listening = False
            self._answered.clear()
            self._root.change_attributes(event_mask=X.NoEventMask)
            self._display.flush()

    def _sleeps(self) -> None:
        """Until the program has been asleep at some looks in a row, between which the server did what it was asked."""
        process = self._process()
        end = time.monotonic() + ANSWERS_WITHIN
        asleep = 0
        while process is not None and asleep < LOOKS and time.monotonic() < end and not self._cut():
            self._display.sync()
            try:
                state = process.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
            except OSError:  # it has gone
                return
            asleep = asleep + 1 if state == "S" else 0
            time.sleep(GLANCE * 5)

    def _process(self) -> Path | None:
        """Where the kernel tells of the process with the focus; None where it is unknown, or on another computer."""
        try:
            window = self._display.get_input_focus().focus
            while hasattr(window, "get_full_property") and window != self._root:
                found = window.get_full_property(self._display.intern_atom("_NET_WM_PID"), X.AnyPropertyType)
                if found is not None:
                    machine = window.get_full_property(
                        self._display.intern_atom("WM_CLIENT_MACHINE"), X.AnyPropertyType
                    )
                    here = machine is not None and bytes(machine.value).decode(errors="replace") == socket.gethostname()
                    return Path("/proc", str(int(found.value[0])), "stat") if here else None
                window = window.query_tree().parent
        except (error.XError, TypeError, ValueError, IndexError):
            pass
        return None

    def _asked(self) -> Any | None:
        """The window with the focus, or the one around it that answers; None where none does."""
        window = self._display.get_input_focus().focus
        while hasattr(window, "get_full_property") and window != self._root:
            found = window.get_full_property(self._protocols, X.AnyPropertyType)
            if found is not None and self._ping in found.value:
                return window
            window = window.query_tree().parent
        return None
