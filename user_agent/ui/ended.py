"""The page after a request that did not end as people end one: what happened, and what can be done now."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from common.agent.desk import call_text, relay_time
from common.agent.views import MatchingView
from common.protocol.reasons import Why
from common.ui.widgets import CallLine, button, column, label, restyle
from common.ui.window import Part
from user_agent.views import RequestEnding

# Asking the same once more would not help, or should not be made easy.
NOT_AGAIN: Final = frozenset({
    Why.DECLINED, Why.WRONG_PEER, Why.UNVERIFIED, Why.NOT_ACCEPTED, Why.TAMPERED, Why.PROTOCOL, Why.UNFILTERABLE, Why.DISABLED, Why.REVOKED,
})  # fmt: skip


def is_worth_a_page(ending: RequestEnding) -> bool:
    """Whether the person should read how it ended; else it was they who ended it, or the summary says all."""
    if _next_one_refused(ending):
        return True
    if ending.why in {Why.CANCELLED, Why.REFUSED}:
        return ending.problem is not None
    return not (ending.as_asked and ending.connected) and ending.why is not Why.USER_ENDED


def _next_one_refused(ending: RequestEnding) -> bool:
    """Somebody has helped, and the one to whom that helper handed over was not let in."""
    return ending.why is Why.REFUSED and ending.connected


class EndedPage(Part):
    """`again_wanted()`: ask the same once more. `other_wanted()`: back to the list."""

    again_wanted = Signal()
    other_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ending: RequestEnding | None = None
        self._matching = MatchingView()
        self.title = label(rank="title")
        self.title.setObjectName("ended_title")
        self.text = label()
        self.text.setObjectName("ended_text")
        self.call = CallLine()
        self.again = button(kind="primary", size="large")
        self.again.setObjectName("ask_again")
        self.again.clicked.connect(self.again_wanted)
        self.other = button()
        self.other.setObjectName("back")
        self.other.setAutoDefault(True)  # Enter presses it, once it has the keyboard
        self.other.clicked.connect(self.other_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addStretch(1)
        for part in (self.title, self.text, self.call):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(part)
        layout.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.other)
        row.addStretch(1)
        foot = column(self.again, margins=0, spacing=12)
        foot.addLayout(row)
        layout.addLayout(foot)
        self.begin_words()

    def render(self, ending: RequestEnding, matching: MatchingView) -> None:  # type: ignore[override]
        """Show this, and whom else to turn to."""
        self._ending, self._matching = ending, matching
        self.retranslate()

    def retranslate(self) -> None:
        """Words."""
        self.again.setText(self.tr("Ask &again"))
        self.other.setText(self.tr("&Back to the list"))
        ending = self._ending
        if ending is None:
            return
        again = ending.why not in NOT_AGAIN
        self.again.setVisible(again)
        restyle(self.other, "kind", "" if again else "primary")
        restyle(self.other, "bulk", "" if again else "large")
        self.title.setText(self._title(ending))
        text = ending.plain
        if ending.why is Why.NO_ANSWER:
            text = self.tr("A helper was ready, but the question whether to let them in was not answered in time.")
        if _next_one_refused(ending):
            text = self.tr(
                "You did not let in the helper to whom you were handed over. Nobody sees your screen. You can ask again, "
                "or ask somebody else."
            )
        self.text.setText(text)
        self.call.say(call_text(self._matching.desk, relay_time(self._matching.clock_skew)))
        self.again.setAccessibleDescription(text)
        self.other.setAccessibleDescription(text)
        if ending.why is Why.DECLINED:
            self.other.setText(self.tr("Ask &somebody else"))

    def take_keyboard(self) -> None:
        """The page has just come up: the keyboard is on what is most likely wanted."""
        (self.other if self.again.isHidden() else self.again).setFocus(Qt.FocusReason.OtherFocusReason)

    def _title(self, ending: RequestEnding) -> str:
        if ending.why is Why.DECLINED:
            return self.tr("Not possible now")
        if _next_one_refused(ending):
            return self.tr("Nobody helps you now")
        if ending.connected:
            return self.tr("The session was interrupted")
        return self.tr("That did not work")
