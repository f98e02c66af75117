"""The helper's status, as the helper chose it and as the rules have it: away without input, busy with sessions."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from common.protocol.messages import Status
from common.protocol.session_life import SessionPhase
from helper_agent.status_rules import Rules, StatusRules
from helper_agent.views import HelperView

LOOK = 5000  # milliseconds between looks at how long nothing was touched


class OwnStatus(QObject):
    """`set_status` is called with what is to be told to the relay."""

    def __init__(
        self,
        *,
        rules: Rules,
        set_status: Callable[[Status], object],
        idle: Callable[[], float | None],
        now: Callable[[], float],
        parent: QObject | None = None,
    ) -> None:
        """`idle()`: seconds without mouse and keyboard, None where that cannot be known. `now`: a clock that never goes back."""
        super().__init__(parent)
        self._set_status = set_status
        self._idle = idle
        self._now = now
        self._rules = StatusRules(rules, now=now())
        self._told = Status.AVAILABLE
        self._sessions = 0
        self._timer = QTimer(self, interval=LOOK)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def follow(self, rules: Rules) -> None:
        """Other rules from now on."""
        self._tell(self._rules.follow(rules, now=self._now()))

    def choose(self, status: Status) -> None:
        """The helper's own word."""
        self._tell(self._rules.choose(status, now=self._now()))

    def render(self, view: HelperView) -> None:
        """How many sessions run."""
        running = sum(1 for one in view.sessions if one.view.phase is not SessionPhase.ENDED)
        if running != self._sessions:
            self._sessions = running
            self._tell(self._rules.sessions(running, now=self._now()))

    def look(self) -> None:
        """Was anything touched meanwhile?"""
        now, idle = self._now(), self._idle()
        touched = now if idle is None else now - idle
        self._tell(self._rules.touched(at=touched, now=now))

    def _tell(self, status: Status) -> None:
        if status is not self._told:
            self._told = status
            self._set_status(status)
