"""What stands on the open bar: who sees the screen, what that one may do, since when, and which key stops it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from common.agent.events import recorded_text
from common.agent.views import SessionView
from common.host.words import one_line
from common.ui.elapsed import clock_text
from common.ui.widgets import Avatar, label, named, restyle, shortened_name
from common.ui.window import Part
from user_agent.ui.hotkey.base import Held
from user_agent.ui.mode_badges import ModeBadge, badge_of

LONGEST_NAME = 18  # in widths of an M; the whole name is in the tip

_TONES = {ModeBadge.VIEW: "", ModeBadge.CONTROL: "warn", ModeBadge.PAUSED: "muted"}


class BarFacts(Part):
    """A part of the bar, in one row or, where the screen is narrow, in two."""

    def __init__(self) -> None:
        super().__init__()
        self._session: SessionView | None = None
        self._organisation = ""
        self._key, self._held = "", Held.NO
        self._avatar = Avatar(size=34)
        self._name = label(rank="heading", wrap=False)
        self._organisation_label = label(rank="muted", wrap=False)
        self._mode = named(label(wrap=False), "bar_mode")
        self._time = named(label(rank="muted", wrap=False), "bar_time")
        self._hint = named(label(rank="muted", wrap=False), "bar_hint")
        self._rest = QBoxLayout(QBoxLayout.Direction.LeftToRight)  # beside the avatar
        when = QHBoxLayout()
        when.setSpacing(10)
        for part in (self._time, self._hint):
            when.addWidget(part)
        when.addStretch(1)
        what = QVBoxLayout()
        what.setSpacing(0)
        what.addWidget(self._mode)
        what.addLayout(when)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._avatar, 0, Qt.AlignmentFlag.AlignTop)
        self._rest.setSpacing(4)
        who = _stacked(self._name, self._organisation_label)
        self._rest.addLayout(who)
        self._rest.addSpacing(16)
        self._rest.addLayout(what)
        row.addLayout(self._rest, 1)
        self.nested: tuple[QLayout, ...] = (who, when, what, self._rest, row)  # the inner ones first
        self.begin_words()

    def set_direction(self, direction: QBoxLayout.Direction) -> None:
        """Who beside what, or above."""
        self._rest.setDirection(direction)

    def show_session(self, session: SessionView, organisation: str) -> None:
        """Render it."""
        self._session, self._organisation = session, organisation
        self._avatar.set_name(session.peer_name)
        self.retranslate()

    def tick(self, now: float) -> None:
        """A second has gone by. `now`: Unix seconds."""
        session = self._session
        since = None if session is None else session.since if session.lost is None else session.lost
        self._time.setText(clock_text(0.0 if since is None else now - since))

    def show_hotkey(self, key: str, held: Held) -> None:
        """The key that stops at once, and whether it can be heard here."""
        self._key, self._held = key, held
        self.retranslate()

    def retranslate(self) -> None:
        """Words."""
        if not self._worded:
            return
        session = self._session
        name = one_line(session.peer_name) if session is not None else ""
        _shorten(self._name, name)
        _shorten(self._organisation_label, one_line(self._organisation))
        badge = badge_of(session) if session is not None else ModeBadge.VIEW
        words = {
            ModeBadge.VIEW: self.tr("Sees your screen"),
            ModeBadge.CONTROL: self.tr("Sees and controls"),
            ModeBadge.PAUSED: self.tr("Paused: {name} sees a still picture until you go on"),
        }
        told, since = words[badge], ""
        one = session.screens.one if session is not None else None
        if one is not None and badge is ModeBadge.VIEW:
            told = self.tr("Sees your screen {number}")
        elif one is not None and badge is ModeBadge.CONTROL:
            told = self.tr("Sees and controls your screen {number}")
        if session is not None and session.lost is not None:
            told = self.tr("Connection lost, trying again…")
            since = self.tr(
                "The connection is lost and tried again by itself. {name} sees a still picture, and can do nothing"
            )
        elif session is not None and session.paused:
            since = self.tr(
                "{name} sees a still picture from the moment you paused, and nothing new until you go on, and can do nothing"
            )
        elif session is not None and session.screens_changed:
            told = self.tr("Screens changed: {name} sees a still picture")
            since = self.tr("The screens have changed: {name} sees a still picture, and can do nothing")
        elif session is not None and session.silent:
            told = self.tr("No answer just now from {name}")
        number = one.number if one is not None else 0
        shown = told.format(name=shortened_name(name, self._mode.fontMetrics()), number=number)
        recorded = session is not None and session.mode_recorded and badge is not ModeBadge.PAUSED
        self._mode.setText(self.tr("{mode} · recorded").format(mode=shown) if recorded else shown)
        tip = since.format(name=name)
        if session is not None and recorded:
            tip = "\n".join(filter(None, (tip, recorded_text(session.mode, session))))
        self._mode.setToolTip(tip)
        self._mode.setAccessibleName((since or told).format(name=name, number=number))
        self._mode.setAccessibleDescription(recorded_text(session.mode, session) if session and recorded else "")
        restyle(self._mode, "tone", _TONES[badge])
        self._say_hotkey()

    def _say_hotkey(self) -> None:
        text, tip = "", ""
        if self._held is Held.YES:
            text = self.tr("The {key} key stops at once").format(key=self._key)
            tip = self.tr("Wherever the keyboard is. The helper cannot press this key.")
        elif self._held is Held.REFUSED:
            text = self.tr("Stop only here: no stop key")
            tip = self.tr("Another program has the {key} key. Choose another one in the settings.").format(
                key=self._key
            )
        elif self._held is Held.IMPOSSIBLE:
            text = self.tr("Stop only here: no stop key")
            tip = self.tr("This desktop lets no program hear keys that are pressed in another one.")
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        self._hint.setToolTip(tip)
        self._hint.setAccessibleDescription(tip)


def _stacked(*parts: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setSpacing(0)
    for part in parts:
        layout.addWidget(part)
    return layout


def _shorten(shown: QLabel, text: str) -> None:
    """On one line that is not too long; all of it in the tip and for screen readers."""
    metrics = shown.fontMetrics()
    short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, metrics.horizontalAdvance("M") * LONGEST_NAME)
    shown.setText(short)
    shown.setToolTip(text if short != text else "")
    shown.setAccessibleName(text)
