"""What the person is asked, as values to render: may this helper come in, may the helper control. Silence means no.

The session keeps the clocks; here is which questions are open, and what `--yes` may answer by itself.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from common.agent.views import SessionView
from common.host.words import _
from common.protocol.session_life import SessionPhase


class QuestionKind(StrEnum):
    """What is asked."""

    ALLOW = "allow"  # may this helper, who was not chosen by name, come in?
    CONTROL = "control"  # the helper asks for control


@dataclass(frozen=True, kw_only=True)
class Question:
    """An open question. `deadline` is Unix seconds: then it counts as no."""

    kind: QuestionKind
    session: str
    name: str
    uri: str
    deadline: float | None

    @property
    def text(self) -> str:
        """What the person reads."""
        match self.kind:
            case QuestionKind.ALLOW:
                return _("{name} wants to help you. Allow?").format(name=self.name)
            case QuestionKind.CONTROL:
                return _("{name} asks to control your computer. Agree?").format(name=self.name)
            case _:
                assert_never(self.kind)


def questions(view: SessionView | None) -> tuple[Question, ...]:
    """The questions that this session has open."""
    if view is None:
        return ()
    kinds = []
    if view.phase is SessionPhase.ASKING:
        kinds.append(QuestionKind.ALLOW)
    if view.phase is SessionPhase.CONNECTED and view.control_wanted:
        kinds.append(QuestionKind.CONTROL)
    return tuple(
        Question(kind=kind, session=view.session, name=view.peer_name, uri=view.peer_uri, deadline=view.deadline)
        for kind in kinds
    )


def answered_by_yes(question: Question, *, yes: bool, named: bool) -> bool:
    """Whether `--yes` answers it: who comes in, never who controls (the mode was chosen by hand, and only grows so).

    `named`: the person asked for one helper by name. Then it is somebody else who asks to come in, and it is only the
    relay that says that the request was passed on: the person decides.
    """
    return yes and not named and question.kind is QuestionKind.ALLOW
