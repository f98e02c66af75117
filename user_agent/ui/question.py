"""A question to the person: may this helper come in, may the helper control. Silence is no, and so is everything that is not clearly yes."""

import math
from typing import assert_never

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QProgressBar, QVBoxLayout

from common.host.words import one_line, sentences
from common.protocol.messages import Mode
from common.ui.widgets import Avatar, ButtonRow, beside, button, label, on_button, shortened_name
from user_agent.consent import Question, QuestionKind, handover_text
from user_agent.ui.asking import WIDE, AskingWindow


class QuestionWindow(AskingWindow):
    """One question. `answered(yes)` comes at most once for each; `ask` shows one, `withdraw` takes it away."""

    answered = Signal(bool)

    def __init__(self) -> None:
        super().__init__("question")
        self.setWindowFlag(Qt.WindowType.WindowCloseButtonHint)
        self._question: Question | None = None
        self._organisation = ""
        self._mode = Mode.VIEW
        self._asked_at = 0.0
        self._now = 0.0
        self._avatar = Avatar(size=56)
        self._name = label(rank="title")
        self._name.setObjectName("question_name")
        self._organisation_label = label(rank="muted")
        self._text = label()
        self._text.setObjectName("question_text")
        self._warning = label(tone="warn")
        self._countdown = label(rank="muted")
        self._countdown.setObjectName("question_countdown")
        self._left = QProgressBar()
        self._left.setTextVisible(False)
        self._left.setFixedHeight(6)
        self._no = button()
        self._no.setObjectName("question_no")
        self._yes = button()
        self._yes.setObjectName("question_yes")
        self._no.clicked.connect(lambda: self._answer(yes=False))
        self._yes.clicked.connect(lambda: self._answer(yes=True))
        self._build()
        self.begin_words()
        self.open_at(WIDE)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 20)
        layout.setSpacing(14)
        layout.addLayout(beside(self._avatar, self._name, self._organisation_label, gap=16))
        layout.addWidget(self._text)
        layout.addWidget(self._warning)
        layout.addWidget(self._left)
        layout.addWidget(self._countdown)
        layout.addWidget(ButtonRow(accept=self._yes, reject=self._no))
        self.setTabOrder(self._no, self._yes)

    @property
    def question(self) -> Question | None:
        """The one that is open."""
        return self._question

    def ask(self, question: Question, *, organisation: str, mode: Mode, now: float) -> None:
        """Ask this, if it is not asked already. `mode`: what was offered when help was asked for. `now`: Unix seconds."""
        new = self._question is None or not _same(self._question, question)
        self._question, self._organisation, self._mode, self._now = question, organisation, mode, now
        if new:
            self._asked_at = now
            self._close_ears()
            for one in (self._no, self._yes):
                one.setEnabled(False)
        self._say()
        if new:
            self._come()

    def tick(self, now: float) -> None:
        """A second has gone by."""
        self._now = now
        self._say_time()

    def withdraw(self) -> None:
        """It was answered, or counts as no by now."""
        self._question = None
        self._go()

    def bring(self) -> None:
        """In front, with the keyboard: on No."""
        super().bring()
        self._no.setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        """Words."""
        self._no.setText(self.tr("&No"))
        self._say()

    def _say(self) -> None:
        question = self._question
        if question is None or not self._worded:
            return
        name = one_line(question.name)
        called = on_button(shortened_name(name, self.fontMetrics()))
        self._avatar.set_name(name)
        self._name.setText(name)
        self._organisation_label.setText(
            self.tr("{organisation}: this name was checked.").format(organisation=one_line(self._organisation))
        )
        no = self.tr("&No")
        match question.kind:
            case QuestionKind.CONTROL:
                title, yes = self.tr("May the helper control?"), self.tr("Let {name} &control")
                text = self.tr("{name} asks to control your computer: mouse and keyboard.")
                if question.own:
                    text = self.tr("Let {name} control your computer, with mouse and keyboard?")
                warning = self.tr("Whoever controls can do all that you can do. You can stop it at any moment.")
            case QuestionKind.ALLOW if question.call_back and question.handover is None:
                title, yes, no = self.tr("You can be helped now"), self.tr("&Yes, now"), self.tr("&Not now")
                if self._mode is Mode.CONTROL:
                    text = self.tr("{name} can help you now, and would see your screen and control it.")
                else:
                    text = self.tr("{name} can help you now, and would see your screen.")
                warning = self.tr(
                    "You asked to be told when somebody is free. If it does not suit you now, choose “Not now”: your request stays in the queue."
                )
            case QuestionKind.ALLOW:
                title, yes = self.tr("Allow this helper?"), self.tr("&Allow")
                if question.handover is not None:
                    yes = self.tr("Let {name} &in")
                    text = self.tr("{handed_over}\n{name} would see your screen.")
                elif self._mode is Mode.CONTROL:
                    text = self.tr("{name} took your request, and would see your screen and control it.")
                else:
                    text = self.tr("{name} took your request, and would see your screen.")
                warning = self.tr("Allow it only if you know this name, or expected somebody of your organisation.")
            case _:
                assert_never(question.kind)
        self.setWindowTitle(title)
        self._yes.setText(yes.format(name=called))
        self._no.setText(no)
        handed_over = "" if question.handover is None else handover_text(question.handover, name=name)
        self._text.setText(text.format(name=name, handed_over=handed_over))
        self._warning.setText(warning)
        for one in (self._no, self._yes):
            one.setAccessibleDescription(sentences(self._text.text(), warning))
        self._say_time()

    def _say_time(self) -> None:
        question = self._question
        if question is None or not self._worded:
            return
        timed = question.deadline is not None
        self._left.setVisible(timed)
        self._countdown.setVisible(timed)
        if question.deadline is not None:
            left = max(0, math.ceil(question.deadline - self._now))
            self._left.setRange(0, max(1, math.ceil(question.deadline - self._asked_at)))
            self._left.setValue(left)
            text = self.tr("Without an answer it is no, in {seconds} s.")
            if question.call_back and question.kind is QuestionKind.ALLOW:
                text = self.tr("Without an answer it is not now, in {seconds} s.")
            self._countdown.setText(text.format(seconds=left))
            self._left.setAccessibleName(self._countdown.text())

    def hear(self) -> None:
        """From now on answers count."""
        super().hear()
        for one in (self._no, self._yes):
            one.setEnabled(True)
        self._no.setFocus(Qt.FocusReason.OtherFocusReason)

    def _answer(self, *, yes: bool) -> None:
        if self._question is not None and self._hears:
            self._hears = False
            for one in (self._no, self._yes):
                one.setEnabled(False)
            self.answered.emit(yes)

    # Qt's

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape is no; Enter presses the button that has the keyboard, which is No unless the person went on to the other."""
        if event.key() == Qt.Key.Key_Escape:
            self._answer(yes=False)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self._answer(yes=self._yes.hasFocus())
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing is no; the window goes when the question does."""
        if event.spontaneous():
            event.ignore()
            self._answer(yes=False)


def _same(one: Question, other: Question) -> bool:
    return (one.kind, one.session, one.deadline, one.own) == (other.kind, other.session, other.deadline, other.own)
