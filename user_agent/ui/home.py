"""The page to ask from: what is the matter, who should help, and one large button; above them what is missing on this computer."""

import re
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from common.agent.desk import relay_time, telephone_text
from common.host.errors import plain
from common.host.words import sentences
from common.protocol.matching_client import MatchingPhase
from common.ui.theme import Colours
from common.ui.widgets import Banner, CallLine, button, column, label, named
from common.ui.window import Part
from user_agent.presence import Presence, asked_of
from user_agent.ui.people import PeopleList
from user_agent.ui.people_model import PeopleRow, rows
from user_agent.ui.topic import TopicLine
from user_agent.views import UserView

TICK: Final = 20_000  # milliseconds
PAGE: Final = re.compile(r"https://[\w./-]*\w")
"""A web page that a sentence names."""


class HomePage(Part):
    """`help_wanted(PeopleRow)`: ask this one. `topic_changed(str)`: what is typed, at every letter."""

    help_wanted = Signal(object)
    topic_changed = Signal(str)

    def __init__(self, *, colours: Callable[[], Colours], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = UserView()
        self._row: PeopleRow | None = None
        self._page = ""  # where what is missing can be had
        self.lack = named(Banner(), "lack")
        self.lack.acted.connect(self._open_page)
        self.topic = TopicLine()
        self.topic.changed.connect(self.topic_changed)
        self.topic.entered.connect(self._want)
        self.topic.fitting.connect(self._say_whom)
        self._who = label(rank="heading")
        self.people = PeopleList(colours=colours)
        self.people.chosen.connect(self._chosen)
        self.people.activated.connect(self._want)
        self._who.setBuddy(self.people.view)
        self.get_help = button(kind="primary", size="large")
        self.get_help.setObjectName("get_help")
        self.get_help.clicked.connect(self._want)
        self._whom = label(rank="muted")
        self._whom.setObjectName("whom")
        self._there = named(CallLine(), "there")
        self._there.setProperty("tone", "warn")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.lack)
        layout.addWidget(self.topic)
        layout.addSpacing(8)
        layout.addWidget(self._who)
        layout.addWidget(self.people, 1)
        layout.addLayout(column(self.get_help, self._whom, self._there, margins=0, spacing=8))
        self._timer = QTimer(self, interval=TICK)
        self._timer.timeout.connect(self._say_whom)
        self.people.render(rows((), known=False))
        self.begin_words()

    def render(self, view: UserView) -> None:  # type: ignore[override]
        """Show this."""
        before, self._view = self._view, view
        now, then = view.matching, before.matching
        if (now.helpers, now.listed) != (then.helpers, then.listed):
            self.people.render(rows(now.helpers, known=now.listed))
        seen, was = ((one.phase, one.helpers, one.listed, one.desk, one.clock_skew) for one in (now, then))
        if seen != was:
            self._say_whom()
        if view.cannot_show is not before.cannot_show or now.desk != then.desk:
            self._say_lack()

    def retranslate(self) -> None:
        """Words."""
        self._who.setText(self.tr("Who should &help?"))
        self.get_help.setText(self.tr("&Get help"))
        self._say_whom()
        self._say_lack()

    def _say_lack(self) -> None:
        lack = self._view.cannot_show
        text = "" if lack is None else plain(lack)
        page = PAGE.search(text)
        self._page = page.group() if page is not None else ""
        text = sentences(text, telephone_text(self._view.matching.desk)) if text else ""
        self.lack.say(text, tone="warn", action=self.tr("Open the &page") if self._page else "")

    def _open_page(self) -> None:
        QDesktopServices.openUrl(QUrl(self._page))

    def _chosen(self, row: PeopleRow | None) -> None:
        self._row = row
        if self._worded:
            self._say_whom()

    def _say_whom(self) -> None:
        online = self._view.matching.phase is MatchingPhase.ONLINE
        self.get_help.setEnabled(online and self._row is not None and self.topic.fits)
        if not online:
            whom = self.tr("You can ask as soon as this computer is connected.")
        elif self._row is None:
            whom = self.tr("Choose who should help.")
        elif self._row.entry is None:
            whom = self.tr("Whoever is free first is asked. You are shown who it is before anybody sees your screen.")
        elif self._row.is_group:
            text = self.tr(
                "A helper of the group {name} is asked. You are shown who it is before anybody sees your screen."
            )
            whom = text.format(name=self._row.name)
        else:
            whom = self.tr("{name} is asked. Nothing is shown before you say what the helper may do.").format(
                name=self._row.name
            )
        self._whom.setText(whom)
        self._there.say(self._whether_there(self._row) if online and self._row is not None else "")
        self.get_help.setAccessibleDescription(sentences(whom, self._there.text()))

    def _whether_there(self, row: PeopleRow) -> str:
        """Said where it is worth knowing before asking: nobody has time now, and when somebody does."""
        matching = self._view.matching
        who = asked_of(row.to, matching)
        if who.presence in {Presence.AVAILABLE, Presence.UNKNOWN}:
            return ""
        now = relay_time(matching.clock_skew)
        return sentences(who.text, who.hours_text(matching.desk, now), telephone_text(matching.desk))

    def showEvent(self, event: object) -> None:  # noqa: ARG002
        """Hours go by while somebody looks."""
        self._timer.start()

    def hideEvent(self, event: object) -> None:  # noqa: ARG002
        """Nobody looks."""
        self._timer.stop()

    def _want(self, *_: object) -> None:
        if self.get_help.isEnabled() and self._row is not None:
            self.help_wanted.emit(self._row)
