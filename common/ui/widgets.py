"""Small parts that many windows use."""

from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from common.ui.window import Card
from common.ui.wrapped import WrappedLabel

FIELD_EDGE = 20  # pixels of a field of text above and below its lines
NEWS = 12_000  # milliseconds that a piece of news stands

_HUES = (210, 265, 330, 15, 45, 145, 175, 295)


def label(text: str = "", *, rank: str = "", tone: str = "", wrap: bool = True) -> QLabel:
    """A text of plain characters (never HTML: other people's words stand in it) that wraps. `rank`, `tone`: see common.ui.theme."""
    made = WrappedLabel(text) if wrap else QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if rank:
        made.setProperty("rank", rank)
    if tone:
        made.setProperty("tone", tone)
    return made


def button(*, kind: str = "", size: str = "") -> QPushButton:
    """A button; its words come with `retranslate`. `kind`: primary, danger, quiet."""
    made = QPushButton()
    if kind:
        made.setProperty("kind", kind)
    if size:
        made.setProperty("bulk", size)  # "size" is a property of every widget
    made.setAutoDefault(kind == "primary")
    return made


W = TypeVar("W", bound=QWidget)


def named(widget: W, name: str) -> W:
    """The widget, with the object name that it is found by."""
    widget.setObjectName(name)
    return widget


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet chooses by, and let it choose again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class _LinesHigh(QObject):
    """Keeps a field as high as so many lines of its font."""

    def __init__(self, field: QWidget, lines: int, *, fixed: bool) -> None:
        super().__init__(field)
        self._field, self._lines, self._fixed = field, lines, fixed
        field.installEventFilter(self)
        self._apply()

    def _apply(self) -> None:
        high = self._field.fontMetrics().lineSpacing() * self._lines + FIELD_EDGE
        if self._fixed:
            self._field.setFixedHeight(high)
        else:
            wanted = self._field.sizeHint().height() if isinstance(self._field, QPlainTextEdit | QTextEdit) else 0
            self._field.setMinimumHeight(max(high, wanted))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Other letters."""
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.Polish}:
            self._apply()
        return super().eventFilter(watched, event)


def lines_high(field: W, lines: int, *, fixed: bool = False) -> W:
    """The field, as high as so many lines whatever the font; unless `fixed`, it takes what room is left too."""
    if isinstance(field, QPlainTextEdit | QTextEdit):  # else it wants 192 pixels, and Qt takes that for what it needs
        field.setSizeAdjustPolicy(QAbstractScrollArea.SizeAdjustPolicy.AdjustToContents)
    _LinesHigh(field, lines, fixed=fixed)
    return field


FIRST_EASTERN = "\u2e80"  # radicals, kana, ideographs and hangul stand behind it


def initials(name: str) -> str:
    """Up to two letters that stand for a person: first of first and last word; for a name without spaces, or in Japanese, its first."""
    words = [word for word in name.split() if word]
    if not words:
        return "?"
    several = len(words) > 1 and max(words[0][0], words[-1][0]) < FIRST_EASTERN
    return (words[0][0] + (words[-1][0] if several else "")).upper()


class CallLine(QLabel):
    """Whom to call, and when: it can be marked and copied, and is hidden while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("call")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.say("")

    def say(self, text: str) -> None:
        """Say it (translated); empty: nothing. What is marked stays so while the text does."""
        if text != self.text():
            self.setText(text)
        self.setVisible(bool(text))


NAME_IN_WORDS = 12  # in widths of an M


def shortened_name(name: str, metrics: QFontMetrics) -> str:
    """A person's name as part of other words that must not become too long."""
    return metrics.elidedText(name, Qt.TextElideMode.ElideRight, metrics.horizontalAdvance("M") * NAME_IN_WORDS)


def on_button(text: str) -> str:
    """Other people's words as part of a button's: no `&` of theirs becomes a key."""
    return text.replace("&", "&&")


