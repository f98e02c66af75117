"""The first start, for both programs: the operator's line, what it names, and what came of it. Three screens at most."""

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from common.agent.enrolment.line_file import FoundLine
from common.host.words import one_line
from common.protocol.enrolment import EnrolmentLine, InvalidEnrolmentError, format_address
from common.ui.app_icon import app_icon
from common.ui.widgets import button, column, label, restyle
from common.ui.window import Card, Part, Window

EnrolmentStage = Literal["asking", "waiting", "problem", "done"]


class LinePage(Part):
    """Where the line comes in: pasted, or from a file that was found. `given(text)`."""

    given = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: FoundLine | None = None
        self._wrong = False
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
        self._caption.setBuddy(self.field)
        self._hint = label(tone="danger")
        self._hint.setObjectName("enrolment_hint")
        self._hint.hide()
        self._next = button(kind="primary")
        self._next.setObjectName("enrolment_continue")
        self.field.textChanged.connect(self._changed)
        self.field.returnPressed.connect(self._continue)
        self._next.clicked.connect(self._continue)
        layout = column(self._title, self._text, self._card, self._caption, self.field, self._hint, margins=0)
        layout.addStretch(1)
        layout.addWidget(self._next, 0, Qt.AlignmentFlag.AlignRight)
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

    def refuse(self) -> None:
        """The line is none."""
        self._wrong = True
        self._show_hint()
        self.field.setFocus()
        self.field.selectAll()

    def retranslate(self) -> None:
        """Words."""
        self._title.setText(self.tr("Welcome to Tasuki"))
        self._text.setText(
            self.tr(
                "This computer has to be made known to your organisation once. Your operator gave you a line for that; "
                "it begins with “tasuki-enrol”."
            )
        )
        if self._found is not None:
            self._card_text.setText(self.tr("There is such a line in the file {path}.").format(path=self._found.path))
        self._use.setText(self.tr("&Use this file"))
        self._caption.setText(self.tr("&Paste the line here:"))
        self.field.setAccessibleName(self.tr("Enrolment line"))
        self.field.setPlaceholderText(self.tr("tasuki-enrol:…"))
        self._next.setText(self.tr("&Continue"))
        self._show_hint()

    def _show_hint(self) -> None:
        self._hint.setText(
            self.tr("This is not a complete line. Copy all of it, from “tasuki-enrol” to its end, and paste it here.")
        )
        self._hint.setVisible(self._wrong)

    def _changed(self) -> None:
        self._wrong = False
        self._hint.hide()
        self._next.setEnabled(bool(self.field.text().strip()))

    def _continue(self) -> None:
        if text := self.field.text().strip():
            self.given.emit(text)

    def _use_found(self) -> None:
        if self._found is not None:
            self.given.emit(self._found.text)


class ConfirmPage(Part):
    """Whom the line names, before anything of this computer is sent."""

    confirmed = Signal()
    back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line: EnrolmentLine | None = None
        self._organisation = ""
        self._title = label(rank="title")
        self._text = label()
        card = Card()
        self._name_caption = label(rank="muted")
        self._name = label(rank="heading")
        self._name.setObjectName("enrolment_organisation")
        self._relay_caption = label(rank="muted")
        self._relay = label(rank="heading")
        self._relay.setObjectName("enrolment_relay")
        card.setLayout(column(self._name_caption, self._name, self._relay_caption, self._relay, spacing=4))
        self._advice = label(rank="muted")
        self._back = button()
        self._back.setObjectName("enrolment_back")
        self._join = button(kind="primary")
        self._join.setObjectName("enrolment_confirm")
        self._back.clicked.connect(self.back)
        self._join.clicked.connect(self.confirmed)
        layout = column(self._title, self._text, card, self._advice, margins=0)
        layout.addStretch(1)
        layout.addLayout(buttons(self._back, self._join))
        self.setLayout(layout)
        self.setFocusProxy(self._join)
        self.begin_words()

    def show_line(self, line: EnrolmentLine, organisation: str) -> None:
        """Show these; an empty organisation: it is not known before the relay was asked."""
        self._line, self._organisation = line, one_line(organisation)
        self.retranslate()

    def retranslate(self) -> None:
        """Words, and the values."""
        self._title.setText(self.tr("Is this right?"))
        self._text.setText(self.tr("With this line your computer joins:"))
        self._name_caption.setText(self.tr("Organisation"))
        self._relay_caption.setText(self.tr("Its relay"))
        self._name.setText(self._organisation)
        self._name.setVisible(bool(self._organisation))
        self._name_caption.setVisible(bool(self._organisation))
        if self._line is not None:
            self._relay.setText(format_address(self._line.host, self._line.port))
        self._advice.setText(self.tr("If you do not know this name, go back and ask your operator."))
        self._back.setText(self.tr("&Back"))
        self._join.setText(self.tr("&Yes, join"))


