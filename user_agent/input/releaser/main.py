"""The releaser's process: it knows what the agent holds in the desktop, and lets go of it when the agent has gone or hangs.

It is the agent's child, not the keeper's, whose end ends all that is below it. The agent says on its stdin, a line of JSON each:
the display's name; then all that is held, at each change, before X hears of it; and once a second that it lives. The end of that
input, however it came about, means: let go, give back, end. It ends too where the X server goes, and does nothing else at all.

What the agent had sent to X before it died may be done after we first let go, so that is done again. A program looks up what a
key means when it deals with it: what was lent is given back a while later.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from user_agent.input.keymap import MapKey
from user_agent.input.ports import HeldKeys, LentKey

ARGUMENT = "--releaser"  # a packaged program with this alone is its own releaser
READY, LIVES, LET_GO = "ready", "lives", "let go"  # what it says, a line each
HANGS_AFTER = 5.0  # seconds without a word from an agent that holds something: nobody's keys wait for it any longer
AGAIN = (0.0, 0.02, 0.1)  # seconds after the end at which it lets go
GIVES_BACK_AFTER = 0.25  # seconds after the end
WAITS_FOR_PERSON = 8.0  # seconds for a key that the person holds too
GLANCE = 0.05
ENDS_WITHIN = 10.0  # seconds: an X server that hangs finds what we sent it when it goes on
LONGEST = 1 << 16  # bytes of a line


class Undoing(Protocol):
    """What is undone on a display (hands.Hands). Raises OSError where the display has gone."""

    def fileno(self) -> int:
        """What can be read when the display tells something, or has gone."""

    def drain(self) -> None:
        """Read what it tells."""

    def let_go(self, held: HeldKeys) -> set[int]:
        """All of this comes up, but for the keys that are returned: the person holds them too."""

    def give_back(self, lent: Iterable[LentKey]) -> None:
        """These keycodes mean what they did before."""


def held_of(told: Any) -> HeldKeys:
    """What a line says. Raises ValueError, TypeError."""
    keycodes, buttons, lent, locks, group = told
    return HeldKeys(
        tuple(map(int, keycodes)),
        tuple(map(int, buttons)),
        tuple(
            LentKey(int(code), MapKey((a, b, c, d), info, width, tuple(row)), tuple(means))
            for code, ((a, b, c, d), info, width, row), means in lent
        ),
        tuple((int(modifiers), bool(on)) for modifiers, on in locks),
        None if group is None else int(group),
    )


class Releasing:
    """What is heard on `source`, and said by `say`. `on_end()`: its input has ended, it lets go and ends now."""

    def __init__(
        self,
        source: socket.socket,
        say: Callable[[str], None],
        *,
        open_hands: Callable[[str], Undoing],
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._source = source
        self._say = say
        self._open_hands = open_hands
        self._on_end = on_end
        self._buffer = b""
        self._ended = False
        self._held = HeldKeys()
        self._heard_at = 0.0

    def run(self) -> None:
        """Until the input ends or the display goes. Raises what opening the display raises."""
        name = self._first_line()
        if name is None:
            return
        hands = self._open_hands(name)
        self._say(READY)
        with contextlib.suppress(OSError):  # then nothing is held there any more
            self._watch(hands)
            self._end(hands)

    def _first_line(self) -> str | None:
        while b"\n" not in self._buffer:
            self._read()
            if self._ended:
                return None
        line, _, self._buffer = self._buffer.partition(b"\n")
        return str(json.loads(line))

    def _watch(self, hands: Undoing) -> None:
        self._heard_at = time.monotonic()
        self._obey()
        with selectors.DefaultSelector() as selector:
            selector.register(self._source, selectors.EVENT_READ, self._hear)
            selector.register(hands, selectors.EVENT_READ, hands.drain)
            while not self._ended:
                left = self._heard_at + HANGS_AFTER - time.monotonic() if self._holds() else None
                if left is not None and left <= 0:
                    hands.let_go(self._held)
                    self._held = HeldKeys(lent=self._held.lent)  # it may live: what it has lent, it may still press
                    self._say(LET_GO)
                    continue
                for key, _ in selector.select(left):
                    key.data()

    def _holds(self) -> bool:
        return self._held._replace(lent=()) != HeldKeys()

    def _hear(self) -> None:
        self._read()
        self._obey()

    def _read(self) -> None:
        data = self._source.recv(LONGEST)
        self._buffer += data
        self._ended = not data or (b"\n" not in data and len(self._buffer) > LONGEST)

    def _obey(self) -> None:
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            self._heard_at = time.monotonic()
            told = json.loads(line)
            if told is None:
                self._say(LIVES)
            else:
                self._held = held_of(told)

    def _end(self, hands: Undoing) -> None:
        began = time.monotonic()
        self._on_end()
        persons: set[int] = set()
        if self._holds():
            for after in AGAIN:
                _sleep_until(began + after)
                persons = hands.let_go(self._held)
        if self._held.lent:
            _sleep_until(began + GIVES_BACK_AFTER)
            hands.give_back(self._held.lent)
        while persons and time.monotonic() < began + WAITS_FOR_PERSON:
            time.sleep(GLANCE)
            persons = hands.let_go(HeldKeys(tuple(persons)))


def _end_at_last() -> None:
    watch = threading.Timer(ENDS_WITHIN, os._exit, (1,))
    watch.daemon = True
    watch.start()


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _say(word: str) -> None:
    """Tell the agent. It may have gone."""
    with contextlib.suppress(OSError):
        os.write(1, word.encode() + b"\n")


def main() -> None:
    """Run as the releaser of whoever holds our stdin, a socket. Its end alone is a reason to end: a signal to all of ours is none."""
    from user_agent.input.releaser.hands import (
        Hands,
    )  # the agent, and tests of other systems, read this module without python-xlib

    for ignored in ("SIGINT", "SIGHUP", "SIGTERM"):
        signal.signal(getattr(signal, ignored), signal.SIG_IGN)
    with contextlib.suppress(OSError), open("/proc/self/comm", "w", encoding="ascii") as name:  # noqa: PTH123
        name.write("releaser")  # who kills all of the agent's name means the agent
    Releasing(socket.socket(fileno=0), _say, open_hands=Hands, on_end=_end_at_last).run()
