"""A text that wraps and leaves no lonely end: not one word, or one Japanese letter, on a last line of its own; nor a Japanese word torn.

As wide as its place, and as high as before: only where its lines end is chosen anew, as CSS's `text-wrap: pretty` does. What it
says stays one text, for who marks it, for screen readers and for tests.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel

LONELY: Final = 0.25  # of the width: a last line that is shorter
NARROWEST: Final = 0.5  # of the width: what two lines can need at least
TRIED: Final = 24  # widths between
WORST: Final = 10  # more than all of a sentence's other faults
ENDS: Final = frozenset("。、」』）・…：；！？,.:;!?)-–—/")  # behind them any line may end
MNEMONIC: Final = re.compile("&(.)")
MARKED: Final = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


class WrappedLabel(QLabel):
    """Plain text. Where it can be marked Qt lays it out as it always does."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._chosen: tuple[tuple[str, int, str], int] | None = None

    def lines_width(self) -> int:
        """How wide its lines are laid out, in pixels: its width, or less."""
        room = self._room().width()
        key = (self.text(), room, self.font().key())
        if self._chosen is None or self._chosen[0] != key:
            self._chosen = (key, self._choose(room))
        return self._chosen[1]

    def paintEvent(self, event: QPaintEvent) -> None:
        """In its place, at that width."""
        room, width = self._room(), self.lines_width()
        if width >= room.width():
            super().paintEvent(event)
            return
        alignment = self.alignment()
        if alignment & Qt.AlignmentFlag.AlignHCenter:
            room.setLeft(room.left() + (room.width() - width) // 2)
        elif alignment & Qt.AlignmentFlag.AlignRight:
            room.setLeft(room.right() + 1 - width)
        room.setWidth(width)
        painter = QPainter(self)
        self.style().drawItemText(
            painter, room, self._flags(), self.palette(), self.isEnabled(), self.text(), self.foregroundRole()
        )
        painter.end()

    def _room(self) -> QRect:
        margin = self.margin()
        return self.contentsRect().adjusted(margin, margin, -margin, -margin)

    def _flags(self) -> int:
        """As QLabel has them."""
        flags = self.alignment().value | Qt.TextFlag.TextWordWrap.value | Qt.TextFlag.TextForceLeftToRight.value
        return flags | (Qt.TextFlag.TextShowMnemonic.value if self.buddy() is not None else 0)

    def _choose(self, room: int) -> int:
        text = self.text()
        if bool(self.textInteractionFlags() & MARKED) or "\n" in text or room <= 0 or _turns(text):
            return room
        whole = self._lay_out(room)
        if whole.lines == 1 or not whole.faults(room, room):
            return room
        narrow = int(room * NARROWEST)
        widths = [room - (room - narrow) * step // TRIED for step in range(TRIED + 1)]
        laid_out = [(width, self._lay_out(width)) for width in widths]
        same = [(one.faults(width, room), -width) for width, one in laid_out if one.lines == whole.lines]
        return -min(same)[1]

    def _lay_out(self, width: int) -> "_Laid":
        text = MNEMONIC.sub(r"\1", self.text()) if self.buddy() is not None else self.text()
        layout = QTextLayout(text, self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout.setTextOption(option)
        layout.beginLayout()
        ends, last = [], 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            ends.append(line.textStart() + line.textLength())
            last = line.naturalTextWidth()
        layout.endLayout()
        return _Laid(lines=len(ends), last=last, torn=sum(_torn(text, end) for end in ends[:-1]))


@dataclass(frozen=True, kw_only=True)
class _Laid:
    """How many lines there are at a width, how wide the last one is (pixels), and how badly the others end."""

    lines: int
    last: float
    torn: int

    def faults(self, width: int, room: int) -> int:
        """Of this way to lay it out, at `width` pixels of `room`; 0 is none."""
        lonely = WORST if self.last < LONELY * width else int(self.last < LONELY * room)
        return self.torn + lonely


def _torn(text: str, at: int) -> int:
    """How bad it is that a line ends before the character `at`: Japanese has no spaces, and can be broken anywhere.

    A phrase mostly ends in hiragana, and the next begins with something else.
    """
    before, behind = text[at - 1 : at], text[at : at + 1]
    if not before or not behind or before.isspace() or before in ENDS:
        return 0
    first, second = _script(before), _script(behind)
    if not {first, second} & {"HIRAGANA", "KATAKANA", "CJK"}:
        return 0
    if first == second:
        return 2  # in the middle of a word, or before a particle
    return 0 if first == "HIRAGANA" else 1


def _script(letter: str) -> str:
    if letter == "ー":
        return "KATAKANA"
    return unicodedata.name(letter, "").partition(" ")[0].partition("-")[0]


def _turns(text: str) -> bool:
    """Whether it is written from right to left somewhere."""
    return any(unicodedata.bidirectional(one) in {"R", "AL"} for one in text)
