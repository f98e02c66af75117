"""All that is known of the chosen request: who, what is the matter, a colleague's note, the computer; and what can be done with it."""

from typing import assert_never

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from common.host.words import one_line
from common.protocol.messages import Mode, ToAnyone, ToGroup, ToHelper
from common.ui.elapsed import ElapsedWords
from common.ui.inventory_words import InventoryWords
from common.ui.scrolled import Scrolled
from common.ui.widgets import Avatar, beside, button, label
from common.ui.window import Card
from helper_agent.views import NumberedRequest


class DetailsPanel(Card):
    """`render` a request, or None. `accepted`, `declined` are about the request that is shown."""

    accepted = Signal(str)
    declined = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._one: NumberedRequest | None = None
        self._now = 0.0
        self._online = False
        self._elapsed_words = ElapsedWords(self)
        self._inventory_words = InventoryWords(self)
        self._nothing = label(rank="muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setMargin(8)
        self._avatar = Avatar(size=self.fontMetrics().height() * 3)
        self._name = label(rank="heading")
        self._name.setObjectName("name")
        self._to = label(rank="muted")
        self._topic = label()
        self._topic.setObjectName("topic")
        self._mode = label()
        self._waiting = label(rank="muted")
        self._call_back = label()
        self._call_back.setObjectName("call_back")
        self._note_title = label(rank="muted")
        self._note = label(tone="warn")
        self._note.setObjectName("note")
        self._computer_title = label(rank="muted")
        self._computer = QGridLayout()
        self._computer.setColumnStretch(1, 1)
        self._accept = button(kind="primary")
        self._accept.setObjectName("accept")
        self._accept.setAutoDefault(False)
        self._accept.clicked.connect(self._accepted)
        self._decline = button()
        self._decline.setObjectName("decline")
        self._decline.clicked.connect(self._declined)
        for text in (self._topic, self._note):
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.begin_words()

    def render(self, one: NumberedRequest | None, *, now: float, online: bool) -> None:  # type: ignore[override]
        """Show it, at this moment (Unix seconds of the relay's clock). `online`: whether something can be done with it."""
        changed = one != self._one
        self._one, self._now, self._online = one, now, online
        if changed:
            self._show_all()
        self._show_moment()

    def retranslate(self) -> None:
        """Words."""
        self._nothing.setText(self.tr("Choose a request to see more."))
        self._note_title.setText(self.tr("Note from a colleague"))
        self._computer_title.setText(self.tr("The computer, as its user’s program says"))
        self._accept.setText(self.tr("&Accept"))
        self._accept.setToolTip(self.tr("Enter"))
        self._decline.setText(self.tr("&Decline…"))
        self._decline.setToolTip(self.tr("Delete"))
        self._show_all()
        self._show_moment()

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setObjectName("inside")
        inner = QVBoxLayout(inside)
        inner.setContentsMargins(16, 16, 16, 8)
        inner.setSpacing(10)
        inner.addLayout(beside(self._avatar, self._name, self._to))
        for part in (
            self._topic,
            self._mode,
            self._waiting,
            self._call_back,
            self._note_title,
            self._note,
            self._computer_title,
        ):
            inner.addWidget(part)
        inner.addLayout(self._computer)
        inner.addStretch(1)
        self._scroll = Scrolled(inside)
        for clear in (self._scroll.viewport(), inside):
            clear.setAutoFillBackground(False)
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 16, 16)
        row.setSpacing(8)
        row.addWidget(self._accept, 1)
        row.addWidget(self._decline)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._nothing, 1)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(row)

    def _show_all(self) -> None:
        one = self._one
        self._nothing.setVisible(one is None)
        for part in (self._scroll, self._accept, self._decline):
            part.setVisible(one is not None)
        while (item := self._computer.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if one is None:
            return
        entry = one.entry
        name = one_line(entry.user.name)
        self._avatar.set_name(name)
        self._name.setText(name)
        self._topic.setText(one_line(entry.topic))
        self._topic.setVisible(bool(entry.topic))
        self._note.setText(entry.note)
        self._note.setVisible(bool(entry.note))
        self._note_title.setVisible(bool(entry.note))
        self._computer_title.setVisible(bool(entry.inventory))
        for row, (key, value) in enumerate(entry.inventory.items()):
            title = label(one_line(self._inventory_words.title(key)), rank="muted")
            text = label(one_line(value))
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._computer.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
            self._computer.addWidget(text, row, 1, Qt.AlignmentFlag.AlignTop)

    def _show_moment(self) -> None:
        one = self._one
        if one is None:
            return
        entry = one.entry
        match entry.to:
            case ToHelper():
                self._to.setText(self.tr("asks for you by name"))
            case ToGroup(group=group):
                self._to.setText(self.tr("asks for the group {group}").format(group=one_line(group)))
            case ToAnyone():
                self._to.setText(self.tr("asks for anyone"))
            case _:
                assert_never(entry.to)
        control = entry.mode is Mode.CONTROL
        self._mode.setText(self.tr("You may look and control.") if control else self.tr("You may look."))
        span, since = self._elapsed_words.text(self._now - entry.since), self._elapsed_words.moment(entry.since)
        self._waiting.setText(self.tr("Waiting since {time}\n({span})").format(time=since, span=span))
        self._call_back.setVisible(entry.call_back)
        if entry.here:
            self._call_back.setText(
                self.tr("A call back, on the screen and not by telephone: the user is asked first whether it suits.")
            )
        else:
            self._call_back.setText(
                self.tr(
                    "A call back, on the screen and not by telephone. The computer is not connected now; you can take it once it is."
                )
            )
        self._accept.setEnabled(self._online and not one.accepted and entry.here)
        self._decline.setEnabled(self._online and not one.accepted)
        self._accept.setText(self.tr("Connecting…") if one.accepted else self.tr("&Accept"))

    def _accepted(self) -> None:
        if self._one is not None:
            self.accepted.emit(self._one.entry.request)

    def _declined(self) -> None:
        if self._one is not None:
            self.declined.emit(self._one.entry.request)
