"""What a person typed, as it is sent."""

import click
import pytest
from click.testing import CliRunner

from common.host.errors import TasukiError, sentence
from common.host.typed import TypedText, typed


@click.command()
@click.option("--topic", type=TypedText(5), default="")
def command(topic: str) -> None:
    """Say what was understood."""
    click.echo(repr(topic))


def test_it_is_cleaned() -> None:
    """Silently, where nobody would miss anything."""
    assert typed("a\r\nb\0", limit=5) == "a\nb"


def test_too_long() -> None:
    """One character too many is refused, with both numbers; what cleaning takes away does not count."""
    assert typed("日" * 5 + "\0", limit=5) == "日" * 5
    with pytest.raises(TasukiError) as refused:
        typed("日" * 6, limit=5)
    assert (refused.value.code, refused.value.facts) == ("text_too_long", {"length": 6, "limit": 5})
    assert "6" in sentence(refused.value, "ja")


def test_no_text_at_all() -> None:
    """Bytes of another encoding on a command line are refused, and not quoted."""
    with pytest.raises(TasukiError) as refused:
        typed("caf\udce9", limit=5)
    assert refused.value.code == "text_not_utf8"


@pytest.mark.parametrize(
    ("value", "word"), [("abcdef", "This text has 6 characters"), ("\udce9", "This is no text in UTF-8")]
)
def test_on_the_command_line(value: str, word: str) -> None:
    """A wrong usage (exit code 2), which names the option."""
    done = CliRunner().invoke(command, ["--topic", value])
    assert done.exit_code == 2
    assert word in done.output
    assert "--topic" in done.output


def test_a_good_one_on_the_command_line() -> None:
    """It comes as it was typed."""
    assert CliRunner().invoke(command, ["--topic", "a\tb"]).output == "'a\\tb'\n"
