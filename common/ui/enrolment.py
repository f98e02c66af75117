"""The first start, for both programs: the operator's line, what it names, and what came of it. Three screens at most."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QStandardPaths, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from common.agent.enrolment.line_file import FoundLine
from common.protocol.enrolment import EnrolmentLine, InvalidEnrolmentError, NewerLineError, SeveralLinesError
from common.protocol.enrolment_text import TEXT_LIMIT, find_line
from common.ui.app_icon import app_icon
from common.ui.enrolment_pages import ConfirmPage, LinePage, ResultPage
from common.ui.fitted import Pages
from common.ui.window import Window


class EnrolmentWindow(Window):
    """`line_given(EnrolmentLine)`: a line was found in what was given; `confirmed(EnrolmentLine)`: enrol by it;
    `file_given(Path)`: the line is said to be in this file; `finished()`: the person has read that it is done.
    """

    line_given = Signal(object)
    file_given = Signal(object)
    confirmed = Signal(object)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line: EnrolmentLine | None = None
        self._dialog: QFileDialog | None = None
        self.setAcceptDrops(True)
        self._first = LinePage()
        self._second = ConfirmPage()
        self._third = ResultPage()
        self._pages = Pages()
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
        self._first.file_wanted.connect(self._ask_file)
        self._second.confirmed.connect(self._confirm)
        self._second.back.connect(self._to_first)
        self._third.again.connect(self._confirm)
        self._third.back.connect(self._to_first)
        self._third.finished.connect(self.finished)
        self.begin_words()
        self.open_at(37, 31)

    def offer(self, found: FoundLine) -> None:
        """Offer the line of a file that was found."""
        self._first.offer(found)

    def paste(self, text: str) -> None:
        """As if the person had put in this line and gone on."""
        self._first.field.setText(text)
        self._given(text)

    def refuse_file(self) -> None:
        """There is no line in the file that was given, or it cannot be read."""
        self._to_first()
        self._first.refuse("file")

    def show_organisation(self, name: str) -> None:
        """Whose line it is, where that can be told before enrolling; empty where not."""
        if self._line is not None:
            self._second.show_organisation(name)

    def show_progress(self) -> None:
        """The relay is asked."""
        self._third.asking()
        self._pages.setCurrentWidget(self._third)

    def show_waiting(self, text: str) -> None:
        """The relay is asked again by itself: a whole sentence, why and when."""
        self._third.waiting(text)
        self._pages.setCurrentWidget(self._third)

    def show_problem(self, text: str, *, again: bool = True, sign_in: str = "") -> None:
        """It failed: a whole sentence, what happened and what to do. `again`: whether trying again can help.

        `sign_in`: the network's page to sign in, where that is in the way.
        """
        self._third.problem(text, again=again, sign_in=sign_in)
        self._pages.setCurrentWidget(self._third)

    @property
    def at_problem(self) -> bool:
        """Whether what went wrong is read now."""
        return self._pages.currentWidget() is self._third and self._third.stage == "problem"

    def show_done(self, organisation: str, name: str) -> None:
        """It is enrolled, as this person."""
        self._third.done(organisation, name)
        self._pages.setCurrentWidget(self._third)

    def retranslate(self) -> None:
        """The title; the pages have their own words."""
        self.setWindowTitle(self.tr("Tasuki: first start"))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Something that may hold a line, while one is wanted."""
        if self._pages.currentWidget() is self._first and _dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A file, or a text."""
        dropped = _dropped(event.mimeData())
        if isinstance(dropped, Path):
            self.file_given.emit(dropped)
        elif dropped:
            self.paste(dropped)
        event.acceptProposedAction()

    def _ask_file(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        self._dialog = QFileDialog(self, self.tr("Open the file with the line"), folder)
        self._dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._dialog.fileSelected.connect(lambda path: self.file_given.emit(Path(path)))
        self._dialog.finished.connect(self._dialog.deleteLater)
        self._dialog.open()

    def _given(self, text: str) -> None:
        try:
            self._line = find_line(text)
        except InvalidEnrolmentError as error:
            self._to_first()
            newer, several = isinstance(error, NewerLineError), isinstance(error, SeveralLinesError)
            self._first.refuse("newer" if newer else "several" if several else "none")
            return
        self._pages.setCurrentWidget(self._second)
        self._second.begin()
        self.line_given.emit(self._line)

    def _confirm(self) -> None:
        if self._line is not None:
            self.show_progress()
            self.confirmed.emit(self._line)

    def _to_first(self) -> None:
        self._pages.setCurrentWidget(self._first)
        self._first.setFocus()


def _dropped(data: QMimeData) -> Path | str | None:
    """The file or the text that is dragged."""
    files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    if files:
        return Path(files[0])
    return data.text()[:TEXT_LIMIT] if data.hasText() else None
