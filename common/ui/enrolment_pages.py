"""The pages of the first start: the operator's line, what it names, and what came of it."""

from typing import Final, Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)

from common.agent.enrolment.line_file import FoundLine
from common.host.words import one_line, sentences
from common.protocol.enrolment_text import TEXT_LIMIT
from common.ui.sign_in import open_page
from common.ui.widgets import button, column, label, restyle
from common.ui.window import Card, Part

EnrolmentStage = Literal["asking", "waiting", "problem", "done"]
Wrong = Literal["", "none", "several", "newer", "file"]
READ: Final = 1000  # milliseconds in which a click or a key was meant for the page before


class LinePage(Part):
    """Where the line comes in: pasted, or from a file that was found, or that the person names. `given(text)`, `file_wanted()`."""

    given = Signal(str)
    file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: FoundLine | None = None
        self._wrong: Wrong = ""
        self._title = label(rank="title")
        self._text = label()
        self._card = Card()
        self._card_text = label()
        self._use = button(kind="primary")
        self._use.setObjectName("enrolment_use_found")
        self._use.clicked.connect(self._use_found)
        row = QHBoxLayout(self._card)
        row.setContentsMargins(16, 12, 16, 12)
        row.addWidget(self._card_text, 1)
        row.addWidget(self._use)
        self._card.hide()
        self._caption = label()
        self.field = QLineEdit()
        self.field.setObjectName("enrolment_line")
        self.field.setClearButtonEnabled(True)
        self.field.setMaxLength(TEXT_LIMIT)  # a whole mail may be pasted
        self.field.setAcceptDrops(False)  # the window takes what is dropped, files too
        self._caption.setBuddy(self.field)
        self._hint = label(tone="danger")
        self._hint.setObjectName("enrolment_hint")
        self._hint.hide()
        self._file = button()
        self._file.setObjectName("enrolment_file")
        self._file.clicked.connect(self.file_wanted)
        self._next = button(kind="primary")
        self._next.setObjectName("enrolment_continue")
        self.field.textChanged.connect(self._changed)
        self.field.returnPressed.connect(self._continue)
        self._next.clicked.connect(self._continue)
        layout = column(self._title, self._text, self._card, self._caption, self.field, self._hint, margins=0)
        layout.addStretch(1)
        row = buttons(self._next)
        row.insertWidget(0, self._file)
        layout.addLayout(row)
        self.setLayout(layout)
        self.setFocusProxy(self.field)
        self._changed()
        self.begin_words()

    def offer(self, found: FoundLine) -> None:
        """A file that holds a line was found: it can be used by one click."""
        self._found = found
        self._card.show()
        self.retranslate()
        self._use.setFocus()

    def refuse(self, why: Wrong) -> None:
        """There is no line, or none to go on with."""
        self._wrong = why
        self._show_hint()
        self.field.setFocus()
        self.field.selectAll()

    def retranslate(self) -> None:
        """Words."""
        self._title.setText(self.tr("Welcome to Tasuki"))
        self._text.setText(
            self.tr(
                "This computer has to be made known to your organisation once. Your operator sent you a line for that; "
                "it begins with “tasuki-enrol”. You can paste the whole message, or drop its file here."
            )
        )
        if self._found is not None:
            self._card_text.setText(self.tr("There is such a line in the file {path}.").format(path=self._found.path))
        self._use.setText(self.tr("&Use this file"))
        self._file.setText(self.tr("&Open a file…"))
        self._caption.setText(self.tr("&Paste the line here:"))
        self.field.setAccessibleName(self.tr("Enrolment line"))
        self.field.setPlaceholderText(self.tr("tasuki-enrol:…"))
        self._next.setText(self.tr("&Continue"))
        self._show_hint()

    def _show_hint(self) -> None:
        if self._wrong == "several":
            text = self.tr("There is more than one such line in this. Paste the one that is meant for you alone.")
        elif self._wrong == "newer":
            text = self.tr("This line is for a newer Tasuki than this one. Ask your operator for the newer program.")
        elif self._wrong == "file":
            text = self.tr("There is no complete line in this file. Ask your operator for the line once more.")
        else:
            text = self.tr(
                "There is no complete line in this. Copy all of it, from “tasuki-enrol” to its end, and paste it here."
            )
        self._hint.setText(text)
        self._hint.setVisible(bool(self._wrong))

    def _changed(self) -> None:
        self._wrong = ""
        self._hint.hide()
        self._next.setEnabled(bool(self.field.text().strip()))

    def _continue(self) -> None:
        if text := self.field.text().strip():
            self.given.emit(text)

    def _use_found(self) -> None:
        if self._found is not None:
            self.given.emit(self._found.text)


