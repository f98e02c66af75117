"""Where input goes that the filter has let through: to the VNC server as messages, or into the desktop as events.

A VNC server does at once what it is told, and lets go of nothing by itself: it is told key by key. The desktop's own input
(user_agent/input) does one thing behind the other, maybe later than it was told, and knows what it holds: it hears one word,
which also makes it forget what waits.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol, TypeAlias

from common.protocol.rfb.client_messages import KeyEvent, PointerEvent, QemuKeyEvent

MAX_HELD: Final = 64


class ReleaseAll(NamedTuple):
    """For the desktop: let go of everything, and do nothing more of what waits."""


InputEvent: TypeAlias = KeyEvent | PointerEvent | ReleaseAll
"""For the desktop."""
Passed: TypeAlias = bytes | InputEvent
"""Bytes are for the server."""


def messages(passed: Iterable[object]) -> bytes:
    """What of it is for the server."""
    return b"".join(one for one in passed if isinstance(one, bytes))


class InputWay(Protocol):
    """One of the two. It knows which keys are held. `waits`: what was passed on may be done a moment later, and can be left out."""

    waits: bool

    def takes(self, event: KeyEvent | QemuKeyEvent, *, agreed: bool) -> bool:
        """Whether it can hear this. `agreed`: the viewer and the server have agreed on QEMU's keys."""

    def key(self, event: KeyEvent | QemuKeyEvent) -> list[Passed]:
        """A key that is pressed, or let go."""

    def pointer(self, event: PointerEvent) -> list[Passed]:
        """The pointer is there."""

    def release(self, held: PointerEvent) -> list[Passed]:
        """Input ends: what lets go of all keys, and of the buttons that are held."""

    def release_keys(self) -> list[Passed] | None:
        """What lets go of all keys alone; None where there is no such way."""


class ToServer:
    """Messages for the VNC server."""

    waits = False

    def __init__(self) -> None:
        self._keys: dict[tuple[type, int], bytes] = {}  # held there: the message that lets go

    def takes(self, event: KeyEvent | QemuKeyEvent, *, agreed: bool) -> bool:
        """One that does not know QEMU's keys may read them by another length, or hang up."""
        return agreed or isinstance(event, KeyEvent)

    def key(self, event: KeyEvent | QemuKeyEvent) -> list[Passed]:
        """A release of what is not held goes on too: for Shift+A, some viewers press "A" and let go of "a".

        What a key was held by comes up before it is called otherwise: a server may go by keysyms, as X does, or by codes.
        """
        name, let_go = _name(event), _let_go(event).encode()
        held = self._keys.pop(name, None)
        out: list[Passed] = [] if held is None or held == let_go else [held]
        if event.down:
            if len(self._keys) == MAX_HELD:
                out.append(self._keys.pop(next(iter(self._keys))))
            self._keys[name] = let_go
        return [*out, event.encode()]

    def pointer(self, event: PointerEvent) -> list[Passed]:
        """As it is."""
        return [event.encode()]

    def release(self, held: PointerEvent) -> list[Passed]:
        """The latest key first; nothing where nothing is held."""
        return [*self.release_keys(), *([PointerEvent(0, held.x, held.y).encode()] if held.buttons else [])]

    def release_keys(self) -> list[Passed]:
        """The latest first."""
        out: list[Passed] = [*reversed(self._keys.values())]
        self._keys.clear()
        return out


class ToDesktop:
    """Events for the desktop. It needs nobody's agreement, and of QEMU's keys the keysym says which key it is."""

    waits = True

    def __init__(self) -> None:
        self._keys: dict[tuple[type, int], int] = {}  # held: by which keysym

    def takes(self, event: KeyEvent | QemuKeyEvent, *, agreed: bool) -> bool:  # noqa: ARG002
        """All of them."""
        return True

    def key(self, event: KeyEvent | QemuKeyEvent) -> list[Passed]:
        """A key comes up by the keysym by which it went down, whatever the viewer calls it by then."""
        name = _name(event)
        held = self._keys.pop(name, None)
        if not event.down:
            return [KeyEvent(False, event.keysym if held is None else held)]
        out: list[Passed] = [] if held is None or held == event.keysym else [KeyEvent(False, held)]
        if len(self._keys) == MAX_HELD:
            out.append(KeyEvent(False, self._keys.pop(next(iter(self._keys)))))
        self._keys[name] = event.keysym
        return [*out, KeyEvent(True, event.keysym)]

    def pointer(self, event: PointerEvent) -> list[Passed]:
        """As it is."""
        return [event]

    def release(self, held: PointerEvent) -> list[Passed]:  # noqa: ARG002
        """Also where nothing is held: what was let go may still wait to be pressed."""
        self._keys.clear()
        return [ReleaseAll()]

    def release_keys(self) -> list[Passed] | None:
        """What waits could not be left out."""
        return None


def _name(event: KeyEvent | QemuKeyEvent) -> tuple[type, int]:
    return type(event), event.keysym if isinstance(event, KeyEvent) else event.keycode


def _let_go(event: KeyEvent | QemuKeyEvent) -> KeyEvent | QemuKeyEvent:
    if isinstance(event, KeyEvent):
        return KeyEvent(False, event.keysym)
    return QemuKeyEvent(False, event.keysym, event.keycode)
