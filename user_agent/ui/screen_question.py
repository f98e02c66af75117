"""Which screen may be shown now? Asked when the screens have changed; until it is answered the helper sees nothing new."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout

from common.host.words import one_line
from common.ui.drop_down import DropDown
from common.ui.widgets import ButtonRow, button, label, named
from user_agent.area.question import ScreenQuestion
from user_agent.ui.asking import WIDE, AskingWindow


class ScreenQuestionWindow(AskingWindow):
    """`chosen(key)`: this screen, or all (""). `stopped()`: the session shall end. `ask` shows it, `withdraw` takes it away.

    Nothing is chosen beforehand, and closing it answers nothing.
    """

    chosen = Signal(str)
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__("screen_question")
        self._question: ScreenQuestion | None = None
        self._name = ""
        self._title = label(rank="heading")
        self._text = named(label(), "screen_question_text")
        self._label = label()
        self.screens = named(DropDown(), "screen_question_screens")
        self._label.setBuddy(self.screens)
        self.show_button = named(button(kind="primary"), "screen_question_show")
        self.stop_button = named(button(kind="danger"), "screen_question_stop")
        self.screens.currentIndexChanged.connect(self._enable)
        self.show_button.clicked.connect(self._show_chosen)
        self.stop_button.clicked.connect(self._stop)
        self._build()
        self.begin_words()
        self.open_at(WIDE)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 20)
        layout.setSpacing(14)
        for part in (self._title, self._text, self._label, self.screens):
            layout.addWidget(part)
        layout.addWidget(ButtonRow(accept=self.show_button, besides=(self.stop_button,)))

    @property
    def question(self) -> ScreenQuestion | None:
        """The one that is open."""
        return self._question

    def ask(self, question: ScreenQuestion, *, name: str) -> None:
        """Ask this, if it is not asked already. `name`: the helper's."""
        if question == self._question and name == self._name:
            return
        self._question, self._name = question, name
        self.screens.clear()
        self.screens.addItems([""] * (len(question.screens) + (len(question.screens) > 1)))
        self.screens.setCurrentIndex(-1)
        self._close_ears()
        self._say()
        self._come()

    def withdraw(self) -> None:
        """It was answered, or makes no sense any more."""
        self._question = None
        self._go()

    def bring(self) -> None:
        """In front, with the keyboard: on the choice."""
        super().bring()
        self.screens.setFocus(Qt.FocusReason.OtherFocusReason)

    def hear(self) -> None:
        """From now on answers count."""
        super().hear()
        self._enable()

    def retranslate(self) -> None:
        """Words."""
        self._title.setText(self.tr("Your screens have changed"))
        self.setWindowTitle(self._title.text())
        self._label.setText(self.tr("&Which screen may be shown now?"))
        self.screens.setAccessibleName(self.tr("Which screen may be shown now?"))
        self.screens.setPlaceholderText(self.tr("Choose a screen"))
        self.show_button.setText(self.tr("S&how it"))
        self.stop_button.setText(self.tr("&Stop the session"))
        self._say()

    def _say(self) -> None:
        question = self._question
        if question is None or not self._worded:
            return
        some = bool(question.screens)
        if some:
            text = self.tr(
                "The screen that {name} saw was unplugged, moved, or changed otherwise. {name} sees a still picture and "
                "can do nothing until you choose."
            )
        else:
            text = self.tr(
                "The screen that {name} saw was unplugged, and there is none that could be shown now. {name} sees a still "
                "picture and can do nothing."
            )
        self._text.setText(text.format(name=one_line(self._name)))
        for one in (self.screens, self.show_button, self.stop_button):
            one.setAccessibleDescription(self._text.text())
        for part in (self._label, self.screens, self.show_button):
            part.setVisible(some)
        for at, screen in enumerate(question.screens):
            told = self.tr("Screen {number}: {width} × {height} ({name})")
            told = told.format(number=at + 1, width=screen.width, height=screen.height, name=one_line(screen.name))
            self.screens.setItemText(at, told)
        if len(question.screens) > 1:
            self.screens.setItemText(len(question.screens), self.tr("All screens"))
        self._enable()

    def _enable(self) -> None:
        self.show_button.setEnabled(self._hears and self.screens.currentIndex() >= 0)
        self.stop_button.setEnabled(self._hears)

    def _show_chosen(self) -> None:
        question, at = self._question, self.screens.currentIndex()
        if question is not None and self._hears and at >= 0:
            self.chosen.emit(question.screens[at].key if at < len(question.screens) else "")

    def _stop(self) -> None:
        if self._hears:
            self.stopped.emit()

    # Qt's

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows what was chosen; Escape answers nothing."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self._show_chosen()
        elif event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """It stays until it is answered, or the session ends."""
        if event.spontaneous():
            event.ignore()
