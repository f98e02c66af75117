"""The page while a request is under way: whom it is for, the place in the queue, how long, and what can be done meanwhile."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from common.agent.desk import relay_time, telephone_text
from common.host.words import one_line, sentences
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import ToGroup
from common.protocol.session_life import SessionPhase
from common.ui.elapsed import clock_text
from common.ui.widgets import Banner, CallLine, button, label, named, restyle
from common.ui.window import Part
from user_agent.call_back import call_back_text, can_be_left, missed_text
from user_agent.consent import note_text
from user_agent.presence import Asked, Presence, asked_now
from user_agent.ui.topic import SentTopic
from user_agent.views import RequestStage, UserView

TICK = 1000  # milliseconds


class WaitingPage(Part):
    """`cancelled()`: no longer. `call_back_wanted()`: not in front of the screen. `other_wanted()`: no longer this one, somebody else. `topic_changed(str)`: another topic."""

    cancelled = Signal()
    other_wanted = Signal()
    call_back_wanted = Signal()
    topic_changed = Signal(str)

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        """`clock`: seconds, of any beginning."""
        super().__init__(parent)
        self._clock = clock
        self._view = UserView()
        self._who = Asked()
        self._request = ""
        self._since = clock()
        self._lost: float | None = None  # since when the connection is, while it is
        self.title = label(rank="title")
        self.title.setObjectName("waiting_for")
        self.place = label(rank="heading")
        self.place.setObjectName("place")
        self.there = label(rank="muted")
        self.there.setObjectName("there")
        self.desk = CallLine()
        self.how_long = label(rank="muted")
        self.offer = label(rank="muted")
        self.offer.setObjectName("offer")
        self._moving = QProgressBar()
        self._moving.setRange(0, 0)
        self._moving.setTextVisible(False)
        self._moving.setFixedHeight(self.fontMetrics().height() // 2)
        self.banner = Banner()
        self.banner.setObjectName("waiting_banner")
        self.banner.acted.connect(self.other_wanted)
        self.call_back = named(button(kind="primary"), "call_back")
        self.call_back.clicked.connect(self.call_back_wanted)
        self._stays = label(rank="muted")
        self.topic = SentTopic()
        self.topic.changed.connect(self.topic_changed)
        self.cancel = button()
        self.cancel.setObjectName("cancel_request")
        self.cancel.clicked.connect(self.cancelled)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._lay_out()
        self.begin_words()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addStretch(1)
        for part in (self.title, self.place, self.there, self.desk, self.how_long, self.offer):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(part)
        layout.addWidget(self._moving)
        layout.addWidget(self.banner)
        self._stays.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._stays)
        layout.addStretch(2)
        layout.addWidget(self.topic)
        layout.addSpacing(8)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.call_back)
        row.addWidget(self.cancel)
        row.addStretch(1)
        layout.addLayout(row)

    def render(self, view: UserView) -> None:  # type: ignore[override]
        """Show this."""
        self._view = view
        if not _is_lost(view):
            self._lost = None
        elif self._lost is None:
            self._lost = self._clock()
        asked = view.matching.request
        if asked is not None:
            if asked.request != self._request:
                self._request = asked.request
                self.topic.begin(asked.topic)
            self.topic.set_sent(asked.topic)
        self._say()

    def begin(self) -> None:
        """Help has just been asked for: time runs from now."""
        self._since = self._clock()
        self._request = ""

    def retranslate(self) -> None:
        """Words."""
        self._moving.setAccessibleName(self.tr("Under way"))
        self._say()

    def showEvent(self, event: object) -> None:  # noqa: ARG002
        """Time is told while somebody looks."""
        self._timer.start()
        self._say_how_long()

    def hideEvent(self, event: object) -> None:  # noqa: ARG002
        """Nobody looks."""
        self._timer.stop()

    # what is said

    def _say(self) -> None:
        view = self._view
        waiting = view.stage is RequestStage.WAITING
        self.title.setText(self._title())
        self._who = asked_now(view.matching) or Asked()
        self.place.setText(self._place())
        self.place.setVisible(bool(self.place.text()))
        there = waiting and not self._who.nobody and not self._is_left()
        self.there.setText(self._who.text if there else "")
        self.there.setVisible(bool(self.there.text()))
        self.offer.setText(view.offer.text if waiting and view.offer is not None else "")
        self.offer.setVisible(bool(self.offer.text()))
        self.topic.setVisible(waiting)
        connected = _is_connected(view)
        self._moving.setVisible(not connected and not self._is_left())
        withdraw = self.tr("&Withdraw the request") if self._is_left() else self.tr("&Cancel")
        self.cancel.setText(self.tr("&Stop the session") if connected else withdraw)
        self._say_call_back()
        restyle(self.cancel, "kind", "danger" if connected else "")
        self._say_banner()
        self._say_desk()
        self._say_how_long()

    def _title(self) -> str:
        view = self._view
        if view.stage is RequestStage.SESSION:
            name = view.session.peer_name if view.session is not None else ""
            if _is_connected(view):
                return self.tr("{name} is helping you").format(name=one_line(name))
            if name:
                return self.tr("Connecting with {name}").format(name=one_line(name))
            return self.tr("Help is coming")
        asked = view.matching.request
        if self._is_left():
            return self.tr("You will be asked here")
        if asked is not None and asked.name:
            return self.tr("Waiting for {name}").format(name=one_line(asked.name))
        if asked is not None and isinstance(asked.to, ToGroup):
            return self.tr("Waiting for somebody of the group {name}").format(name=one_line(asked.to.group))
        return self.tr("Waiting for somebody who is free") if asked is not None else self.tr("Asking for help")

    def _is_left(self) -> bool:
        asked = self._view.matching.request
        return self._view.stage is RequestStage.WAITING and asked is not None and asked.call_back

    def _say_call_back(self) -> None:
        """Offered where nobody has time now; once it is left, what becomes of it."""
        offered = can_be_left(self._view) and self._who.presence not in {Presence.AVAILABLE, Presence.UNKNOWN}
        self.call_back.setText(self.tr("Ask me here when some&body is free"))
        self.call_back.setVisible(offered)
        text = ""
        if offered:
            text = self.tr(
                "You need not wait here then: the request stays in the queue. Nobody will telephone you; once somebody can help, a question comes on this screen."
            )
        elif self._is_left():
            asked = self._view.matching.request
            until = asked.until if asked is not None else None
            close = self.tr("You can close this window. Tasuki has to run, and this computer to be on.")
            text = sentences(call_back_text(until), close)
        self.call_back.setAccessibleDescription(text)
        self._stays.setText(text)
        self._stays.setVisible(bool(text))

    def _place(self) -> str:
        view = self._view
        if self._is_left():
            return ""
        if view.stage is RequestStage.WAITING and self._who.nobody:
            return self._who.text
        if view.stage is RequestStage.WAITING:
            if view.position is None or not self._who.comes:
                return ""  # a place in the queue is a promise
            if view.position == 1:
                return self.tr("You are next.")
            return self.tr("You are number {position} in the queue.").format(position=view.position)
        if view.stage is not RequestStage.SESSION or view.session is None:
            return ""
        return {
            SessionPhase.DIALLING: self.tr("The way to the helper is being found."),
            SessionPhase.JOINING: self.tr("The helper's computer is being reached."),
            SessionPhase.SECURING: self.tr("The connection is being secured."),
            SessionPhase.ASKING: self.tr("Please answer the question on your screen."),
            SessionPhase.GREETING: self.tr("Almost there."),
            SessionPhase.INTERRUPTED: self.tr("Connection lost, trying again…"),
            SessionPhase.CONNECTED: self.tr("You find all you need in the bar at the edge of your screen."),
        }.get(view.session.phase, "")

    def _say_banner(self) -> None:
        view = self._view
        asked = view.matching.request
        if view.stage is not RequestStage.WAITING:
            self.banner.say("")
        elif self._is_left():
            self.banner.say(missed_text(view.missed), tone="warn")
        elif view.matching.phase is not MatchingPhase.ONLINE:
            text = self.tr(
                "The connection is lost. Your place in the queue is kept for a minute while it is tried again by itself."
            )
            self.banner.say(text, tone="warn")
        elif asked is not None and asked.name and self._who.nobody:
            action = self.tr("Ask &somebody else")
            self.banner.say(self.tr("You can wait, or ask somebody else."), tone="warn", action=action)
        else:
            self.banner.say(self._handed_over())

    def _handed_over(self) -> str:
        """Who has helped until now, where a session of this request is over and it waits again; and the note that came with it."""
        record, asked = self._view.record, self._view.matching.request
        if record is None or asked is None:
            return ""
        text = self.tr("{name} hands you over to somebody else.").format(name=one_line(record.peer_name))
        return "\n".join(part for part in (text, note_text(asked.note)) if part)

    def _say_desk(self) -> None:
        """When somebody comes, where nobody is there to wait for; whom to call, always."""
        matching = self._view.matching
        text = ""
        if self._view.stage is RequestStage.WAITING:
            waits_well = self._who.presence is Presence.AVAILABLE
            hours = "" if waits_well else self._who.hours_text(matching.desk, relay_time(matching.clock_skew))
            text = "\n".join(part for part in (hours, telephone_text(matching.desk)) if part)
        self.desk.say(text)

    def _tick(self) -> None:
        self._say_desk()
        self._say_how_long()

    def _say_how_long(self) -> None:
        if not self._worded:
            return
        waits = self._view.matching.waits
        most = max(1, round(waits / 60)) if waits is not None else 0
        minutes = int(max(0.0, self._clock() - self._since) // 60)
        if self._lost is not None and not self._is_left():
            text = self.tr("Trying again, {span}").format(span=clock_text(self._clock() - self._lost))
        elif self._view.stage is RequestStage.SESSION or self._is_left():
            text = ""
        elif not minutes:
            text = self.tr("You have just asked.")
        elif most:
            text = self.tr("Waiting for %n min. A request waits for {most} min at most.", "", minutes).format(most=most)
        else:
            text = self.tr("Waiting for %n min.", "", minutes)
        self.how_long.setText(text)
        self.how_long.setVisible(bool(text))


def _is_lost(view: UserView) -> bool:
    """Whether what is waited for, or has come, is out of reach just now."""
    if view.stage is RequestStage.WAITING:
        return view.matching.phase is not MatchingPhase.ONLINE
    return view.stage is RequestStage.SESSION and view.session is not None and view.session.lost is not None


def _is_connected(view: UserView) -> bool:
    return view.session is not None and view.session.running
