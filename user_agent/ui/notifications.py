"""When a person who looks elsewhere should look here: a notice of the desktop, and a short tone."""

from collections.abc import Callable
from typing import assert_never

from PySide6.QtCore import QObject, Signal

from common.agent.notice import DEFAULT
from common.agent.settings import WindowSection
from common.agent.views import ChatLeftOut, ChatReceived, ClipboardLeftOut, InputLost, SessionEvent, SessionView
from common.host.errors import plain
from common.host.words import one_line
from common.ui.notices import Notices
from user_agent.consent import QuestionKind
from user_agent.views import RequestStage, UserView


class UserNotifications(QObject):
    """Shown every change. Notices carry the keys `question`, `session`, `chat` and `main`: what a click on them opens.

    They have no button that does more than that: the notice is no window of ours, so a helper who controls could press it.
    """

    opened = Signal(str)  # a key

    def __init__(
        self,
        *,
        notices: Notices,
        settings: WindowSection,
        looks_here: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """`settings`: what is wanted at all. `looks_here`: whether one of the program's windows has the keyboard."""
        super().__init__(parent)
        self._settings = settings
        self._notices = notices
        self._looks_here = looks_here
        notices.acted.connect(lambda key, _action: self.opened.emit(key))

    def follow(self, settings: WindowSection) -> None:
        """Other settings from now on."""
        self._settings = settings

    def looked(self, window: QObject | None) -> None:
        """One of the program's windows has the keyboard now, or none (None): who looks here needs no notice of it."""
        if window is not None:
            for key in ("question", "session", "chat", "clipboard", "main"):
                self._notices.withdraw(key)

    def changed(self, before: UserView, after: UserView) -> None:
        """The app's view has changed."""
        if before.questions and not after.questions:
            self._notices.withdraw("question")
        if before.session is not None and after.session is None:
            for key in ("session", "chat", "clipboard"):
                self._notices.withdraw(key)
        old = {(question.kind, question.session) for question in before.questions}
        for question in after.questions:
            if (question.kind, question.session) in old or question.own:
                continue
            name = one_line(question.name)
            match question.kind:
                case QuestionKind.ALLOW if question.call_back:
                    title = self.tr("{name} can help you now").format(name=name)
                case QuestionKind.ALLOW:
                    title = self.tr("{name} wants to help you").format(name=name)
                case QuestionKind.CONTROL:
                    title = self.tr("{name} asks to control this computer").format(name=name)
                case _:
                    assert_never(question.kind)
            self._call(title, self.tr("Please say yes or no."), key="question")
        if _connected(after) and not _connected(before) and after.session is not None:
            title = self.tr("{name} is connected").format(name=one_line(after.session.peer_name))
            self._call(title, self.tr("Your screen is being shown now."), key="session")
        if (
            before.stage is RequestStage.SESSION
            and after.stage is not RequestStage.SESSION
            and after.record is not None
        ):
            title = self.tr("The session with {name} is over").format(name=one_line(after.record.peer_name))
            self._tell(title, self.tr("Your screen is no longer shown."), key="main")
        elif after.ending is not None and before.ending is None and not self._looks_here():
            self._tell(self.tr("Your request for help is over"), after.ending.plain, key="main")

    def happened(self, event: SessionEvent, view: SessionView) -> None:
        """The app's event."""
        if isinstance(event, ChatReceived) and not self._looks_here():
            self._tell(one_line(view.peer_name), one_line(event.text), key="chat")
            self._sound()
        elif isinstance(event, ChatLeftOut):
            self._tell(
                one_line(view.peer_name),
                self.tr("A message came that cannot be shown. Ask for it in other words."),
                key="chat",
            )
        elif isinstance(event, ClipboardLeftOut):
            self._tell(
                self.tr("Not handed over"),
                plain(event.problem),
                key="clipboard",
            )

        elif isinstance(event, InputLost):
            self._tell(self.tr("The helper only looks now"), plain(event.problem), key="session")

    def stays(self) -> None:
        """The window was closed, and the program goes on."""
        self._show(
            self.tr("Tasuki goes on"),
            self.tr("You find it here, beside the clock, whenever you need help."),
            key="main",
        )

    def _call(self, title: str, text: str, *, key: str) -> None:
        self._tell(title, text, key=key)
        self._sound()

    def _tell(self, title: str, text: str, *, key: str) -> None:
        if self._settings.notices:
            self._show(title, text, key=key)

    def _show(self, title: str, text: str, *, key: str) -> None:
        self._notices.show(title, text, key=key, actions=((DEFAULT, self.tr("Show")),), stays=key == "question")

    def _sound(self) -> None:
        if self._settings.sound:
            self._notices.sound()


def _connected(view: UserView) -> bool:
    return view.session is not None and view.session.running
