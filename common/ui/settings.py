"""The settings dialog, as far as both agents share it: cards under each other, *Save* and *Cancel*.

Language, looks and large letters are switched while the person chooses, and back by *Cancel*. *Save* checks first: what is wrong is said
beside its field, and nothing is lost. Then `saved` is emitted, and the dialog waits for the program: `finish()`, or
`refuse(text)` where the file could not be written.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from common.ui.scrolled import Scrolled
from common.ui.settings_cards import GeneralCard, SettingsCard
from common.ui.settings_values import SettingsValues, changes
from common.ui.widgets import Banner, ButtonRow, button
from common.ui.window import Dialog, Part


class SettingsDialog(Dialog):
    """Both agents' settings. `saved(dict)`: key → value of all that changed (common.ui.settings_values); may hold a password."""

    language_chosen = Signal(str)  # at once; "" as the system says
    theme_chosen = Signal(str)  # at once
    large_chosen = Signal(bool)  # at once
    saved = Signal(dict)

    def __init__(self, values: SettingsValues, cards: Sequence[SettingsCard], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = values
        self._general = GeneralCard()
        self._cards: list[SettingsCard] = [self._general, *cards]
        self._general.language_chosen.connect(self.language_chosen)
        self._general.theme_chosen.connect(self.theme_chosen)
        self._general.large_chosen.connect(self.large_chosen)
        self.problem = Banner()
        self._marked = False  # the banner says that a field is wrong
        self.save, self.cancel = button(kind="primary"), button()
        self.save.setObjectName("save")
        self.save.setDefault(True)
        self.cancel.setObjectName("cancel")
        self.save.clicked.connect(self._save)
        self.cancel.clicked.connect(self.reject)
        self._scroll = self._stacked()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.setSpacing(12)
        outer.addWidget(self.problem)
        outer.addWidget(self._scroll, 1)
        outer.addWidget(ButtonRow(accept=self.save, reject=self.cancel))
        for card in self._cards:
            card.fill(values)
        self._general.language.setFocus()
        self.begin_words()
        self.open_at(34, 44)

    def _stacked(self) -> Scrolled:
        inside = Part()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 6, 0)
        layout.setSpacing(12)
        for card in self._cards:
            layout.addWidget(card)
        layout.addStretch(1)
        return Scrolled(inside)

    def _save(self) -> None:
        wrong = [field for card in self._cards if (field := card.wrong()) is not None]
        if wrong:
            self._marked = True
            self._say_marked()
            wrong[0].setFocus(Qt.FocusReason.OtherFocusReason)
            self._scroll.ensureWidgetVisible(wrong[0])
            return
        self._marked = False
        self.problem.say("")
        changed = changes(self._values, self._chosen())
        if not changed:
            self.accept()
            return
        self.save.setEnabled(False)
        self.saved.emit(changed)

    def _say_marked(self) -> None:
        self.problem.say(self.tr("Something is not right yet. It is marked below."), tone="danger")

    def _chosen(self) -> SettingsValues:
        fields: dict[str, Any] = {}
        for card in self._cards:
            fields |= card.chosen()
        return replace(self._values, **fields)

    def finish(self) -> None:
        """It was written: done."""
        self._values = self._chosen()
        self.save.setEnabled(True)
        self.accept()

    def refuse(self, text: str) -> None:
        """It could not be written; `text` says why. Everything stays as it was typed."""
        self.save.setEnabled(True)
        self._marked = False
        self.problem.say(text, tone="danger")

    def reject(self) -> None:
        """Cancelled: what was switched while choosing goes back."""
        chosen = self._general.chosen()
        self._general.fill(self._values)
        if chosen["language"] != self._values.language:
            self.language_chosen.emit(self._values.language)
        if chosen["theme"] != self._values.theme:
            self.theme_chosen.emit(self._values.theme)
        if chosen["large"] != self._values.large:
            self.large_chosen.emit(self._values.large)
        super().reject()

    def retranslate(self) -> None:
        """The words."""
        self.setWindowTitle(self.tr("Settings"))
        self.save.setText(self.tr("&Save"))
        self.cancel.setText(self.tr("Cancel"))
        if self._marked:
            self._say_marked()
