"""The quiet line that says whether the relay is reached, and why not, with the way to find out more."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from common.agent.desk import call_text, relay_time
from common.agent.events import plain_text
from common.agent.matching.problems import is_hopeless
from common.agent.views import MatchingView
from common.protocol.matching_client import MatchingPhase
from common.ui.sign_in import open_page, sign_in_page
from common.ui.widgets import CallLine, button, label, restyle
from common.ui.window import Part


class ConnectionLine(Part):
    """`why_wanted()`: why can't I connect? `here_wanted()`: the same certificate goes on elsewhere, and shall go on here."""

    why_wanted = Signal()
    here_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = MatchingView()
        self.state = label()
        self.state.setObjectName("connection")
        self.detail = label(rank="muted")
        self.detail.setObjectName("connection_problem")
        self.call = CallLine()
        self.why = button()
        self.why.setObjectName("why")
        self.why.clicked.connect(self.why_wanted)
        self.sign_in = button(kind="primary")
        self.sign_in.setObjectName("sign_in")
        self.sign_in.clicked.connect(lambda: open_page(sign_in_page(self._view.problem)))
        self.here = button()
        self.here.setObjectName("connect_here")
        self.here.clicked.connect(self.here_wanted)
        row = QHBoxLayout()
        row.addWidget(self.here)
        row.addWidget(self.sign_in)
        row.addWidget(self.why)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.state)
        layout.addWidget(self.detail)
        layout.addWidget(self.call)
        layout.addLayout(row)
        self.begin_words()

    def render(self, view: MatchingView) -> None:  # type: ignore[override]
        """Show this."""
        seen, was = ((one.phase, one.problem, one.name, one.desk) for one in (view, self._view))
        if seen != was:
            self._view = view
            self.retranslate()

    def retranslate(self) -> None:
        """Words and state."""
        view = self._view
        self.why.setText(self.tr("&Why can't I connect?"))
        self.here.setText(self.tr("Connect h&ere"))
        self.sign_in.setText(self.tr("Open the sign-&in page"))
        self.state.setText(self._state(view))
        online, replaced = view.phase is MatchingPhase.ONLINE, view.phase is MatchingPhase.REPLACED
        starting = view.problem is None and not online and not replaced
        restyle(self.state, "tone", "good" if online else "" if starting else "warn")
        restyle(self.state, "rank", "muted" if starting else "")
        detail = plain_text(view.problem) if view.problem is not None and not online and not replaced else ""
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        failed = view.problem is not None and not online and not replaced
        self.call.say(call_text(view.desk, relay_time(view.clock_skew)) if failed else "")
        self.why.setVisible(not online and not replaced and not starting)
        self.here.setVisible(replaced)
        self.sign_in.setVisible(failed and bool(sign_in_page(view.problem)))

    def _state(self, view: MatchingView) -> str:
        if view.phase is MatchingPhase.ONLINE:
            text = self.tr("● Connected to {organisation} as {name}")
            return text.format(organisation=view.whose, name=view.name)
        if view.phase is MatchingPhase.REPLACED:
            return self.tr("○ Tasuki was started elsewhere as {name}, and goes on there.").format(name=view.name)
        if view.problem is None:
            return self.tr("○ Connecting…")
        return self.tr("○ Not connected.") if is_hopeless(view) else self.tr("○ Not connected. Trying again by itself…")