class ConfirmPage(Part):
    """Whom the line names, before anything of this computer is sent.

    Nothing joins before that can be read: a second click on *Continue* comes down on *Yes, join*.
    """

    confirmed = Signal()
    back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._organisation: str | None = None
        self._title = label(rank="title")
        self._text = label()
        card = Card()
        self._name_caption = label(rank="muted")
        self._name = label(rank="heading")
        self._name.setObjectName("enrolment_organisation")
        card.setLayout(column(self._name_caption, self._name, spacing=4))
        self._advice = label(rank="muted")
        self._back = button()
        self._back.setObjectName("enrolment_back")
        self._join = button(kind="primary")
        self._join.setObjectName("enrolment_confirm")
        self._back.clicked.connect(self.back)
        self._join.clicked.connect(self.confirmed)
        self._deaf = QTimer(self)
        self._deaf.setSingleShot(True)
        self._deaf.timeout.connect(self._listen)
        layout = column(self._title, self._text, card, self._advice, margins=0)
        layout.addStretch(1)
        layout.addLayout(buttons(self._back, self._join))
        self.setLayout(layout)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.begin_words()

    def begin(self) -> None:
        """A line was given: the name is being asked for. The keyboard is on no button."""
        self._organisation = None
        self._join.setEnabled(False)
        self._deaf.start(READ)
        self.retranslate()
        self.setFocus()

    def show_organisation(self, organisation: str) -> None:
        """Show this name; empty: it could not be had."""
        self._organisation = one_line(organisation)
        self.retranslate()
        self._listen()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A key that is held or pressed again was meant for the page before as well."""
        if self._deaf.isActive():
            self._deaf.start(READ)
        super().keyPressEvent(event)

    def _listen(self) -> None:
        """*Yes, join* can be pressed once there was time to read what it is about."""
        if self._organisation is None or self._deaf.isActive():
            return
        self._join.setEnabled(True)
        if self.hasFocus():
            self._join.setFocus()

    def retranslate(self) -> None:
        """Words, and the values."""
        self._title.setText(self.tr("Is this right?"))
        self._text.setText(self.tr("With this line your computer joins:"))
        self._name_caption.setText(self.tr("Organisation"))
        if self._organisation is None:
            self._name.setText(self.tr("One moment, its name is being asked for…"))
        else:
            self._name.setText(self._organisation or self.tr("Its name cannot be had now."))
        restyle(self._name, "rank", "heading" if self._organisation else "muted")
        self._advice.setText(self.tr("If you do not know this name, go back and ask your operator."))
        self._back.setText(self.tr("&Back"))
        self._join.setText(self.tr("&Yes, join"))
        self._join.setAccessibleDescription(sentences(self._text.text(), self._name.text(), self._advice.text()))


class ResultPage(Part):
    """Asking, what went wrong, or the end."""

    again = Signal()
    back = Signal()
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage: EnrolmentStage = "asking"
        self._problem = ""
        self._can_again = True
        self._page = ""
        self._organisation = ""
        self._name = ""
        self._title = label(rank="title")
        self._text = label()
        self._text.setObjectName("enrolment_result")
        self._bar = QProgressBar()
        self._bar.setObjectName("enrolment_progress")
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._back = button()
        self._back.setAutoDefault(True)  # Enter presses it, where it is all that can help
        self._back.setObjectName("enrolment_other_line")
        self._sign_in = button()
        self._sign_in.setObjectName("enrolment_sign_in")
        self._sign_in.clicked.connect(lambda: open_page(self._page))
        self._again = button(kind="primary")
        self._again.setObjectName("enrolment_again")
        self._done = button(kind="primary")
        self._done.setObjectName("enrolment_finish")
        self._back.clicked.connect(self.back)
        self._again.clicked.connect(self.again)
        self._done.clicked.connect(self.finished)
        layout = column(self._title, self._text, self._bar, margins=0)
        layout.addStretch(1)
        layout.addLayout(buttons(self._back, self._sign_in, self._again, self._done))
        self.setLayout(layout)
        self.begin_words()

    @property
    def stage(self) -> EnrolmentStage:
        """What is shown."""
        return self._stage

    def asking(self) -> None:
        """The relay is asked."""
        self._to("asking")

    def waiting(self, text: str) -> None:
        """It is asked again by itself; `text` says why and when."""
        self._problem = text
        self._to("waiting")

    def problem(self, text: str, *, again: bool, sign_in: str) -> None:
        """It failed; `text` says what, and what to do. `again`: whether trying again can help. `sign_in`: a page that may be needed."""
        self._problem = text
        self._page = sign_in
        self._can_again = again
        self._to("problem")
        (self._again if again else self._back).setFocus()

    def done(self, organisation: str, name: str) -> None:
        """It is enrolled."""
        self._organisation, self._name = one_line(organisation), one_line(name)
        self._to("done")
        self._done.setFocus()

    def _to(self, stage: EnrolmentStage) -> None:
        self._stage = stage
        self._bar.setVisible(stage in {"asking", "waiting"})
        for one, at in ((self._back, "problem"), (self._again, "problem"), (self._done, "done")):
            one.setVisible(stage == at and (one is not self._again or self._can_again))
        self._sign_in.setVisible(stage == "problem" and bool(self._page))
        restyle(self._back, "kind", "" if self._can_again else "primary")
        restyle(self._text, "tone", "danger" if stage == "problem" else "")
        self.retranslate()

    def retranslate(self) -> None:
        """Words, and the values."""
        self._sign_in.setText(self.tr("Open the sign-&in page"))
        if self._stage == "asking":
            self._title.setText(self.tr("One moment"))
            self._text.setText(self.tr("Your organisation is being asked to let this computer in."))
        elif self._stage == "waiting":
            self._title.setText(self.tr("One moment"))
            self._text.setText(self._problem)
        elif self._stage == "problem":
            self._title.setText(self.tr("That did not work"))
            self._text.setText(self._problem)
        else:
            self._title.setText(self.tr("Welcome, {name}").format(name=self._name))
            self._text.setText(
                self.tr("This computer belongs to {organisation} now. You need not do this again.").format(
                    organisation=self._organisation
                )
            )
        self._bar.setAccessibleName(self.tr("Under way"))
        self._back.setText(self.tr("&Other line"))
        self._again.setText(self.tr("&Try again"))
        self._done.setText(self.tr("&Start"))


def buttons(*each: QPushButton) -> QHBoxLayout:
    """Under a page, at its right."""
    row = QHBoxLayout()
    row.setSpacing(10)
    row.addStretch(1)
    for one in each:
        row.addWidget(one)
    return row
