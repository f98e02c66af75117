"""Serving what an agent has put on the clipboard: to every program that pastes, whole or piece by piece, several at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from Xlib import X, Xatom
from Xlib.protocol import event as events

from common.agent.clipboard.atoms import CHUNK, OURS, TEXTS, Atoms, Deadline, pieces
from common.protocol.channel_clip import ClipKind

SERVED: Final = (10.0, 60.0)  # seconds: without a sign of the program that pastes, and in all
AT_ONCE: Final = 16  # programs that paste piece by piece; the longest there gives way


@dataclass
class _Paste:
    """A program that gets it piece by piece."""

    window: Any
    type: int
    pieces: Iterator[bytes]
    deadline: Deadline


class SelectionServer:
    """One window's. `owned()` is whether the selection is ours."""

    def __init__(self, *, window: Any, atoms: Atoms, owner_of: Callable[[int], Any]) -> None:
        self._window = window
        self._atoms = atoms
        self._owner_of = owner_of
        self._kind = ClipKind.TEXT
        self._data: bytes | None = None
        self._since = X.CurrentTime  # of the X server's: when it became ours
        self._waiting = False  # until the X server has said what time it is
        self._pastes: dict[tuple[int, int], _Paste] = {}

    @property
    def deadline(self) -> float | None:
        """When to call `late`."""
        return min((paste.deadline.at for paste in self._pastes.values()), default=None)

    def own(self, kind: ClipKind, data: bytes) -> None:
        """It is the clipboard, as soon as the X server has said what time it is (ICCCM 2.1: never CurrentTime)."""
        self._kind, self._data, self._waiting = kind, data, True
        self._window.change_property(self._atoms["TASUKI_TIME"], Xatom.INTEGER, 32, [0])

    def property_changed(self, atom: int, time: int) -> None:
        """PropertyNotify of our own window."""
        if not self._waiting or atom != self._atoms["TASUKI_TIME"]:
            return
        self._waiting = False
        clipboard = self._atoms["CLIPBOARD"]
        self._since = time
        self._window.set_selection_owner(clipboard, time)
        if self._owner_of(clipboard) != self._window:  # somebody copied later than we asked for the time
            self._data = None

    def lost(self) -> None:
        """SelectionClear: somebody else has copied something. Who pastes already gets the rest."""
        if not self._waiting:
            self._data = None

    def asked(self, event: Any, now: float) -> None:
        """SelectionRequest."""
        place = event.property or event.target  # clients from before ICCCM name none
        if event.selection != self._atoms["CLIPBOARD"] or not self._give(event.requestor, event.target, place, now):
            place = X.NONE
        answer = events.SelectionNotify(
            time=event.time,
            requestor=event.requestor,
            selection=event.selection,
            target=event.target,
            property=place,
        )
        event.requestor.send_event(answer)

    def property_taken(self, window: Any, atom: int, now: float) -> None:
        """PropertyNotify of somebody else's window: the piece was taken, the next one may come."""
        key = (window.id, atom)
        paste = self._pastes.get(key)
        if paste is None:
            return
        paste.deadline.moved(now)
        piece = next(paste.pieces)
        window.change_property(atom, paste.type, 8, piece)
        if not piece:
            self._drop(key)

    def late(self, now: float) -> None:
        """Programs that do not take their pieces are given up."""
        for key, paste in list(self._pastes.items()):
            if paste.deadline.at <= now:
                self._drop(key)

    def _give(self, window: Any, target: int, place: int, now: float) -> bool:
        atoms, data = self._atoms, self._data
        if data is None:
            return False
        if target == atoms["TARGETS"]:
            named = [*atoms.of("TARGETS", "TIMESTAMP", OURS), *self._targets(data)]
            window.change_property(place, Xatom.ATOM, 32, named)
        elif target == atoms["TIMESTAMP"]:
            window.change_property(place, Xatom.INTEGER, 32, [self._since])
        elif (found := self._targets(data).get(target)) is not None:
            self._hand_over(window, place, *found, now)
        else:
            return False
        return True

    def _targets(self, data: bytes) -> dict[int, tuple[int, bytes]]:
        """What can be had of it: target → type and bytes."""
        atoms = self._atoms
        if self._kind is ClipKind.PNG:
            return {atoms["image/png"]: (atoms["image/png"], data)}
        found = {atoms[name]: (atoms[name], data) for name in (*TEXTS, "text/plain")}
        found[atoms["TEXT"]] = (atoms["UTF8_STRING"], data)
        if data.isascii():
            found[Xatom.STRING] = (Xatom.STRING, data)
        return found

    def _hand_over(self, window: Any, place: int, kind: int, data: bytes, now: float) -> None:
        if len(data) <= CHUNK:
            window.change_property(place, kind, 8, data)
            return
        if len(self._pastes) == AT_ONCE:
            self._drop(next(iter(self._pastes)))
        window.change_attributes(event_mask=X.PropertyChangeMask)
        window.change_property(place, self._atoms["INCR"], 32, [len(data)])
        self._pastes[window.id, place] = _Paste(window, kind, pieces(data), Deadline(*SERVED).begin(now))

    def _drop(self, key: tuple[int, int]) -> None:
        window = self._pastes.pop(key).window
        if all(other != window.id for other, _ in self._pastes):
            window.change_attributes(event_mask=X.NoEventMask)
