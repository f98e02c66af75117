"""What the person orders while somebody helps: answers to questions, the mode, a pause, what the helper may not press."""

from collections.abc import Iterable

from common.agent.session.session import Session
from common.agent.settings import ClipboardSection
from common.protocol.messages import Mode
from common.protocol.rfb.filter import Box, Pointed, StopKey
from user_agent.clipboard import UserClipboard
from user_agent.consent import QuestionKind
from user_agent.open_questions import OpenQuestions
from user_agent.sharing import Sharing
from user_agent.views import UserView


class PersonsOrders:
    """A part of UserApp, which derives from it."""

    view: UserView
    _session: Session | None
    _questions: OpenQuestions
    _sharing: Sharing
    _clipboard: UserClipboard

    def _show(self, **changes: object) -> None:
        raise NotImplementedError

    def allow(self, on: bool = True) -> bool:
        """Answer to: may this helper come in? False where nothing was asked."""
        if self._session is None or QuestionKind.ALLOW not in self._questions.kinds:
            return False
        self._session.allow(on)
        return True

    def grant(self, on: bool = True) -> bool:
        """Answer to: may the helper control? False where that was not asked."""
        if self._session is None or QuestionKind.CONTROL not in self._questions.kinds:
            return False
        self._show(questions=self._questions.offer(False, self.view.session))
        if on:
            self._session.set_mode(Mode.CONTROL)
        else:
            self._session.refuse_control()
        return True

    def set_mode(self, mode: Mode) -> bool:
        """Only looking holds at once; control is asked about, as where the helper asks for it. False where that cannot be."""
        if self._session is None:
            return False
        self._show(questions=self._questions.offer(mode is Mode.CONTROL, self.view.session))
        if mode is Mode.CONTROL:
            return QuestionKind.CONTROL in self._questions.kinds
        self._session.set_mode(mode)
        return True

    def pause(self, on: bool) -> bool:
        """Show nothing and take no input, or go on. False without a session."""
        if self._session is None:
            return False
        self._session.pause(on)
        return True

    def choose_screen(self, key: str) -> bool:
        """Answer to: which screen may be shown now? "" is all. False where that was not asked, or there is none such."""
        return self._sharing.choose_screen(key)

    def want_screen(self, key: str) -> bool:
        """Show this one of the screens that may be seen, or all of them ("") where they may be. False where it cannot be had."""
        return self._sharing.want_screen(key)

    def screens_changed(self) -> None:
        """A window has heard that the screens are otherwise than before: what is shown is looked at."""
        self._sharing.screens_changed()

    def chat(self, text: str, number: int = 0) -> bool:
        """Say something to the helper. False where it was not sent."""
        return self._session is not None and self._session.chat(text, number)

    def question_open(self, on: bool) -> None:
        """A dialog of Tasuki's own is open: the helper's input is dropped meanwhile, also in a session that is to come."""
        self._questions.dialog(on)

    def cover(self, boxes: Iterable[Box]) -> None:
        """Where Tasuki's own windows lie, in framebuffer pixels: the helper presses nothing there. Until it is called again."""
        self._sharing.cover(boxes)

    def cover_keyboard(self, on: bool) -> None:
        """Whether one of Tasuki's own windows has the keyboard: the helper types nothing there. Until it is called again."""
        self._sharing.cover_keyboard(on)

    def pointed(self) -> Pointed | None:
        """See Sharing."""
        return self._sharing.pointed

    def switch_clipboard(self, switches: ClipboardSection) -> None:
        """Which way clipboards cross in control mode, from now on."""
        self._clipboard.switches = switches
        if self._session is not None:
            self._session.switch_clipboard(switches)

    def set_stop_key(self, stop_key: StopKey) -> None:
        """Which key stops a session, so that the helper can never press it; from the next session on."""
        self._sharing.set_stop_key(stop_key)

    def set_server(self, name: str) -> None:
        """Which kind of VNC server from the next session on; "" for the first that can."""
        self._sharing.set_wanted(name)
