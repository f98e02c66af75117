"""Lines that the user types become orders."""

import pytest

from user_agent.orders import Order, Verb, parse


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.CHAT])
def test_every_verb_is_its_word(verb: Verb) -> None:
    """A word alone is its order, in any case and with spaces around it."""
    assert parse(f"  {verb.value.upper()} ") == Order(verb=verb)


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("mode view", Verb.VIEW),
        ("mode  control", Verb.CONTROL),
        ("pause on", Verb.PAUSE),
        ("pause off", Verb.RESUME),
        ("yes", Verb.ALLOW),
        ("no", Verb.DENY),
        ("end", Verb.STOP),
        ("?", Verb.HELP),
    ],
)
def test_other_words(line: str, verb: Verb) -> None:
    """The spellings that scripts and people use besides."""
    assert parse(line) == Order(verb=verb)


def test_chat_keeps_what_was_written() -> None:
    """Chat passes on the text as it is, without the spaces around it."""
    assert parse("Chat  Hello,  you. ") == Order(verb=Verb.CHAT, text="Hello,  you.")


@pytest.mark.parametrize("line", ["", "   ", "chat", "chat  ", "hello", "stop it", "mode", "mode all"])
def test_no_orders(line: str) -> None:
    """Anything else is no order, so that a slip does nothing."""
    assert parse(line) is None
