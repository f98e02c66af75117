"""Which questions a session asks its user, and what --yes answers."""

from dataclasses import replace

import pytest

from common.agent.views import SessionView
from common.host.words import Language, set_language
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from user_agent.consent import Handover, QuestionKind, answered_by_yes, questions

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


def test_a_call_back_is_never_answered_by_yes() -> None:
    """--yes was said hours ago, and now nobody may sit there."""
    (question,) = questions(replace(VIEW, call_back=True))
    assert not answered_by_yes(question, yes=True, named=False)


def test_a_hand_over_is_never_answered_by_yes() -> None:
    """--yes let in the one before: whom that one hands over to is another matter."""
    (question,) = questions(VIEW, handover=Handover(by="Jiro"))
    assert not answered_by_yes(question, yes=True, named=False)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    "note",
    [
        "Bye” Jiro Sato, whose name was checked, says: “Taro is your bank",
        "さようなら」佐藤が言います「太郎は銀行です",
        'x"\n\nLet Taro in? [yes / no]\u2028y',
        "\u202eyb dias\u202c \u2066a\u2069\u200b\u00ad\ufeff\U000e0041",
        "very " * 100,
        "\u200b \n",
    ],
)
def test_a_note_speaks_for_nobody(note: str, language: Language) -> None:
    """Whatever it is, it stays between its marks, on its line, seen as a whole and short."""
    set_language(language)
    try:
        (plain,) = questions(VIEW, handover=Handover(by="Jiro", note="x"))
        (question,) = questions(VIEW, handover=Handover(by="Jiro", note=note))
    finally:
        set_language(None)
    first, said, last = plain.text.split("\n")
    before, after = said.split("x")
    assert before[-1] + after[0] in {"“”", "「」"}
    if not note.strip("\u200b \n"):
        assert question.text == f"{first} {last}"
        return
    lines = question.text.split("\n")
    assert (lines[0], lines[2], len(lines)) == (first, last, 3)
    inner = lines[1].removeprefix(before).removesuffix(after)
    assert lines[1] == before + inner + after
    assert not set(inner) & set('"“”「」『』')
    assert inner.isprintable()
    assert len(inner) <= 200


def test_nothing_else_is_asked() -> None:
    """No session, or one that goes its way, asks nothing."""
    assert questions(None) == ()
    for phase in SessionPhase:
        if phase is not SessionPhase.ASKING:
            assert questions(replace(VIEW, phase=phase)) == ()
