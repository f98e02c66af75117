"""The top of the queue window: who one is, whether one is connected, one's presence, the menu."""

from typing import assert_never

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from common.agent.views import MatchingView
from common.host.words import one_line
from common.protocol.matching_client import MatchingPhase
from common.ui.widgets import Avatar, label, restyle
from common.ui.window import Part
from helper_agent.ui.status_switch import StatusSwitch


class QueueHead(Part):
    """`render(matching)`. `status_chosen(Status)`."""

    status_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = MatchingView()
        self._avatar = Avatar(size=int(self.fontMetrics().height() * 2.2))
        self._name = label(rank="heading", wrap=False)
        self._state = label(wrap=False)
        self._state.setObjectName("connection")
        self.status = StatusSwitch()
        self.status.chosen.connect(self.status_chosen)
        self.menu_button = QToolButton()
        self.menu_button.setObjectName("menu")
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setText("☰")
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._name)
        names.addWidget(self._state)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._avatar)
        row.addLayout(names, 1)
        row.addWidget(self.status)
        row.addWidget(self.menu_button)
        self.begin_words()

    def render(self, view: MatchingView) -> None:  # type: ignore[override]
        """Show it."""
        self._view = view
        self._avatar.set_name(view.name)
        self._name.setText(one_line(view.name))
        self.status.render(view.status)
        self._show_state()

    def retranslate(self) -> None:
        """Words."""
        self.menu_button.setAccessibleName(self.tr("Menu"))
        self.menu_button.setToolTip(self.tr("Menu"))
        self._show_state()

    def _show_state(self) -> None:
        organisation = one_line(self._view.whose)
        match self._view.phase:
            case MatchingPhase.ONLINE:
                text, tone = self.tr("Connected to {organisation}").format(organisation=organisation), "good"
            case MatchingPhase.RETRYING | MatchingPhase.REPLACED:
                text, tone = self.tr("Not connected to {organisation}").format(organisation=organisation), "danger"
            case MatchingPhase.STOPPED | MatchingPhase.DIALLING | MatchingPhase.GREETING:
                text, tone = self.tr("Connecting to {organisation}…").format(organisation=organisation), "warn"
            case _:
                assert_never(self._view.phase)
        self._state.setText(text)
        restyle(self._state, "tone", tone)
