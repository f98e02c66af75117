"""What X11's programs call the things on a clipboard (ICCCM 2.6; what they call them beyond that)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CHUNK = 200_000
"""Bytes in a property at once, more go piece by piece (INCR): python-xlib's requests end at 262,140."""
TEXTS = ("UTF8_STRING", "text/plain;charset=utf-8")
"""Targets in UTF-8, the best one first. STRING, which is Latin-1, comes behind every other."""
OURS = "application/x-tasuki"
"""A target of what an agent has put there: no agent offers it to anybody."""
SECRET = "x-kde-passwordManagerHint"  # noqa: S105 -- the name of a target
"""A target of what a password manager has put there: it never crosses."""


class Atoms:
    """Names and numbers, on one connection."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._known: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = self._display.intern_atom(name)
        return self._known[name]

    def of(self, *names: str) -> list[int]:
        """Several."""
        return [self[name] for name in names]


@dataclass
class Deadline:
    """When something that waits for another program is given up, in seconds of a steady clock."""

    progress: float  # since the last sign of it
    whole: float
    _last: float = 0.0
    _begun: float = 0.0

    def begin(self, now: float) -> "Deadline":
        """It begins now."""
        self._last = self._begun = now
        return self

    def moved(self, now: float) -> None:
        """The other program gave a sign."""
        self._last = now

    @property
    def at(self) -> float:
        """When it is over."""
        return min(self._last + self.progress, self._begun + self.whole)


def pieces(data: bytes) -> Iterator[bytes]:
    """What INCR is made of: pieces, and an empty one at the end."""
    for at in range(0, len(data), CHUNK):
        yield data[at : at + CHUNK]
    yield b""