class Avatar(QWidget):
    """A disc with a person's initials, its colour made from the name. Decoration: screen readers read the name beside it."""

    def __init__(self, name: str = "", *, size: int = 36, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_name(self, name: str) -> None:
        """Show this one."""
        self._name = name
        self.update()

    def sizeHint(self) -> QSize:
        """Square."""
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint."""
        painter = QPainter(self)
        paint_avatar(painter, QRectF(self.rect()), self._name)
        painter.end()


def paint_avatar(painter: QPainter, box: QRectF, name: str) -> None:
    """The disc, for delegates of lists too."""
    hue = _HUES[sum(name.encode()) % len(_HUES)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor.fromHsl(hue, 120, 95))
    painter.drawEllipse(box)
    font = QFont(painter.font())
    font.setPixelSize(max(8, int(box.height() * 0.4)))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, initials(name))
    painter.restore()


class Banner(Card):
    """A line on top of a window that says what is wrong or going on, with at most one button. Hidden while there is nothing to say."""

    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = label()
        self._button = button()
        self._button.clicked.connect(self.acted)
        row = QHBoxLayout(self)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        self.say("")

    def say(self, text: str, *, tone: str = "", action: str = "") -> None:
        """Say this (translated); empty: nothing. `action`: the button's words."""
        self._text.setText(text)
        self._text.setAccessibleName(text)
        restyle(self._text, "tone", tone)
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self.setVisible(bool(text))


class News(Banner):
    """A banner for what passes: it goes after a while, and what follows takes its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._timer: QTimer | None = None
        super().__init__(parent)
        self.setObjectName("news")
        self._timer = QTimer(self, singleShot=True, interval=NEWS)
        self._timer.timeout.connect(lambda: self.say(""))

    def say(self, text: str, *, tone: str = "", action: str = "") -> None:
        """Say it, for a while."""
        super().say(text, tone=tone, action=action)
        if self._timer is not None and text:
            self._timer.start()


class ConfirmButtons(QDialogButtonBox):
    """Under a dialog: `ok`, which is its default, and `cancel`. Their words come with the dialog's."""

    def __init__(self) -> None:
        super().__init__()
        self.ok = named(button(kind="primary"), "ok")
        self.cancel = named(button(), "cancel")
        self.cancel.setAutoDefault(True)  # Enter on it cancels
        self.addButton(self.ok, QDialogButtonBox.ButtonRole.AcceptRole)
        self.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)


class ButtonRow(QDialogButtonBox):
    """Under a window, in the order that the platform has: what goes on, what leaves, and what does something besides."""

    def __init__(
        self,
        *,
        accept: QPushButton | None = None,
        reject: QPushButton | None = None,
        besides: tuple[QPushButton, ...] = (),
    ) -> None:
        super().__init__()
        for one in besides:
            self.addButton(one, QDialogButtonBox.ButtonRole.ResetRole)
        if reject is not None:
            self.addButton(reject, QDialogButtonBox.ButtonRole.RejectRole)
        if accept is not None:
            self.addButton(accept, QDialogButtonBox.ButtonRole.AcceptRole)


def beside(picture: QWidget, *lines: QWidget, gap: int = 12, spacing: int = 2) -> QHBoxLayout:
    """Lines under each other, right of a picture that stands at their top. `gap`: between the picture and them."""
    names = QVBoxLayout()
    names.setSpacing(spacing)
    for line in lines:
        names.addWidget(line)
    row = QHBoxLayout()
    row.setSpacing(gap)
    row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(names, 1)
    return row


def column(*parts: QWidget, margins: int = 16, spacing: int = 10) -> QVBoxLayout:
    """Parts under each other."""
    layout = QVBoxLayout()
    layout.setContentsMargins(margins, margins, margins, margins)
    layout.setSpacing(spacing)
    for part in parts:
        layout.addWidget(part)
    return layout
