"""Reading what another program has copied: which targets it has, then the best one, whole or piece by piece.

Nothing waits for a program that does not answer: see READ. A reading that was overtaken by the next copy is forgotten, and what
still comes of it is not taken for the next one's, whose property has another name.
"""

from collections.abc import Callable
from typing import Any, Final

from Xlib import X

from common.agent.clipboard.atoms import OURS, SECRET, TEXTS, Atoms, Deadline
from common.agent.clipboard.clipboard import Copied, Copy, NotCopied
from common.protocol.channel_clip import CLIPBOARD_LIMIT, ClipKind, ClipWhy, is_whole

READ: Final = (5.0, 60.0)  # seconds: without a sign of the other program, and in all
COUNTED: Final = 256 * 1024 * 1024  # bytes: what is larger is not even counted to its end
PICTURE: Final = "image/png"
LATIN: Final = "STRING"
_NAMES: Final = 8  # of properties, in turn
_META: Final = ("TARGETS", "TIMESTAMP", "MULTIPLE", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION", "INSERT_PROPERTY")


class SelectionReader:
    """One window's. `done` gets what was copied; nothing, where it is nothing that can be said."""

    def __init__(self, *, window: Any, atoms: Atoms, done: Callable[[Copy], None]) -> None:
        self._window = window
        self._atoms = atoms
        self._done = done
        self._number = 0
        self._time = X.CurrentTime
        self._target = ""  # that was asked for; empty: nothing is read
        self._incr = False
        self._data = bytearray()
        self._size = 0  # of what came, also of what was not kept
        self._deadline = Deadline(*READ)

    @property
    def deadline(self) -> float | None:
        """When to call `late`."""
        return self._deadline.at if self._target else None

    def begin(self, time: int, now: float) -> None:
        """Somebody copied something at this time of the X server's."""
        self._number += 1
        self._time = time
        self._deadline.begin(now)
        self._ask("TARGETS")

    def forget(self) -> None:
        """What is read is no longer wished for."""
        self._target = ""

    def late(self) -> None:
        """The other program does not answer."""
        self.forget()

    def answered(self, event: Any, now: float) -> None:
        """SelectionNotify."""
        if not self._target or event.target != self._atoms[self._target]:
            return
        if event.property != self._property:
            if event.property == X.NONE:
                self._refused()
            return
        self._deadline.moved(now)
        kind, size = self._look()
        if kind == self._atoms["INCR"]:
            self._incr = True
            self._window.delete_property(self._property)  # the other program begins
        elif self._target == "TARGETS":
            self._choose({int(one) for one in self._take(size)[1]})
        else:
            self._piece(kind, size)
            self._finish(kind)

    def property_changed(self, atom: int, now: float) -> None:
        """PropertyNotify of a new value: a piece, where one is waited for."""
        if not self._incr or atom != self._property:
            return
        self._deadline.moved(now)
        kind, size = self._look()
        if self._piece(kind, size):
            return
        self._finish(kind)

    @property
    def _property(self) -> int:
        return self._atoms[f"TASUKI_{self._number % _NAMES}"]

    def _ask(self, target: str) -> None:
        self._target, self._incr, self._size = target, False, 0
        self._data.clear()
        clipboard = self._atoms["CLIPBOARD"]
        self._window.convert_selection(clipboard, self._atoms[target], self._property, self._time)

    def _refused(self) -> None:
        """Its owner offered no such thing, or has gone."""
        if self._target == "TARGETS":  # a program from before ICCCM: it has text, in Latin-1
            self._ask(LATIN)
        else:
            self.forget()

    def _choose(self, targets: set[int]) -> None:
        atoms = self._atoms
        if targets & set(atoms.of(OURS, SECRET)):
            self.forget()
            return
        for target in (*TEXTS, PICTURE, LATIN):
            if atoms[target] in targets:
                self._ask(target)
                return
        self.forget()
        if targets - set(atoms.of(*_META)):
            self._done(NotCopied(ClipWhy.KIND))

    def _look(self) -> tuple[int, int]:
        """Type and bytes of what stands in the property."""
        found = self._window.get_property(self._property, X.AnyPropertyType, 0, 0)
        return (0, 0) if found is None else (found.property_type, found.bytes_after)

    def _take(self, size: int) -> tuple[int, Any]:
        found = self._window.get_property(self._property, X.AnyPropertyType, 0, (size + 3) // 4, delete=True)
        return (0, b"") if found is None else (found.property_type, found.value)

    def _piece(self, kind: int, size: int) -> bool:
        """Take what came. Whether more follows."""
        self._size += size
        if self._size > CLIPBOARD_LIMIT or not kind:
            self._data.clear()  # only counted from here on
            self._window.delete_property(self._property)
        else:
            self._data += bytes(self._take(size)[1])
        return size > 0 and self._size <= COUNTED

    def _finish(self, kind: int) -> None:
        target, data, size = self._target, bytes(self._data), self._size
        self.forget()
        self._data.clear()
        if size > CLIPBOARD_LIMIT:
            self._done(NotCopied(ClipWhy.TOO_LARGE, size))
            return
        if not data or not kind:
            return
        if target == LATIN and kind == self._atoms[LATIN]:
            data = data.decode("latin-1").encode()
        what = ClipKind.PNG if target == PICTURE else ClipKind.TEXT
        if len(data) > CLIPBOARD_LIMIT:
            self._done(NotCopied(ClipWhy.TOO_LARGE, len(data)))
        elif is_whole(what, data):
            self._done(Copied(what, data))
        else:
            self._done(NotCopied(ClipWhy.BROKEN))
