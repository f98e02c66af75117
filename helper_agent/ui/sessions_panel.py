"""The helper's own sessions, each a line: who, how far it is, since when; to its window, to a colleague, to its end."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from common.host.errors import plain
from common.host.words import one_line, plain_reason
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from common.ui.elapsed import clock_text
from common.ui.scrolled import Scrolled
from common.ui.widgets import Avatar, button, label, restyle
from common.ui.window import Card, Part
from helper_agent.views import RunningSession

SHOWN = 3  # sessions at once


class SessionCard(Card):
    """One session. Signals carry its id."""

    show_wanted = Signal(str)
    transfer_wanted = Signal(str)
    end_wanted = Signal(str)

    def __init__(self, running: RunningSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("session")
        self._running = running
        self._now = 0.0
        self._online = True
        self._avatar = Avatar(size=int(self.fontMetrics().height() * 1.8))
        self._name = label(rank="heading")
        self._state = label()
        self._state.setObjectName("state")
        self._show, self._transfer, self._end = button(), button(), button()
        for made, name, signal in (
            (self._show, "show", self.show_wanted),
            (self._transfer, "transfer", self.transfer_wanted),
            (self._end, "end", self.end_wanted),
        ):
            made.setObjectName(name)
            made.setAutoDefault(True)  # Enter presses it
            made.clicked.connect(lambda _checked=False, signal=signal: signal.emit(self._running.view.session))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        row.addWidget(self._avatar)
        row.addWidget(self._name, 2)
        row.addWidget(self._state, 3)
        for made in (self._show, self._transfer, self._end):
            row.addWidget(made)
        self.begin_words()

    def render(self, running: RunningSession, *, now: float, online: bool) -> None:  # type: ignore[override]
        """Show it, at this moment (Unix seconds)."""
        self._running, self._now, self._online = running, now, online
        self._refresh()

    def retranslate(self) -> None:
        """Words."""
        self._show.setText(self.tr("Show"))
        self._transfer.setText(self.tr("Hand over…"))
        self._end.setText(self.tr("End"))
        self._refresh()

    def _refresh(self) -> None:
        view = self._running.view
        name = one_line(view.peer_name or self._running.user)
        self._avatar.set_name(name)
        self._name.setText(name)
        self._state.setText(self._sentence())
        restyle(self._state, "tone", "danger" if view.problem is not None else "")
        connected = view.phase is SessionPhase.CONNECTED
        self._transfer.setEnabled(connected and self._online)
        self._end.setEnabled(view.phase is not SessionPhase.ENDED)
        self._show.setAccessibleName(self.tr("Show the session with {name}").format(name=name))
        self._transfer.setAccessibleName(self.tr("Hand the session with {name} over").format(name=name))
        self._end.setAccessibleName(self.tr("End the session with {name}").format(name=name))

    def _sentence(self) -> str:
        view = self._running.view
        if view.phase is SessionPhase.ENDED:
            return plain(view.problem) if view.problem is not None else plain_reason(view.why) if view.why else ""
        if view.phase is SessionPhase.GREETING:
            return self.tr("waiting until the user lets you in…")
        if view.lost is not None:
            return self.tr("connection lost, trying again, {span}").format(span=clock_text(self._now - view.lost))
        if view.phase is not SessionPhase.CONNECTED:
            return self.tr("connecting…")
        span = clock_text(self._now - (view.since or self._now))
        if view.paused:
            return self.tr("paused by the user, {span}").format(span=span)
        if view.screens_changed:
            return self.tr("stopped: the user's screens have changed, {span}").format(span=span)
        if view.mode is Mode.CONTROL:
            return self.tr("you look and control, {span}").format(span=span)
        return self.tr("you look, {span}").format(span=span)


class SessionsPanel(Part):
    """`render` the sessions. Hidden while there are none; more than SHOWN at once are scrolled: the queue needs its room."""

    show_wanted = Signal(str)
    transfer_wanted = Signal(str)
    end_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sessions")
        self._cards: dict[str, SessionCard] = {}
        self._title = label(rank="heading")
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._room = Scrolled(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._title)
        layout.addWidget(self._room)
        self.hide()
        self.begin_words()

    def render(self, sessions: Sequence[RunningSession], *, now: float, online: bool) -> None:  # type: ignore[override]
        """Show these, at this moment (Unix seconds)."""
        alive = {running.view.session for running in sessions}
        for gone in self._cards.keys() - alive:
            card = self._cards.pop(gone)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        for running in sessions:
            key = running.view.session
            if key not in self._cards:
                self._cards[key] = self._new(running)
            self._cards[key].render(running, now=now, online=online)
        self._make_room()
        self.setVisible(bool(sessions))

    def _make_room(self) -> None:
        highest = max((card.sizeHint().height() for card in self._cards.values()), default=0)
        shown = min(len(self._cards), SHOWN)
        self._room.setFixedHeight(shown * highest + max(0, shown - 1) * self._column.spacing())

    def retranslate(self) -> None:
        """Words; each card has its own."""
        self._title.setText(self.tr("Your sessions"))

    def _new(self, running: RunningSession) -> SessionCard:
        card = SessionCard(running)
        card.show_wanted.connect(self.show_wanted)
        card.transfer_wanted.connect(self.transfer_wanted)
        card.end_wanted.connect(self.end_wanted)
        self._column.addWidget(card)
        return card
