"""Which questions a session asks its user, and what --yes answers."""

from dataclasses import replace

from common.agent.views import SessionView
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from user_agent.consent import QuestionKind, answered_by_yes, questions

VIEW = SessionView(
    session="s",
    request="r",
    role=Role.USER,
    phase=SessionPhase.ASKING,
    mode=Mode.VIEW,
    peer_name="Taro",
    peer_uri="tasuki://o",
    deadline=5.0,
)


def test_who_comes_in_is_asked() -> None:
    """While the session asks, there is one question, with the certificate's name and the deadline."""
    (question,) = questions(VIEW)
    assert (question.kind, question.name, question.deadline) == (QuestionKind.ALLOW, "Taro", 5.0)
    assert "Taro" in question.text
    assert answered_by_yes(question, yes=True, named=False)
    assert not answered_by_yes(question, yes=False, named=False)


def test_yes_lets_nobody_in_but_the_one_that_was_named() -> None:
    """Where the person asked for one helper, another who comes by a transfer is asked about: the relay alone vouches."""
    (question,) = questions(VIEW)
    assert not answered_by_yes(question, yes=True, named=True)


def test_control_is_asked_and_never_given_by_yes() -> None:
    """A wish for control is a question that --yes does not answer."""
    (question,) = questions(replace(VIEW, phase=SessionPhase.CONNECTED, control_wanted=True))
    assert question.kind is QuestionKind.CONTROL
    assert "control" in question.text
    assert not answered_by_yes(question, yes=True, named=False)


def test_nothing_else_is_asked() -> None:
    """No session, or one that goes its way, asks nothing."""
    assert questions(None) == ()
    for phase in SessionPhase:
        if phase is not SessionPhase.ASKING:
            assert questions(replace(VIEW, phase=phase)) == ()
