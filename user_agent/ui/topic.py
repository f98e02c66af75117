"""What is the matter, in one line: typed before help is asked for, and changed while waiting."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from common.protocol.texts import TEXT_LIMIT
from common.ui.text_limit import TextLimit
from common.ui.widgets import button, label, named
from common.ui.window import Part


class TopicLine(Part):
    """The line before help is asked for. `changed(str)` at every letter, `entered()` at Enter, `fitting()` where `fits` differs."""

    changed = Signal(str)
    entered = Signal()
    fitting = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = label(rank="heading")
        self.line = named(QLineEdit(), "topic")
        self.line.textEdited.connect(self.changed)
        self.line.returnPressed.connect(self.entered)
        self._label.setBuddy(self.line)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label)
        layout.addWidget(self.line)
        self._limit = TextLimit(self.line, TEXT_LIMIT)
        self._limit.changed.connect(self.fitting)
        layout.addWidget(self._limit)
        self.begin_words()

    def retranslate(self) -> None:
        """Words."""
        self._label.setText(self.tr("What is the &matter? (You need not say.)"))
        self.line.setPlaceholderText(self.tr("For example: the printer does not print"))
        self.line.setAccessibleName(self.tr("What is the matter?"))

    @property
    def fits(self) -> bool:
        """Whether it can be sent."""
        return self._limit.fits

    def set_topic(self, text: str) -> None:
        """Show this, where something else stands there."""
        if self.line.text() != text:
            self.line.setText(text)


class SentTopic(Part):
    """The topic of a request that waits. `changed(str)` when the person sends another."""

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sent = ""
        self._label = label()
        self.line = named(QLineEdit(), "sent_topic")
        self._limit = TextLimit(self.line, TEXT_LIMIT)
        self._limit.changed.connect(self._look)
        self.line.textChanged.connect(self._look)
        self.line.returnPressed.connect(self._change)
        self._label.setBuddy(self.line)
        self.change = button()
        self.change.setObjectName("change_topic")
        self.change.clicked.connect(self._change)
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self.change)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label)
        layout.addLayout(row)
        layout.addWidget(self._limit)
        self._look()
        self.begin_words()

    def retranslate(self) -> None:
        """Words."""
        self._label.setText(self.tr("What is the &matter?"))
        self.line.setAccessibleName(self.tr("What is the matter?"))
        self.change.setText(self.tr("C&hange"))
        self.change.setAccessibleName(self.tr("Change what is the matter"))

    def set_sent(self, text: str) -> None:
        """The relay has this. What the person is typing meanwhile stays."""
        if text != self._sent:
            typing = self.line.text() not in {self._sent, text}
            self._sent = text
            if not typing:
                self.line.setText(text)
            self._look()

    def begin(self, text: str) -> None:
        """Another request waits: nothing was typed yet."""
        self._sent = text
        self.line.setText(text)
        self._look()

    def _look(self) -> None:
        self.change.setEnabled(self._limit.fits and self.line.text().strip() != self._sent)

    def _change(self) -> None:
        if self.change.isEnabled():
            self.changed.emit(self.line.text().strip())
