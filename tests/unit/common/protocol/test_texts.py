"""Which texts may stand in a message: of every field of every message, found by walking their types."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from common.net.websocket_api import AGENT_LIMITS, RELAY_LIMITS
from common.protocol import certificate_requests as certificates
from common.protocol import channel, messages, texts
from common.protocol.identity import NAME_LIMIT
from common.protocol.reading import ProtocolViolationError
from common.protocol.texts import clean, clean_name
from relay.settings import RelayLimits
from tests.support import wire_types

HEX = {"^[0-9a-f]{32}$", "^[0-9a-f]{64}$"}
RULES = {texts.TEXT_PATTERN, texts.NAME_PATTERN, texts.WORD_PATTERN, *HEX}
NEVER = [
    "\0",
    "\x01",
    "\x07",
    "\b",
    "\x0b",
    "\x0c",
    "\r",
    "\x1b[31m",
    "\x1f",
    "\x7f",
    "\x80",
    "\x85",
    "\x9f",
    "\ufffe",
    "\uffff",
]
NOT_IN_NAMES = ["\n", "\t", "\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069"]
GOOD = ["printer", "プリンター", "naïve – “quoted”", "طابعة", "👩‍💻", "\U00020bb7野家", "a b\u3000c"]


def left_out_is_refused(text: str) -> object:
    """A CONTROL as it is decoded, but that a text which is left out is refused like any other bound."""
    control = channel.decode_control(text.encode())
    if isinstance(control, channel.UnfitText):
        raise ProtocolViolationError(control.kind)
    return control


# what is decoded from the wire, and by what: Any of msgspec's decoders knows its own type
WIRES: dict[str, tuple[Any, Callable[[str], object]]] = {
    "to the relay": (messages.FromAgent, messages.decode_from_agent),
    "to an agent": (messages.FromRelay, messages.decode_from_relay),
    "to the CA": (
        certificates.CertificateRequest,
        msgspec.json.Decoder(certificates.CertificateRequest).decode,
    ),
    "in a session": (channel.Control, left_out_is_refused),
    "HELLO": (channel.ChannelHello, lambda text: channel.decode_hello(text.encode())),
    "BYE": (channel.Bye, lambda text: channel.decode_bye(text.encode())),
    "from the CA": (certificates.Answer, msgspec.json.Decoder(certificates.Answer).decode),
}
REFUSALS = (ProtocolViolationError, messages.InvalidMessageError, msgspec.ValidationError)


def fields() -> Iterator[tuple[str, str, inspect.StrType]]:
    """Every text of every message."""
    for wire, (union, _) in WIRES.items():
        for where, kind in wire_types.texts(inspect.type_info(union)):
            yield wire, where, kind


def bounds() -> Iterator[Any]:
    """Every bound of every message, as pytest takes it."""
    for wire, (union, _) in WIRES.items():
        for bound in wire_types.bounds(inspect.type_info(union)):
            yield pytest.param(wire, bound, id=f"{wire}: {bound.where}")


@pytest.mark.parametrize(("wire", "where", "kind"), list(fields()))
def test_every_text_has_a_rule_and_a_length(wire: str, where: str, kind: inspect.StrType) -> None:
    """A new field without its type from common.protocol.texts fails here."""
    assert kind.pattern in RULES, f"{where}: which characters may stand there?"
    assert kind.max_length is not None, f"{where}: how long may it be?"


@pytest.mark.parametrize(("wire", "bound"), list(bounds()))
def test_every_bound_holds_to_the_one(wire: str, bound: wire_types.Bound) -> None:
    """What just keeps it is taken, what breaks it by one is refused, and the refusal does not quote it."""
    decode = WIRES[wire][1]
    decode(json.dumps(bound.inside))
    with pytest.raises(REFUSALS) as refused:
        decode(json.dumps(bound.outside))
    assert "xxxxx" not in str(refused.value)


@pytest.mark.parametrize("text", NEVER)
def test_what_no_text_has(text: str) -> None:
    """Controls but newline and tab, and what XML, databases and terminals stumble over, in any place of any text."""
    for pattern in RULES:
        for whole in (text, f"a{text}", f"a{text}b", f"{text}\n"):
            assert re.search(pattern, whole) is None


@pytest.mark.parametrize("text", NOT_IN_NAMES)
def test_what_no_name_has(text: str) -> None:
    """Ends of lines and marks of direction stand in texts, but in no name."""
    assert re.search(texts.TEXT_PATTERN, f"a{text}b") is not None
    assert re.search(texts.NAME_PATTERN, f"a{text}b") is None
    assert re.search(texts.WORD_PATTERN, f"a{text}b") is None


@pytest.mark.parametrize("text", GOOD)
def test_what_people_write(text: str) -> None:
    """In any script."""
    assert re.search(texts.TEXT_PATTERN, text) is not None
    assert re.search(texts.NAME_PATTERN, text) is not None
    assert clean(text) == text


def test_a_word() -> None:
    """What a message of a type that nobody knows is named by in the answer."""
    assert texts.is_word("chat")
    assert texts.is_word("w" * texts.WORD_LIMIT)
    assert not texts.is_word("w" * (texts.WORD_LIMIT + 1))
    assert not texts.is_word("a b")
    assert not texts.is_word("chat\n")


def test_pasted_ends_of_lines_are_newlines() -> None:
    """As any system, any editor and Qt write them; what colours a terminal loses what makes it do so."""
    assert clean("a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h\n\ni") == "a\nb\nc\nd\ne\nf\ng\nh\n\ni"
    assert clean("\x1b[31mred\x1b[0m\0\ufffe") == "[31mred[0m"
    assert clean("half \ud83d of a pair") == "half \ufffd of a pair"


def test_a_name_that_a_program_found() -> None:
    """Is made one: on one line, without what turns the direction, and cut."""
    assert clean_name("a\r\nb\tc\u202ed\0", limit=100) == "a b c d"
    assert re.search(texts.NAME_PATTERN, clean_name("\n\t\u061c\u200e\u200f\u2028\u2069", limit=9)) is not None
    assert clean_name("xyz", limit=2) == "xy"


def test_the_largest_messages_fit() -> None:
    """All that a person may write and send along goes to the relay in one message, and a whole batch of a list to an agent."""
    most, name = "\U0001f600" * texts.TEXT_LIMIT, "\U0001f600" * NAME_LIMIT
    request = messages.Request(
        request="a" * 32,
        to=messages.ToGroup(group=name),
        mode=messages.Mode.CONTROL,
        topic=most,
        inventory={f"{number:0{texts.WORD_LIMIT}}": most for number in range(texts.DETAILS_LIMIT)},
    )
    assert messages.decode_from_agent(messages.encode(request)) == request
    assert len(messages.encode(request).encode()) <= RELAY_LIMITS.max_message
    words = [name] * texts.WORDS_LIMIT
    entry = messages.HelperEntry(uri="x" * texts.URI_LIMIT, name=name, languages=words, skills=words)
    helpers = messages.Helpers(set=[entry] * RelayLimits().list_batch)
    assert len(messages.encode(helpers).encode()) <= AGENT_LIMITS.max_message


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_what_was_cleaned_may_be_sent(text: str) -> None:
    """Whatever it was, once is enough, and it does not grow."""
    cleaned = clean(text)
    assert re.search(texts.TEXT_PATTERN, cleaned) is not None
    assert clean(cleaned) == cleaned
    assert len(cleaned) <= len(text)
    cleaned.encode()
