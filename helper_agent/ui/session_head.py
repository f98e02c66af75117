"""Who is helped, what may be done, and since when: the upper part of a session's window."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from common.agent.events import recorded_text
from common.host.errors import plain
from common.host.words import one_line, plain_reason
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from common.ui.elapsed import clock_text
from common.ui.widgets import Avatar, beside, label, restyle
from common.ui.window import Part
from helper_agent.views import RunningSession

SAID_FOR = 8000  # milliseconds that an answer of the user stands there


class SessionHead(Part):
    """`render` says what holds. An answer of the user is said in words, and stands for a while."""

    def __init__(self, running: RunningSession, *, now: Callable[[], float], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._running = running
        self._online = True
        self._now = now
        self._joined_before = False
        self._answer = ""  # a key of `_answers`
        self._avatar = Avatar(running.user, size=40)
        self._name = _label("name", rank="heading")
        self._about = _label("about", rank="muted")
        self._mode = _label("mode", rank="title", wrap=False)
        self._mode.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._elapsed = _label("elapsed", rank="muted", wrap=False)
        self._elapsed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._status = _label("status")
        holds = QVBoxLayout()
        holds.setSpacing(0)
        holds.addWidget(self._mode)
        holds.addWidget(self._elapsed)
        row = beside(self._avatar, self._name, self._about, spacing=0)
        row.addLayout(holds)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row)
        layout.addWidget(self._status)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._show_elapsed)
        self._said = QTimer(self, interval=SAID_FOR, singleShot=True)
        self._said.timeout.connect(lambda: self._answered(""))
        self.begin_words()

    def render(self, running: RunningSession, *, online: bool) -> None:  # type: ignore[override]
        """Show this; what has changed in it is an answer."""
        before, self._running, self._online = self._running, running, online
        self._joined_before |= before.view.phase is SessionPhase.JOINING
        was, now = before.view, running.view
        if was.phase is SessionPhase.CONNECTED and now.phase is SessionPhase.CONNECTED:
            if was.mode is not now.mode:
                self._answered("granted" if now.mode is Mode.CONTROL else "taken")
            elif was.stopped and not now.stopped:
                self._answered("resumed")
            elif now.control_wanted:
                self._answered("")
        self._show()

    @property
    def status(self) -> str:
        """What is said now."""
        return self._status.text()

    def retranslate(self) -> None:
        """All of it is a value in words."""
        self._show()

    def _answered(self, answer: str) -> None:
        self._answer = answer
        self._said.start() if answer else self._said.stop()
        self._show()

    def _show(self) -> None:
        running, view = self._running, self._running.view
        name = one_line(view.peer_name or running.user)
        self._avatar.set_name(name)
        self._name.setText(name)
        topic = one_line(running.entry.topic) if running.entry is not None else ""
        self._about.setText(topic)
        self._about.setVisible(bool(topic))
        self._show_mode()
        text, tone = self._sentence()
        if text != self._status.text():
            self._status.setText(text)
            self._status.setAccessibleName(text)
        restyle(self._status, "tone", tone)
        self._status.setVisible(view.phase is not SessionPhase.ENDED)  # the window says it large
        ticking = view.running
        if ticking is not self._second.isActive():
            self._second.start() if ticking else self._second.stop()
        self._show_elapsed()

    def _show_mode(self) -> None:
        view = self._running.view
        live = view.phase is SessionPhase.CONNECTED
        if view.lost is not None:
            text, tone = self.tr("Interrupted"), "warn"
        elif not live:
            text, tone = "", ""
        elif view.paused:
            text, tone = self.tr("Paused"), "warn"
        elif view.screens_changed:
            text, tone = self.tr("Stopped"), "warn"
        elif view.mode is Mode.CONTROL and self._running.pointing:
            text, tone = self.tr("Pointing"), "good"
        elif view.mode is Mode.CONTROL:
            text, tone = self.tr("Control"), "warn"
        else:
            text, tone = self.tr("Look only"), "good"
        recorded = view.mode_recorded and not view.stopped
        self._mode.setText(self.tr("{mode} · recorded").format(mode=text) if recorded and text else text)
        self._mode.setToolTip(recorded_text(view.mode, view) if recorded else "")
        self._mode.setAccessibleName(text)
        self._mode.setAccessibleDescription(self._mode.toolTip())
        self._mode.setVisible(view.running)
        restyle(self._mode, "tone", tone)

    def _show_elapsed(self) -> None:
        view = self._running.view
        parts = []
        if view.lost is not None:
            parts.append(clock_text(self._now() - view.lost))
        elif view.since is not None and view.phase is SessionPhase.CONNECTED:
            parts.append(clock_text(self._now() - view.since))
        if view.screens.one is not None and parts:
            parts.append(self.tr("screen {number}").format(number=view.screens.one.number))
        width, height = self._running.screen
        if width and height:
            parts.append(f"{width} × {height}")
        self._elapsed.setText(" · ".join(parts))
        self._elapsed.setVisible(bool(parts))

    def _sentence(self) -> tuple[str, str]:
        """What is said, and its tone."""
        view = self._running.view
        if view.lost is not None:
            return self.tr("Connection lost, trying again… You see a still picture, and can do nothing."), "warn"
        if view.phase is not SessionPhase.CONNECTED:
            return self._beginning(), ""
        if view.silent:
            return self.tr("Nothing is heard from the user’s computer just now."), "warn"
        if view.paused:
            return self.tr(
                "Paused: you see a still picture from the moment the user paused, and nothing new until the user goes on. "
                "You can do nothing."
            ), "warn"
        if view.screens_changed:
            return self.tr(
                "Stopped: the user's screens have changed. You see a still picture until it is settled what may be shown."
            ), "warn"
        if view.control_wanted:
            return self.tr("You asked for control. The user decides."), ""
        if self._running.refused:
            return self.tr("The user does not give control now."), "warn"
        if self._running.drawing:
            return self.tr("You draw on the user’s screen with the left button; nothing is touched."), ""
        if self._answer:
            return self._answers(), "good"
        if not self._online:
            return self.tr(
                "Your organisation cannot be reached just now, and is tried again. This session goes on."
            ), "warn"
        if view.mode is Mode.VIEW:
            return self.tr("You may look, and point with your pointer."), ""
        if self._running.pointing:
            return self.tr("The user sees your pointer; nothing is touched."), ""
        return self.tr("You may look, and control the user’s computer."), ""

    def _answers(self) -> str:
        words = {
            "granted": self.tr("The user gave you control."),
            "taken": self.tr("The user took control back: you may look, and point."),
            "resumed": self.tr("The user goes on."),
        }
        return words[self._answer]

    def _beginning(self) -> str:
        if self._running.view.phase is SessionPhase.DIALLING and self._joined_before:
            return self.tr("The connection was lost. It is tried again…")
        words = {
            SessionPhase.DIALLING: self.tr("Connecting to your organisation…"),
            SessionPhase.JOINING: self.tr("Waiting for the user’s computer…"),
            SessionPhase.SECURING: self.tr("Making sure who is there…"),
        }
        return words.get(self._running.view.phase) or self.tr("Waiting for the user to let you in…")


def ending(running: RunningSession) -> str:
    """Why it ended, as the agents say it."""
    view = running.view
    if view.problem is not None:
        return plain(view.problem)
    return plain_reason(view.why) if view.why is not None else ""


def _label(name: str, *, rank: str = "", wrap: bool = True) -> QLabel:
    made = label(rank=rank, wrap=wrap)
    made.setObjectName(name)
    return made
