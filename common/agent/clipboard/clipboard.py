"""The one clipboard of an agent. Sessions watch it while they may send, and put into it what came from the other side.

What was put here from one session goes to no other, and not back: also where a clipboard manager takes it over and offers it
as its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from common.protocol.channel_clip import ClipKind, ClipWhy


@dataclass(frozen=True)
class Copied:
    """Something was copied here: at most CLIPBOARD_LIMIT bytes, UTF-8 or PNG."""

    kind: ClipKind
    data: bytes


@dataclass(frozen=True)
class NotCopied:
    """Something was copied here that cannot cross. `size` in bytes, where that is why (at least so many)."""

    why: ClipWhy
    size: int = 0


Copy: TypeAlias = Copied | NotCopied
Listener: TypeAlias = Callable[[Copy], None]


class DesktopClipboard(Protocol):
    """A desktop's clipboard. Everything is called on the loop, and so is what it calls."""

    def start(self, copied: Listener) -> None:
        """From now on `copied` hears what another program copies, while it is watched."""

    def watch(self, on: bool) -> None:
        """Look at what is copied, or no longer: unwatched nothing of it is read."""

    def look(self) -> None:
        """Read what is there now, as if it were copied now."""

    def own(self, kind: ClipKind, data: bytes) -> None:
        """It is the clipboard from now on, and stays until somebody copies something else."""

    def close(self) -> None:
        """Let go."""


class Clipboard:
    """`desktop`: None where this computer has none; then it holds what is put and copied by hand."""

    def __init__(self, desktop: DesktopClipboard | None = None) -> None:
        self._desktop = desktop
        self._listeners: list[Listener] = []
        self._put: Copied | None = None  # what came last, until something else is copied here
        self.received: Copied | None = None
        """What came last from the other side."""
        self._held: Copied | None = None  # without a desktop: what was copied by hand
        if desktop is not None:
            desktop.start(self._copied)

    def watch(self, listener: Listener, *, now: bool) -> Callable[[], None]:
        """Hear what is copied here, until what this returns is called. `now`: first of all what is there already."""
        self._listeners.append(listener)
        if self._desktop is not None:
            self._desktop.watch(True)
            if now:
                self._desktop.look()
        elif now and self._held is not None:
            listener(self._held)
        return lambda: self._unwatch(listener)

    def put(self, kind: ClipKind, data: bytes) -> None:
        """What was copied at the other side is this computer's clipboard."""
        self._put = self.received = Copied(kind, data)
        self._held = None
        if self._desktop is not None:
            self._desktop.own(kind, data)

    def copy(self, kind: ClipKind, data: bytes) -> None:
        """The person copies it by an order: it is this computer's clipboard, and goes to whoever watches."""
        copied = Copied(kind, data)
        if self._desktop is not None:
            self._desktop.own(kind, data)
        else:
            self._held = copied
        self._put = None
        self._tell(copied)

    def close(self) -> None:
        """The program ends."""
        if self._desktop is not None:
            self._desktop.close()

    def _copied(self, copy: Copy) -> None:
        if copy == self._put:
            return
        self._put = None
        self._tell(copy)

    def _tell(self, copy: Copy) -> None:
        for listener in list(self._listeners):
            listener(copy)

    def _unwatch(self, listener: Listener) -> None:
        self._listeners.remove(listener)
        if self._desktop is not None and not self._listeners:
            self._desktop.watch(False)
