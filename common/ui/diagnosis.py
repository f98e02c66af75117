"""Why can't I connect? Each step of the way to the relay, live, in plain words; a report to hand on."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from common.agent.desk import telephone_text
from common.agent.diagnosis import DiagnosisStep, StepState, report
from common.host.words import current_language
from common.protocol.desk import Desk
from common.ui.scrolled import Scrolled
from common.ui.widgets import ButtonRow, CallLine, button, label, restyle
from common.ui.window import Card, Part, Window

MARKS = {
    StepState.WAITING: "·",
    StepState.RUNNING: "…",
    StepState.GOOD: "✓",
    StepState.BAD: "✕",
    StepState.SKIPPED: "–",
}
TONES = {StepState.GOOD: "good", StepState.BAD: "danger"}


class StepRow(Part):
    """One step: a mark, its title, how it stands, what was found. Neither the mark nor its colour says anything alone."""

    def __init__(self, step: DiagnosisStep) -> None:
        super().__init__()
        self._step = step
        self._mark, self.title = label(wrap=False), label()
        self.state, self.detail = label(rank="muted", wrap=False), label(rank="muted")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(0, self.fontMetrics().height())
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._mark, 0, 0)
        grid.addWidget(self.title, 0, 1)
        grid.addWidget(self.state, 0, 2)
        grid.addWidget(self.detail, 1, 1, 1, 2)
        self.begin_words()

    def show_step(self, step: DiagnosisStep) -> None:
        """As it stands now."""
        if step != self._step:
            self._step = step
            self.retranslate()

    def retranslate(self) -> None:
        """The words."""
        step = self._step
        states = {
            StepState.WAITING: self.tr("Waiting"),
            StepState.RUNNING: self.tr("Checking"),
            StepState.GOOD: self.tr("Good"),
            StepState.BAD: self.tr("Not good"),
            StepState.SKIPPED: self.tr("Skipped"),
        }
        self._mark.setText(MARKS[step.state])
        self.title.setText(step.title)
        self.state.setText(states[step.state])
        self.detail.setText(step.detail)
        self.detail.setVisible(bool(step.detail))
        for one in (self._mark, self.state):
            restyle(one, "tone", TONES.get(step.state, ""))
        restyle(self.detail, "rank", "" if step.state is StepState.BAD else "muted")
        sayings = self.tr("{title}: {state}. {detail}")
        self.title.setAccessibleName(sayings.format(title=step.title, state=self.state.text(), detail=step.detail))


class DiagnosisWindow(Window):
    """`show_step` as each comes, `finish()` when all are through. `wanted`: go through it; `ask()` says so."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("diagnosis")
        self._steps: dict[str, DiagnosisStep] = {}
        self._rows: dict[str, StepRow] = {}
        self._running = False
        self._copied = False
        self._said_in = current_language()
        self._desk: Desk | None = None
        self.title, self.result, self.call = label(rank="title"), label(), CallLine()
        self._card = Card()
        self._list = QVBoxLayout(self._card)
        self._list.setContentsMargins(18, 12, 18, 12)
        self._list.setSpacing(2)
        self.copy, self.again, self.close_button = button(), button(kind="primary"), button()
        for name, one in (("copy", self.copy), ("again", self.again), ("close", self.close_button)):
            one.setObjectName(name)
        self.copy.clicked.connect(self._copy)
        self.again.clicked.connect(self.ask)
        self.close_button.clicked.connect(self.close)
        inside = Part()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for part in (self.title, self.result, self.call, self._card):
            column.addWidget(part)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(14)
        layout.addWidget(Scrolled(inside), 1)
        layout.addWidget(ButtonRow(accept=self.again, reject=self.close_button, besides=(self.copy,)))
        self.again.setFocus()
        self.begin_words()
        self.open_at(36, 40)

    @property
    def steps(self) -> list[DiagnosisStep]:
        """As they are shown."""
        return list(self._steps.values())

    def know(self, desk: Desk | None) -> None:
        """Whom to turn to where a step is not good."""
        self._desk = desk

    def ask(self) -> None:
        """Begin anew: what is shown goes, and the program is asked for it. Nothing while it is under way."""
        if self._running:
            return
        for row in self._rows.values():
            row.hide()
            row.deleteLater()
        self._steps, self._rows = {}, {}
        self._running, self._copied = True, False
        self._said_in = current_language()
        self._show()
        self.wanted.emit()

    def show_step(self, step: DiagnosisStep) -> None:
        """A step that is new, or stands differently."""
        self._steps[step.key] = step
        if (row := self._rows.get(step.key)) is not None:
            row.show_step(step)
        else:
            self._rows[step.key] = StepRow(step)
            self._list.addWidget(self._rows[step.key])
        self._show()

    def finish(self) -> None:
        """All are through."""
        self._running = False
        self._show()
        self._say_anew()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(report(self.steps))
        self._copied = True
        self._show()

    def _show(self) -> None:
        bad = [step for step in self._steps.values() if step.state is StepState.BAD]
        self._card.setVisible(bool(self._steps))
        self.again.setEnabled(not self._running)
        self.copy.setEnabled(bool(self._steps) and not self._running)
        self.copy.setText(self.tr("&Copied") if self._copied else self.tr("&Copy report"))
        if self._running:
            text, tone = self.tr("Looking at each step of the way to the relay…"), ""
        elif bad:
            text = self.tr("“{step}” does not work. What to do stands below it.").format(step=bad[0].title)
            tone = "danger"
        elif self._steps:
            text, tone = self.tr("Everything that was checked is good."), "good"
        else:
            text, tone = self.tr("Each step of the way to the relay is looked at, one after the other."), ""
        self.call.say(telephone_text(self._desk) if bad and not self._running else "")
        self.result.setText(text)
        self.result.setAccessibleName(text)
        restyle(self.result, "tone", tone)

    def _say_anew(self) -> None:
        """What steps found is said in the language in which they were gone through, so another one goes through them again."""
        if self._steps and self.isVisible() and self._said_in != current_language():
            self.ask()

    def retranslate(self) -> None:
        """The words."""
        self.setWindowTitle(self.tr("Why can't I connect?"))
        self.title.setText(self.tr("Why can't I connect?"))
        self.again.setText(self.tr("&Try again"))
        self.close_button.setText(self.tr("C&lose"))
        self._show()
        self._say_anew()
