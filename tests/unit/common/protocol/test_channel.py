"""What the channel's frames carry in JSON."""

import pytest

from common.protocol import channel as c
from common.protocol import channel_frames as f
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reading import ProtocolViolationError
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
    c.ChatArrived(n=7),
    c.Draw(points=((0, 65535), (1, 2)), begins=True),
    c.Screens(screens=(c.OneScreen(key="1x2+0+0", number=2, width=1, height=2, name="HDMI"),), whole=True),
    c.ScreenWanted(key="1x2+0+0"),
    c.Pointer(x=1, y=65535),
    c.Type(text="漢字\tか\n"),
    c.Rfb(n=1),
    c.Screen(width=800, height=600, name="pc"),
    c.Unpressed(text="あ🎉", keys=(0x1008FF14,), more=3),
    c.ClipOffer(id=1, content="text", bytes=1),
    c.ClipWant(id=1),
    c.ClipRefused(id=1, why="kind"),
]


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: type(control).__name__)
def test_controls_come_out_equal(control: c.Control) -> None:
    """Encoded and decoded; KINDS lists every one."""
    frame, _ = parse_both(f.read_frame, c.encode_json(f.FrameType.CONTROL, control))
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
    assert c.decode_control(c.encode_json(f.FrameType.CONTROL, control)[4:]) == c.UnfitText(kind)


def test_the_longest_texts_fit_into_a_frame() -> None:
    """Whatever they are written in, and however JSON writes it."""
    for letter in ("\U0001f600", '"', "\\", "\n"):
        for longest in (c.Chat(text=letter * CHAT_LIMIT), c.Type(text=letter * TYPE_LIMIT)):
            assert c.decode_control(c.encode_json(f.FrameType.CONTROL, longest)[4:]) == longest


def test_hello_and_bye() -> None:
    """Encoded and decoded; anything else is a violation."""
    bye = c.Bye(by=Role.USER, why=Why.USER_ENDED)
    assert c.decode_hello(c.encode_json(f.FrameType.HELLO, HELLO)[4:]) == HELLO
    assert c.decode_bye(c.encode_json(f.FrameType.BYE, bye)[4:]) == bye
    for decode in (c.decode_hello, c.decode_bye):
        with pytest.raises(ProtocolViolationError):
            decode(b'{"session":1}')


def test_brackets_by_the_thousand_are_a_violation() -> None:
    """A control that is nested without end ends the session as any other that is malformed."""
    deep = b'{"kind":"chat","text":"a","x":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    with pytest.raises(ProtocolViolationError):
        c.decode_control(deep)
