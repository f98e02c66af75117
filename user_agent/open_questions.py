"""What the person is being asked in a session, and that nothing comes from the helper meanwhile."""

from dataclasses import replace
from typing import Protocol

from common.agent.views import SessionView
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from user_agent.consent import Handover, Question, QuestionKind, questions


class Guarded(Protocol):
    """What of a session is needed here."""

    def question(self, on: bool) -> None:
        """A question of the agent's own is on the screen: the helper's input is dropped."""


class OpenQuestions:
    """One agent's. A wish of the helper's is the session's own to know; the person's is known here."""

    def __init__(self) -> None:
        self.kinds: frozenset[QuestionKind] = frozenset()  # of the questions that are open
        self._session: Guarded | None = None
        self._dialog = False
        self._offering = False
        self._handover: Handover | None = None

    def ask_anew(self) -> None:
        """Another request begins."""
        self._handover = None

    def handed_over(self, by: str) -> None:
        """The helper of this name (empty: nobody was seen yet) has handed the request on."""
        self._handover = Handover(by=by)

    def granted(self, note: str) -> None:
        """Another helper has taken it; `note` is what the one before said."""
        if self._handover is not None:
            self._handover = replace(self._handover, note=note)

    def begin(self, session: Guarded) -> None:
        """A session: it hears of a dialog that is open already."""
        self._session = session
        self._tell()

    def end(self) -> None:
        """It is over."""
        self._session = None
        self._offering = False
        self.kinds = frozenset()

    def dialog(self, on: bool) -> None:
        """A dialog of Tasuki's own is open, or none any more; also before a session."""
        self._dialog = on
        self._tell()

    def offer(self, on: bool, view: SessionView | None) -> tuple[Question, ...]:
        """The person is about to let the helper control, and is asked; or no longer. What is open then."""
        possible = view is not None and view.phase is SessionPhase.CONNECTED and view.mode is Mode.VIEW
        possible = possible and view is not None and view.no_control is None
        self._offering = on and possible
        self._tell()
        return self.questions(view)

    def questions(self, view: SessionView | None) -> tuple[Question, ...]:
        """Those that are open, as the session is now. Where the helper asks for what the person was about to give, it is that."""
        if self._offering and (view is None or view.mode is Mode.CONTROL or view.control_wanted):
            self._offering = False
            self._tell()
        asked = questions(view, own=self._offering, handover=self._handover)
        self.kinds = frozenset(question.kind for question in asked)
        return asked

    def _tell(self) -> None:
        if self._session is not None:
            self._session.question(self._dialog or self._offering)
