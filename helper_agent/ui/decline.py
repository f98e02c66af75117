"""The dialog that declines a request: one of the usual reasons, or words of the helper's own. The user reads them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLabel, QLineEdit, QRadioButton, QWidget

from common.host.words import one_line
from common.protocol.texts import TEXT_LIMIT
from common.ui.text_limit import TextLimit
from common.ui.widgets import ConfirmButtons, column, label
from common.ui.window import Dialog

REASONS = 4  # usual ones; behind them the helper's own words


class DeclineDialog(Dialog):
    """`declined(request, why)` once; `draft_changed(text)`: the helper's own words, while they are written."""

    declined = Signal(str, str)
    draft_changed = Signal(str)

    def __init__(self, *, request: str, name: str, draft: str = "", parent: QWidget | None = None) -> None:
        """`name`: the user's. `draft`: what was written and not sent."""
        super().__init__(parent)
        self.setObjectName("decline")
        self._request = request
        self._name = one_line(name)
        self._title = label(rank="heading")
        self._about = label(rank="muted")
        self._group = QButtonGroup(self)
        self._reasons = [QRadioButton() for _ in range(REASONS + 1)]
        for number, reason in enumerate(self._reasons):
            reason.setObjectName(f"reason{number}")
            self._group.addButton(reason, number)
        self._own_label = QLabel()
        self._own = QLineEdit(draft)
        self._own.setObjectName("own")
        self._limit = TextLimit(self._own, TEXT_LIMIT)
        self._limit.changed.connect(self._enable)
        self._own.textEdited.connect(self._written)
        self._own_label.setBuddy(self._own)
        self._reasons[REASONS if draft else 0].setChecked(True)
        self._buttons = ConfirmButtons()
        self._buttons.ok.clicked.connect(self._done)
        self._buttons.cancel.clicked.connect(self.reject)
        self._group.idToggled.connect(self._picked)
        self.setLayout(
            column(self._title, self._about, *self._reasons, self._own_label, self._own, self._limit, self._buttons)
        )
        self._buttons.ok.setDefault(True)
        self._enable()
        self.begin_words()
        self.open_at(26)
        (self._own if draft else self._reasons[0]).setFocus()

    @property
    def request(self) -> str:
        """Which one is meant."""
        return self._request

    @property
    def name(self) -> str:
        """Whose it is."""
        return self._name

    def retranslate(self) -> None:
        """Words."""
        self.setWindowTitle(self.tr("Decline"))
        self._title.setText(self.tr("Decline the request of {name}?").format(name=self._name))
        self._about.setText(self.tr("{name} will read the reason.").format(name=self._name))
        for reason, text in zip(self._reasons, self._usual(), strict=True):
            reason.setText(text)
        self._own_label.setText(self.tr("Your &words:"))
        self._own.setPlaceholderText(self.tr("For example: call me at extension 42"))
        self._buttons.ok.setText(self.tr("&Decline"))
        self._buttons.cancel.setText(self.tr("Cancel"))

    def _usual(self) -> list[str]:
        return [
            self.tr("No reason"),
            self.tr("I am not free now. Please ask somebody else."),
            self.tr("Somebody else knows more about this. Please ask them."),
            self.tr("This cannot be mended from here. Somebody will come to you."),
            self.tr("In my own words"),
        ]

    def _written(self, text: str) -> None:
        self._reasons[REASONS].setChecked(True)
        self.draft_changed.emit(text)

    def _picked(self, number: int, on: bool) -> None:
        if on and number == REASONS:
            self._own.setFocus()
        self._enable()

    def _enable(self) -> None:
        """Only the helper's own words can be too long."""
        self._buttons.ok.setEnabled(self._limit.fits or self._group.checkedId() != REASONS)

    def _done(self) -> None:
        number = self._group.checkedId()
        why = "" if number <= 0 else self._own.text().strip() if number == REASONS else self._usual()[number]
        self.declined.emit(self._request, why)
        self.accept()
