"""Lines that the user types become orders."""

import pytest

from user_agent.orders import UserOrder, UserVerb, parse


@pytest.mark.parametrize("verb", [verb for verb in UserVerb if verb not in {UserVerb.CHAT, UserVerb.SCREEN}])
def test_every_verb_is_its_word(verb: UserVerb) -> None:
    """A word alone is its order, in any case and with spaces around it."""
    assert parse(f"  {verb.value.upper()} ") == UserOrder(verb=verb)


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("mode view", UserVerb.VIEW),
        ("mode  control", UserVerb.CONTROL),
        ("pause on", UserVerb.PAUSE),
        ("pause off", UserVerb.RESUME),
        ("end", UserVerb.STOP),
        ("?", UserVerb.HELP),
    ],
)
def test_other_words(line: str, verb: UserVerb) -> None:
    """The spellings that scripts and people use besides."""
    assert parse(line) == UserOrder(verb=verb)


def test_chat_keeps_what_was_written() -> None:
    """Chat passes on the text as it is, without the spaces around it."""
    assert parse("Chat  Hello,  you. ") == UserOrder(verb=UserVerb.CHAT, text="Hello,  you.")


def test_a_screen_is_named_as_the_question_names_it() -> None:
    """By number, key or name; a name may have spaces and capitals."""
    assert parse(" SCREEN  2 ") == UserOrder(verb=UserVerb.SCREEN, text="2")
    assert parse("screen Dell U27") == UserOrder(verb=UserVerb.SCREEN, text="Dell U27")


@pytest.mark.parametrize(
    "line", ["", "   ", "chat", "chat  ", "screen", "screens 1", "hello", "stop it", "mode", "mode all"]
)
def test_no_orders(line: str) -> None:
    """Anything else is no order, so that a slip does nothing."""
    assert parse(line) is None
