"""The dialog that hands a session on: to a helper, a group or whoever is free first, with a note for whoever takes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QListWidgetItem, QPlainTextEdit, QWidget

from common.host.words import one_line
from common.protocol.matching_memory import Listed
from common.protocol.messages import HelperEntry, Status, To, ToAnyone, ToGroup, ToHelper
from common.protocol.texts import TEXT_LIMIT, clean
from common.ui.language_names import language_name
from common.ui.widgets import ConfirmButtons, column, label, lines_high
from common.ui.window import Dialog


@dataclass(frozen=True, kw_only=True)
class Target:
    """Whom a session can be handed to. `key` stays the same while the list changes."""

    key: str
    name: str
    to: To
    status: Status | None = None  # of a helper
    available: int = 0  # of a group
    words: str = ""  # languages and skills, as people read them
    codes: str = ""  # the languages' codes, which some search by


def targets(listed: Sequence[Listed], *, own_uri: str, text: str = "") -> list[Target]:
    """Groups, then the other helpers, those who are available first; only those whose name or skills hold every word of `text`."""
    found: list[Target] = []
    for entry in listed:
        if not isinstance(entry, HelperEntry):
            to = ToGroup(group=entry.group)
            found.append(Target(key=f"group {entry.group}", name=entry.group, to=to, available=entry.available))
        elif entry.uri != own_uri:
            skills = " · ".join((*map(language_name, entry.languages), *map(one_line, entry.skills)))
            found.append(
                Target(
                    key=entry.uri,
                    name=entry.name,
                    to=ToHelper(uri=entry.uri),
                    status=entry.status,
                    words=skills,
                    codes=" ".join(entry.languages),
                )
            )
    words = text.casefold().split()
    passed = [one for one in found if all(word in f"{one.name}\n{one.words}\n{one.codes}".casefold() for word in words)]
    order = {None: 0, Status.AVAILABLE: 1, Status.BUSY: 2, Status.AWAY: 3}
    return sorted(passed, key=lambda one: (order[one.status], one.name.casefold(), one.key))


ANYONE = Target(key="", name="", to=ToAnyone())


class TransferDialog(Dialog):
    """`transferred(session, to, note)` once, at Enter or the button. `draft_changed(text)`: the note, while it is written."""

    transferred = Signal(str, object, str)
    draft_changed = Signal(str)

    def __init__(self, *, session: str, name: str, own_uri: str, note: str = "", parent: QWidget | None = None) -> None:
        """`name`: the user's. `note`: what was written and not sent."""
        super().__init__(parent)
        self.setObjectName("transfer")
        self._session = session
        self._name = one_line(name)
        self._own_uri = own_uri
        self._listed: Sequence[Listed] = ()
        self._shown: list[Target] = []
        self._title = label(rank="heading")
        self._search = QLineEdit()
        self._search.setObjectName("search")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(lambda _: self._fill())
        self._list = QListWidget()
        self._list.setObjectName("targets")
        self._list.setUniformItemSizes(True)
        self._list.currentRowChanged.connect(lambda _: self._enable())
        self._list.itemDoubleClicked.connect(lambda _: self._done())
        self._note_label = QLabel()
        self._note = QPlainTextEdit()
        self._note.setObjectName("note")
        self._note.setTabChangesFocus(True)
        self._note.setPlainText(note)
        self._note.textChanged.connect(self._noted)
        self._note_label.setBuddy(self._note)
        self._count = label(rank="muted")
        self._buttons = ConfirmButtons()
        self._buttons.ok.clicked.connect(self._done)
        self._buttons.cancel.clicked.connect(self.reject)
        lines_high(self._list, 6)
        lines_high(self._note, 3, fixed=True)
        self.setLayout(
            column(self._title, self._search, self._list, self._note_label, self._note, self._count, self._buttons)
        )
        self._buttons.ok.setDefault(True)
        self.begin_words()
        self.open_at(30, 32)
        self._search.setFocus()

    @property
    def session(self) -> str:
        """Which session is meant."""
        return self._session

    def render(self, listed: Sequence[Listed]) -> None:  # type: ignore[override]
        """Who can be chosen now."""
        if listed != self._listed:
            self._listed = listed
            self._fill()

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("Hand over"))
        self._title.setText(self.tr("Who shall go on helping {name}?").format(name=self._name))
        self._search.setPlaceholderText(self.tr("Search helpers and groups"))
        self._search.setAccessibleName(self.tr("Search helpers and groups"))
        self._list.setAccessibleName(self.tr("Helpers and groups"))
        self._note_label.setText(
            self.tr("&Why, and what is left to do ({name} reads this too):").format(name=self._name)
        )
        self._note.setPlaceholderText(self.tr("What was done already, and what is left"))
        self._buttons.ok.setText(self.tr("&Hand over"))
        self._buttons.cancel.setText(self.tr("Cancel"))
        self._fill()
        self._noted()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down from the search into the list; Ctrl+Enter from the note, where Enter makes a line."""
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._done()
        elif event.key() == Qt.Key.Key_Down and self.focusWidget() is self._search:
            self._list.setFocus()
            self._list.setCurrentRow(max(0, self._list.currentRow()))
        else:
            super().keyPressEvent(event)

    def _fill(self) -> None:
        """Keep what is chosen; where it has gone nothing is chosen."""
        chosen = self._target()
        words = self._search.text().strip()
        found = targets(self._listed, own_uri=self._own_uri, text=words)
        self._shown = found if words else [ANYONE, *found]
        self._list.blockSignals(True)
        self._list.clear()
        for one in self._shown:
            self._list.addItem(QListWidgetItem(self._text(one)))
        keys = [one.key for one in self._shown]
        self._list.setCurrentRow(keys.index(chosen.key) if chosen is not None and chosen.key in keys else -1)
        self._list.blockSignals(False)
        self._enable()

    def _text(self, one: Target) -> str:
        name = one_line(one.name)
        if one.status is None and not one.key:
            return self.tr("Whoever is free first")
        if one.status is None:
            return self.tr("Group {name} ({count} available)").format(name=name, count=one.available)
        words = {
            Status.AVAILABLE: self.tr("{name} – available"),
            Status.BUSY: self.tr("{name} – busy"),
            Status.AWAY: self.tr("{name} – away"),
        }
        text = words[one.status].format(name=name)
        return f"{text}  ·  {one.words}" if one.words else text

    def _target(self) -> Target | None:
        row = self._list.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    @property
    def _length(self) -> int:
        return len(clean(self._note.toPlainText().strip()))

    def _noted(self) -> None:
        left = TEXT_LIMIT - self._length
        self._count.setText(self.tr("%n characters left", "", left) if left >= 0 else self.tr("%n too many", "", -left))
        self._enable()
        self.draft_changed.emit(self._note.toPlainText())

    def _enable(self) -> None:
        self._buttons.ok.setEnabled(self._target() is not None and self._length <= TEXT_LIMIT)

    def _done(self) -> None:
        target = self._target()
        if target is None or not self._buttons.ok.isEnabled():
            return
        self.transferred.emit(self._session, target.to, self._note.toPlainText().strip())
        self.accept()
