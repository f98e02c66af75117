"""What the person is asked, as values to render: may this helper come in, may the helper control. Silence means no.

The session keeps the clocks; here is which questions are open, and what `--yes` may answer by itself.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from common.agent.views import SessionView
from common.host.words import _, one_line, quotable, sentences
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase


class QuestionKind(StrEnum):
    """What is asked."""

    ALLOW = "allow"  # may this helper, who was not chosen by name, come in?
    CONTROL = "control"  # may the helper control? The helper asks, or the person is about to say so


@dataclass(frozen=True, kw_only=True)
class Handover:
    """A helper has handed the request on. `by`: the name in that one's certificate, empty where none was seen yet.

    `note`: why, as the relay passes it on. That it is of the helper `by` nothing proves.
    """

    by: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """An open question. `deadline` is Unix seconds: then it counts as no; None: it waits for the person, who has begun it (`own`)."""

    kind: QuestionKind
    session: str
    name: str
    uri: str
    deadline: float | None
    own: bool = False
    handover: Handover | None = None  # where another helper was there before
    call_back: bool = False  # to come in: it is a call back, and another time would do as well

    @property
    def text(self) -> str:
        """What the person reads."""
        name = one_line(self.name)
        if self.call_back and self.kind is QuestionKind.ALLOW and self.handover is None:
            return _("{name} can help you now. Shall they come in?").format(name=name)
        match self.kind:
            case QuestionKind.ALLOW if self.handover is not None:
                text = handover_text(self.handover, name=name)
                question = _("Let {name} in?").format(name=name)
                return f"{text}\n{question}" if note_text(self.handover.note) else sentences(text, question)
            case QuestionKind.ALLOW:
                return _("{name} wants to help you. Allow?").format(name=name)
            case QuestionKind.CONTROL:
                asks = "" if self.own else _("{name} asks to control your computer.").format(name=name)
                question = _("Let {name} control your computer, with mouse and keyboard?").format(name=name)
                return sentences(asks, question)
            case _:
                assert_never(self.kind)


def handover_text(handover: Handover, *, name: str) -> str:
    """Who hands over to whom; and on a line of its own the note that came with it."""
    text = _("{by} hands you over to {name}.") if handover.by else _("Your request was handed over to {name}.")
    told = text.format(by=one_line(handover.by), name=name)
    return "\n".join(part for part in (told, note_text(handover.note)) if part)


def note_text(note: str) -> str:
    """A note of a hand-over, put into nobody's mouth: the name beside it is a certificate's, the note the relay's word alone."""
    said = quotable(note)
    return _("The note that came with it: “{note}”").format(note=said) if said else ""


def questions(view: SessionView | None, *, own: bool = False, handover: Handover | None = None) -> tuple[Question, ...]:
    """The questions that this session has open. `own`: the person is about to let the helper control."""
    if view is None:
        return ()
    kinds = []
    if view.phase is SessionPhase.ASKING:
        kinds.append(QuestionKind.ALLOW)
    if view.phase is SessionPhase.CONNECTED and (view.control_wanted or (own and view.mode is Mode.VIEW)):
        kinds.append(QuestionKind.CONTROL)
    return tuple(
        Question(
            kind=kind,
            session=view.session,
            name=view.peer_name,
            uri=view.peer_uri,
            deadline=view.deadline,
            own=kind is QuestionKind.CONTROL and not view.control_wanted,
            handover=handover if kind is QuestionKind.ALLOW else None,
            call_back=view.call_back,
        )
        for kind in kinds
    )


def answered_by_yes(question: Question, *, yes: bool, named: bool) -> bool:
    """Whether `--yes` answers it: the first who takes what was just asked, and nobody else.

    It was said in advance, by somebody who then sat there. So never who controls (the mode was chosen by hand, and only
    grows so), never a call back (hours later nobody may sit there), never whom another helper hands over to. `named`: the
    person asked for one helper by name. Then it is somebody else who asks to come in, and it is only the relay that says
    that the request was passed on: the person decides.
    """
    first = question.kind is QuestionKind.ALLOW and not question.call_back and question.handover is None
    return yes and not named and first