class ResultPage(Part):
    """Asking, what went wrong, or the end."""

    again = Signal()
    back = Signal()
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage: EnrolmentStage = "asking"
        self._problem = ""
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
        self._back.setObjectName("enrolment_other_line")
        self._again = button(kind="primary")
        self._again.setObjectName("enrolment_again")
        self._done = button(kind="primary")
        self._done.setObjectName("enrolment_finish")
        self._back.clicked.connect(self.back)
        self._again.clicked.connect(self.again)
        self._done.clicked.connect(self.finished)
        layout = column(self._title, self._text, self._bar, margins=0)
        layout.addStretch(1)
        layout.addLayout(buttons(self._back, self._again, self._done))
        self.setLayout(layout)
        self.begin_words()

    def asking(self) -> None:
        """The relay is asked."""
        self._to("asking")

    def waiting(self, text: str) -> None:
        """It is asked again by itself; `text` says why and when."""
        self._problem = text
        self._to("waiting")

    def problem(self, text: str) -> None:
        """It failed; `text` says what, and what to do."""
        self._problem = text
        self._to("problem")
        self._again.setFocus()

    def done(self, organisation: str, name: str) -> None:
        """It is enrolled."""
        self._organisation, self._name = one_line(organisation), one_line(name)
        self._to("done")
        self._done.setFocus()

    def _to(self, stage: EnrolmentStage) -> None:
        self._stage = stage
        self._bar.setVisible(stage in {"asking", "waiting"})
        for one, at in ((self._back, "problem"), (self._again, "problem"), (self._done, "done")):
            one.setVisible(stage == at)
        restyle(self._text, "tone", "danger" if stage == "problem" else "")
        self.retranslate()

    def retranslate(self) -> None:
        """Words, and the values."""
        if self._stage == "asking":
            self._title.setText(self.tr("One moment"))
            self._text.setText(self.tr("The relay is being asked for this computer's certificate."))
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


class EnrolmentWindow(Window):
    """`line_given(text)`: a line that is well formed was given, as it stands; `confirmed(EnrolmentLine)`: enrol by it;
    `finished()`: the person has read that it is done.
    """

    line_given = Signal(str)
    confirmed = Signal(object)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowIcon(app_icon())
        self._line: EnrolmentLine | None = None
        self._first = LinePage()
        self._second = ConfirmPage()
        self._third = ResultPage()
        self._pages = QStackedWidget()
        for page in (self._first, self._second, self._third):
            self._pages.addWidget(page)
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(48, 48))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 28, 32, 24)
        layout.setSpacing(16)
        layout.addWidget(picture)
        layout.addWidget(self._pages, 1)
        self._first.given.connect(self._given)
        self._second.confirmed.connect(self._confirm)
        self._second.back.connect(self._to_first)
        self._third.again.connect(self._confirm)
        self._third.back.connect(self._to_first)
        self._third.finished.connect(self.finished)
        self.resize(520, 440)
        self.begin_words()

    def offer(self, found: FoundLine) -> None:
        """Offer the line of a file that was found."""
        self._first.offer(found)

    def paste(self, text: str) -> None:
        """As if the person had put in this line and gone on."""
        self._first.field.setText(text)
        self._given(text)

    def show_organisation(self, name: str) -> None:
        """What the line's relay is known to belong to, where that can be told before enrolling."""
        if self._line is not None:
            self._second.show_line(self._line, name)

    def show_progress(self) -> None:
        """The relay is asked."""
        self._third.asking()
        self._pages.setCurrentWidget(self._third)

    def show_waiting(self, text: str) -> None:
        """The relay is asked again by itself: a whole sentence, why and when."""
        self._third.waiting(text)
        self._pages.setCurrentWidget(self._third)

    def show_problem(self, text: str) -> None:
        """It failed: a whole sentence, what happened and what to do."""
        self._third.problem(text)
        self._pages.setCurrentWidget(self._third)

    def show_done(self, organisation: str, name: str) -> None:
        """It is enrolled, as this person."""
        self._third.done(organisation, name)
        self._pages.setCurrentWidget(self._third)

    def retranslate(self) -> None:
        """The title; the pages have their own words."""
        self.setWindowTitle(self.tr("Tasuki: first start"))

    def _given(self, text: str) -> None:
        try:
            self._line = EnrolmentLine.parse(text)
        except InvalidEnrolmentError:
            self._to_first()
            self._first.refuse()
            return
        self._second.show_line(self._line, "")
        self._pages.setCurrentWidget(self._second)
        self._second.setFocus()
        self.line_given.emit(text)

    def _confirm(self) -> None:
        if self._line is not None:
            self.show_progress()
            self.confirmed.emit(self._line)

    def _to_first(self) -> None:
        self._pages.setCurrentWidget(self._first)
        self._first.setFocus()


def buttons(*each: QPushButton) -> QHBoxLayout:
    """Under a page, at its right."""
    row = QHBoxLayout()
    row.setSpacing(10)
    row.addStretch(1)
    for one in each:
        row.addWidget(one)
    return row
