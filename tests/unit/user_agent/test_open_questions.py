"""Control that the person is about to give, dialogs, a hand-over: what is asked, and that the helper can do nothing meanwhile."""

from dataclasses import replace

import pytest

from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from tests.unit.user_agent.test_consent import VIEW as ASKING
from user_agent.consent import QuestionKind
from user_agent.open_questions import OpenQuestions

CONNECTED = replace(ASKING, phase=SessionPhase.CONNECTED, deadline=None)


class Session:
    """Remembers whether the helper's input is dropped."""

    def __init__(self) -> None:
        self.told: list[bool] = []

    def question(self, on: bool) -> None:
        """Remember."""
        self.told.append(on)


@pytest.fixture
def session() -> Session:
    """It hears."""
    return Session()


@pytest.fixture
def asked(session: Session) -> OpenQuestions:
    """In a session."""
    made = OpenQuestions()
    made.begin(session)
    return made


def test_control_is_asked_before_it_is_given(asked: OpenQuestions, session: Session) -> None:
    """By the same question as where the helper asks, but without a deadline; until it is answered no input comes."""
    asked.offer(True, CONNECTED)
    (question,) = asked.questions(CONNECTED)
    assert (question.kind, question.own, question.deadline, question.name) == (QuestionKind.CONTROL, True, None, "Taro")
    assert asked.kinds == {QuestionKind.CONTROL}
    asked.offer(False, CONNECTED)
    assert asked.questions(CONNECTED) == ()
    assert session.told == [False, True, False]


@pytest.mark.parametrize(
    "view", [None, ASKING, replace(CONNECTED, mode=Mode.CONTROL), replace(CONNECTED, most=Mode.VIEW)]
)
def test_there_must_be_something_to_give(asked: OpenQuestions, view: object) -> None:
    """No session, one that is not connected, and control that is given already, or that may not be, ask nothing of the kind."""
    asked.offer(True, view)  # type: ignore[arg-type]
    asked.questions(view)  # type: ignore[arg-type]
    assert QuestionKind.CONTROL not in asked.kinds


def test_the_helper_asks_for_what_was_about_to_be_given(asked: OpenQuestions, session: Session) -> None:
    """It is the helper's question from then on, with its deadline; and no second one comes when that is over."""
    asked.offer(True, CONNECTED)
    wanted = replace(CONNECTED, control_wanted=True, deadline=60.0)
    (question,) = asked.questions(wanted)
    assert (question.own, question.deadline) == (False, 60.0)
    assert asked.questions(CONNECTED) == ()
    assert session.told[-1] is False


def test_a_dialog_and_a_question_each_stop_input(asked: OpenQuestions, session: Session) -> None:
    """While either is open; and a session that begins under a dialog hears of it."""
    asked.dialog(True)
    asked.offer(True, CONNECTED)
    asked.dialog(False)
    assert session.told[-1] is True
    asked.end()
    asked.dialog(True)
    after = Session()
    asked.begin(after)
    assert after.told == [True]
    assert asked.kinds == frozenset()


def test_who_hands_over_to_whom_and_why(asked: OpenQuestions) -> None:
    """The names are the certificates', the note is nobody's: on a line of its own that says so."""
    asked.granted("not yet")
    assert asked.questions(ASKING)[0].handover is None
    asked.handed_over("Hana")
    asked.granted("It is\nthe tray")
    (question,) = asked.questions(ASKING)
    said = "The note that came with it: “It is the tray”"
    assert question.text == f"Hana hands you over to Taro.\n{said}\nLet Taro in?"
    assert asked.questions(replace(CONNECTED, control_wanted=True))[0].handover is None
    asked.handed_over("")
    asked.granted("")
    assert asked.questions(ASKING)[0].text == "Your request was handed over to Taro. Let Taro in?"
    asked.ask_anew()
    assert asked.questions(ASKING)[0].handover is None
