"""The channel's frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol import channel as c
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reading import ProtocolViolationError, TruncatedError
from common.protocol.reasons import Why
from common.protocol.texts import CHAT_LIMIT, COMPUTER_NAME_LIMIT, TYPE_LIMIT
from tests.support.parsing import parse_both

HELLO = c.ChannelHello(session="a" * 32, request="b" * 32, mode=Mode.VIEW)
CONTROLS: list[c.Control] = [
    c.SetMode(mode=Mode.CONTROL),
    c.ModeWanted(),
    c.ModeRefused(),
    c.Pause(on=True),
    c.Chat(text="こんにちは"),
    c.Pointer(x=1, y=65535),
    c.Type(text="漢字\tか\n"),
    c.Rfb(n=1),
    c.Screen(width=800, height=600, name="pc"),
    c.Unpressed(text="あ🎉", keys=(0x1008FF14,), more=3),
    c.ClipOffer(id=1, content="text", bytes=1),
    c.ClipWant(id=1),
    c.ClipRefused(id=1, why="kind"),
]


def test_the_frames_layout() -> None:
    """type u8, length u24, payload."""
    assert c.encode(c.FrameType.RFB, b"abc") == b"\x02\x00\x00\x03abc"
    assert c.encode(c.FrameType.PING) == b"\x05\x00\x00\x00"


@pytest.mark.parametrize("frame_type", list(c.FrameType))
def test_every_type_goes_through_at_its_limit(frame_type: c.FrameType) -> None:
    """And what follows stays in the stream."""
    payload = bytes(c.LIMITS[frame_type])
    frame, rest = parse_both(c.read_frame, c.encode(frame_type, payload) + b"\x05")
    assert frame == c.Frame(frame_type, payload)
    assert rest == b"\x05"


@pytest.mark.parametrize("frame_type", list(c.FrameType))
def test_a_byte_over_the_limit_is_refused_at_both_ends(frame_type: c.FrameType) -> None:
    """Before the payload is waited for."""
    size = c.LIMITS[frame_type] + 1
    with pytest.raises(ValueError, match=frame_type.name):
        c.encode(frame_type, bytes(size))
    with pytest.raises(ProtocolViolationError, match=frame_type.name):
        parse_both(c.read_frame, bytes([frame_type]) + size.to_bytes(3, "big"))


def test_an_unknown_type_is_a_violation() -> None:
    """Nobody could say how to skip its meaning."""
    with pytest.raises(ProtocolViolationError, match="unknown type 10"):
        parse_both(c.read_frame, b"\x0a\x00\x00\x00")


def test_a_cut_frame_is_truncated() -> None:
    """Told apart from a violation."""
    with pytest.raises(TruncatedError):
        parse_both(c.read_frame, b"\x02\x00\x00\x03ab")


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: type(control).__name__)
def test_controls_come_out_equal(control: c.Control) -> None:
    """Encoded and decoded; KINDS lists every one."""
    frame, _ = parse_both(c.read_frame, c.encode_json(c.FrameType.CONTROL, control))
    assert c.decode_control(frame.payload) == control


def test_every_kind_is_known() -> None:
    """The list that tells later kinds from broken ones is complete."""
    assert {type(control).__struct_config__.tag for control in CONTROLS} == c.KINDS


def test_a_later_kind_is_ignored() -> None:
    """Whatever its fields are."""
    assert c.decode_control(b'{"kind":"hologram","on":5}') is None


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b'{"kind":5}', b"{}", b'{"kind":"pause"}', b'{"kind":"pointer","x":-1,"y":0}', b'{"kind":"rfb","n":0}',
     b'{"kind":"chat","text":5}', b'{"kind":"chat"}', b'{"kind":"screen","width":70000,"height":1,"name":"a\\u0000"}',
     b'{"kind":"mode","mode":"destroy"}', b"\xff"],
)  # fmt: skip
def test_broken_controls_are_violations(payload: bytes) -> None:
    """A known kind has its fields."""
    with pytest.raises(ProtocolViolationError, match="CONTROL"):
        c.decode_control(payload)


@pytest.mark.parametrize(
    "control",
    [
        c.Chat(text="x" * (CHAT_LIMIT + 1)),
        c.Chat(text="a\0b"),
        c.Chat(text="\x1b[2J"),
        c.Chat(text=""),
        c.Type(text="x" * (TYPE_LIMIT + 1)),
        c.Type(text="\x1b[A"),
        c.Type(text="a\rb"),
        c.Type(text="\x7f"),
        c.Type(text=""),
        c.Screen(width=1, height=1, name="x" * (COMPUTER_NAME_LIMIT + 1)),
        c.Screen(width=1, height=1, name="a\nb"),
        c.Unpressed(text="x" * (c.UNPRESSED_TEXT + 1)),
        c.Unpressed(text="\x1b"),
    ],
)
def test_a_text_that_is_none_is_no_violation(control: c.Chat | c.Type | c.Screen | c.Unpressed) -> None:
    """What is merely too long, or has what no text has, is left out, and the rest of the session goes on."""
    kind = str(type(control).__struct_config__.tag)
    assert c.decode_control(c.encode_json(c.FrameType.CONTROL, control)[4:]) == c.UnfitText(kind)


def test_the_longest_texts_fit_into_a_frame() -> None:
    """Whatever they are written in, and however JSON writes it."""
    for letter in ("\U0001f600", '"', "\\", "\n"):
        for longest in (c.Chat(text=letter * CHAT_LIMIT), c.Type(text=letter * TYPE_LIMIT)):
            assert c.decode_control(c.encode_json(c.FrameType.CONTROL, longest)[4:]) == longest


def test_hello_and_bye() -> None:
    """Encoded and decoded; anything else is a violation."""
    bye = c.Bye(by=Role.USER, why=Why.USER_ENDED)
    assert c.decode_hello(c.encode_json(c.FrameType.HELLO, HELLO)[4:]) == HELLO
    assert c.decode_bye(c.encode_json(c.FrameType.BYE, bye)[4:]) == bye
    for decode in (c.decode_hello, c.decode_bye):
        with pytest.raises(ProtocolViolationError):
            decode(b'{"session":1}')


@given(st.binary(max_size=64))
def test_any_bytes_are_a_frame_or_a_violation(data: bytes) -> None:
    """Nothing else is raised."""
    try:
        frame, _ = parse_both(c.read_frame, data)
        for decode in (c.decode_control, c.decode_hello, c.decode_bye):
            decode(frame.payload)
    except ProtocolViolationError:
        return


def test_brackets_by_the_thousand_are_a_violation() -> None:
    """A control that is nested without end ends the session as any other that is malformed."""
    deep = b'{"kind":"chat","text":"a","x":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    with pytest.raises(ProtocolViolationError):
        c.decode_control(deep)
