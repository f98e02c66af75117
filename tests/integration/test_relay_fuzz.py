"""A relay in its own process under two hundred thousand messages, frames and requests; and the grammar that makes them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from common.protocol.messages import FromAgent, InvalidMessageError, decode_from_agent
from common.protocol.texts import Text
from tests.fuzz.heads import Heads
from tests.fuzz.matching_grammar import KINDS, Cast, MatchingGrammar, Places
from tests.fuzz.values import Values

HOUSE = Path(__file__).parents[2]
CAST = Cast(users=2, helpers=2)
PATIENCE = 5.0  # seconds: five times what is promised, on a machine that tests share


@pytest.mark.alone  # answers are timed
@pytest.mark.timeout(900)
def test_two_hundred_thousand_messages_and_nothing_breaks() -> None:
    """Half of them reach a handler, by the relay's own count; what else must hold is in the program's exit code."""
    messages = int(os.environ.get("TASUKI_FUZZ_RELAY_MESSAGES", "200000"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.relay_fuzz", "--messages", str(messages), "--patience", str(PATIENCE)],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    sent, handled = (
        re.search(r"^(\d+) messages", done.stdout, re.MULTILINE),
        re.search(r"^(\d+) messages reached", done.stdout, re.MULTILINE),
    )
    assert sent is not None
    assert handled is not None
    assert int(sent[1]) >= messages
    assert int(handled[1]) * 2 >= int(sent[1])
    for kind in KINDS:
        assert f"'{kind}'" in handled.string[handled.start() : handled.string.index("\n", handled.end())], kind


def said(seed: str) -> list[bytes]:
    """Much of what one person says on some connections, and of what is asked."""
    grammar = MatchingGrammar(seed, me=0, cast=CAST)
    heads = Heads(grammar.random)
    pieces = [piece.data for _ in range(5) for piece in (*grammar.stay(), grammar.last(), *grammar.lie())]
    return [*pieces, *(heads.request().data for _ in range(100)), *(heads.last() for _ in range(100))]


def test_a_seed_is_the_same_bytes() -> None:
    """Else nobody could see again what was found; another seed is other bytes."""
    assert said("1") == said("1")
    assert said("1") != said("2")


@pytest.mark.parametrize("kind", get_args(FromAgent), ids=lambda kind: kind.__name__)
def test_every_kind_of_the_union_is_said(kind: type[msgspec.Struct]) -> None:
    """Right ones are decoded as that kind; nearly right ones are sometimes decoded and sometimes refused, and never break anything."""
    grammar = MatchingGrammar("1", me=1, cast=CAST)
    places = Places()
    shape = KINDS[str(kind.__struct_config__.tag)]
    assert isinstance(shape, msgspec.inspect.StructType)
    for _ in range(50):
        right = places.fill(msgspec.json.encode(grammar.values.of(shape)))
        assert type(decode_from_agent(right.decode())) is kind
    refused = 0
    for _ in range(200):
        try:
            decode_from_agent(places.fill(grammar.values.nearly(shape)).decode())
        except InvalidMessageError:
            refused += 1
    assert 0 < refused < 200


def test_a_kind_that_is_new_needs_no_word_here() -> None:
    """Its fields are read from its type; a type of which no values are known is an error, and not left out."""

    class Greeting(msgspec.Struct, tag_field="type", tag="greeting"):
        text: Text
        session: str
        numbers: dict[str, list[int] | None] = {}

    class Odd(msgspec.Struct, tag_field="type", tag="odd"):
        parts: set[int]

    values = Values(MatchingGrammar("1", me=0, cast=CAST).random)
    for _ in range(50):
        message = msgspec.json.encode(values.of(msgspec.inspect.type_info(Greeting)))
        assert msgspec.json.decode(message, type=Greeting)
    with pytest.raises(TypeError, match="SetType"):
        values.of(msgspec.inspect.type_info(Odd))
