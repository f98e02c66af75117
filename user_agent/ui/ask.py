"""The question before a request is sent: what the helper may do, what else is shared, and who can read it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QPlainTextEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from common.protocol.messages import Mode
from common.ui.inventory_words import InventoryWords
from common.ui.widgets import ButtonRow, button, label, lines_high, named
from common.ui.window import Card, Dialog, Part
from user_agent.servers.base import ScreenChoice
from user_agent.ui.people_model import PeopleRow
from user_agent.ui.screens_choice import ScreensChoice
from user_agent.views import Wish


class ModeChoice(Card):
    """One thing that the helper may do: its name, and what it means."""

    def __init__(self, mode: Mode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode = mode
        self._forbidden = False
        self.radio = named(QRadioButton(), f"mode_{mode.value}")
        font = self.radio.font()
        font.setBold(True)
        self.radio.setFont(font)
        self._meaning = label(rank="muted")
        self._meaning.setContentsMargins(24, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(4)
        layout.addWidget(self.radio)
        layout.addWidget(self._meaning)
        self.begin_words()

    def retranslate(self) -> None:
        """What a beginner understands."""
        if self.mode is Mode.VIEW:
            self.radio.setText(self.tr("May &look"))
            meaning = self.tr("The helper sees your screen and can point at things. You do everything yourself.")
        else:
            self.radio.setText(self.tr("May look and &control"))
            meaning = self.tr("The helper can also use your mouse and keyboard. You can take that back at any moment.")
        if self._forbidden:
            meaning = self.tr("Your organisation allows only looking here.")
        self._meaning.setText(meaning)
        self.radio.setAccessibleDescription(meaning)

    def forbid(self) -> None:
        """It may not be allowed here, and says why."""
        self._forbidden = True
        self.setEnabled(False)
        self.retranslate()

    def mousePressEvent(self, event: object) -> None:  # noqa: ARG002
        """A click anywhere on it chooses it."""
        self.radio.setChecked(True)
        self.radio.setFocus(Qt.FocusReason.MouseFocusReason)


class DetailsChoice(Part):
    """Whether details of this computer are sent too, and which: shown before they are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details: dict[str, str] = {}
        self._words = InventoryWords(self)
        self.box = named(QCheckBox(), "send_details")
        self.list = named(QPlainTextEdit(), "details")
        self.list.setReadOnly(True)
        self.list.setTabChangesFocus(True)
        self.list.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.list.setVisible(False)
        lines_high(self.list, 6, fixed=True)
        self.box.toggled.connect(self.list.setVisible)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addWidget(self.list)
        self.setVisible(False)
        self.begin_words()

    def retranslate(self) -> None:
        """Words, and the list once more."""
        self.box.setText(self.tr("Also send &details of this computer"))
        self.list.setAccessibleName(self.tr("Details that will be sent"))
        self._show()

    def show_details(self, details: Mapping[str, str]) -> None:
        """These would be sent. None at all: nothing is offered."""
        self._details = dict(details)
        self._show()
        self.setVisible(bool(details))

    def agreed(self) -> dict[str, str]:
        """What the person saw and agreed to send."""
        return dict(self._details) if self.box.isChecked() else {}

    def _show(self) -> None:
        lines = [f"{self._words.title(key)}: {value}" for key, value in self._details.items()]
        self.list.setPlainText("\n".join(lines))


class AskDialog(Dialog):
    """Asks what `row` may do. Enter asks for help, Escape leaves. `asked(Wish)` once. What is the matter was said before."""

    asked = Signal(object)

    def __init__(self, *, row: PeopleRow, topic: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = row
        self._topic = topic.strip()
        self.setObjectName("ask")
        self.setModal(True)
        self._title = label(rank="title")
        self._modes = [ModeChoice(Mode.VIEW), ModeChoice(Mode.CONTROL)]
        self._modes[0].radio.setChecked(True)
        if row.most is Mode.VIEW:
            self._modes[1].forbid()
        group = QButtonGroup(self)
        for choice in self._modes:
            group.addButton(choice.radio)
        self.details = DetailsChoice()
        self.screens = ScreensChoice()
        self.screens.changed.connect(self._enable)
        self._who_reads = label(rank="muted")
        self.ask_button = button(kind="primary")
        self.ask_button.setObjectName("ask_now")
        self.ask_button.setDefault(True)
        self.ask_button.clicked.connect(self._ask)
        self._leave = button()
        self._leave.setObjectName("leave")
        self._leave.clicked.connect(self.reject)
        self._lay_out()
        self._modes[0].radio.setFocus()
        self.begin_words()
        self.open_at(32)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(10)
        parts: list[QWidget] = [self._title, *self._modes]
        for part in [*parts, self.screens, self.details, self._who_reads]:
            layout.addWidget(part)
        layout.addSpacing(6)
        layout.addStretch(1)
        layout.addWidget(ButtonRow(accept=self.ask_button, reject=self._leave))

    def retranslate(self) -> None:
        """All words."""
        self.setWindowTitle(self.tr("Get help"))
        if self._row.entry is None:
            title = self.tr("What may the helper do?")
        elif self._row.is_group:
            title = self.tr("What may a helper of the group {name} do?").format(name=self._row.name)
        else:
            title = self.tr("What may {name} do?").format(name=self._row.name)
        self._title.setText(title)
        self._who_reads.setText(
            self.tr(
                "What you wrote and what you send here can be read by your organisation's operators. "
                "What happens on your screen can be seen by the helper only."
            )
        )
        self.ask_button.setText(self.tr("&Get help"))
        self._leave.setText(self.tr("Not now"))

    def show_screens(self, screens: Sequence[ScreenChoice]) -> None:
        """These can be chosen; all of them are, unless the person says otherwise."""
        self.screens.show_screens(screens)

    def show_details(self, details: Mapping[str, str]) -> None:
        """Details of this computer that can be sent along."""
        self.details.show_details(details)

    def _enable(self, on: bool) -> None:
        self.ask_button.setEnabled(on)

    def _ask(self) -> None:
        mode = next(choice.mode for choice in self._modes if choice.radio.isChecked())
        wish: Wish = self._row.wish(mode=mode, topic=self._topic)
        wish = replace(wish, inventory=self.details.agreed(), screens=self.screens.agreed())
        self.accept()
        self.asked.emit(wish)
