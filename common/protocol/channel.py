"""The channel's frames: `type u8, length u24, payload`, inside the end-to-end TLS of a session.

What each type carries, both directions alike. Who may send what, and when, is in channel_session.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Annotated, Final, TypeAlias, TypeVar, Union, assert_never, get_args

import msgspec

from common.protocol.identity import Role
from common.protocol.messages import HexId, Mode
from common.protocol.reading import UNDECODABLE, ByteStream, ProtocolViolationError, Reading
from common.protocol.reasons import Why
from common.protocol.texts import TEXT_PATTERN, WORDS_LIMIT, ChatText, ComputerName, TypeText, Word

RFB_LIMIT: Final = 16 * 1024
CLIP_LIMIT: Final = 16 * 1024
CONTROL_LIMIT: Final = 64 * 1024
WINDOW: Final = 1024 * 1024
HEADER_SIZE: Final = 4

T = TypeVar("T")


class FrameType(IntEnum):
    """The first byte of a frame."""

    HELLO = 1
    RFB = 2
    ACK = 3
    CONTROL = 4
    PING = 5
    PONG = 6
    BYE = 7
    CLIP = 8
    CLIP_ACK = 9


LIMITS: Final[dict[FrameType, int]] = {
    FrameType.HELLO: 4096,
    FrameType.RFB: RFB_LIMIT,
    FrameType.ACK: 8,
    FrameType.CONTROL: CONTROL_LIMIT,
    FrameType.PING: 8,
    FrameType.PONG: 8,
    FrameType.BYE: 4096,
    FrameType.CLIP: CLIP_LIMIT,
    FrameType.CLIP_ACK: 8,
}


@dataclass(frozen=True)
class Frame:
    """One frame as it came."""

    type: FrameType
    payload: bytes


def encode(type: FrameType, payload: bytes = b"") -> bytes:  # noqa: A002  # the field's name on the wire
    """The frame's bytes. Raises ValueError for a payload over the type's limit: the caller's mistake."""
    if len(payload) > LIMITS[type]:
        raise ValueError(f"{len(payload)} bytes are too many for {type.name}")
    return bytes([type]) + len(payload).to_bytes(3, "big") + payload


def read_frame(stream: ByteStream) -> Reading[Frame]:
    """The next frame. Raises ProtocolViolationError for an unknown type or a length over the type's limit."""
    head = yield from stream.read_exactly(HEADER_SIZE)
    try:
        frame_type = FrameType(head[0])
    except ValueError:
        raise ProtocolViolationError(f"channel frame of unknown type {head[0]}") from None
    length = int.from_bytes(head[1:], "big")
    if length > LIMITS[frame_type]:
        raise ProtocolViolationError(f"{frame_type.name} frame of {length} bytes")
    return Frame(frame_type, (yield from stream.read_exactly(length)))


Features: TypeAlias = Annotated[tuple[Word, ...], msgspec.Meta(max_length=WORDS_LIMIT)]
CAN_CLIP: Final = "clip"
"""Either side: it has a clipboard, and takes `clip_…` and CLIP."""
CAN_TYPE: Final = "type"
"""The user's side: it presses keys in the desktop itself, and takes `type`."""


class ChannelHello(msgspec.Struct, frozen=True, kw_only=True):
    """HELLO: what this side was told, or decided. Both sides' must be equal, but for `features`: what this side can take."""

    session: HexId
    request: HexId
    mode: Mode
    features: Features = ()


class Bye(msgspec.Struct, frozen=True, kw_only=True):
    """BYE: which side ended the session, and why."""

    by: Role
    why: Why


Coordinate: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=65535)]
StreamNumber: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]
ClipId: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]
UNPRESSED_TEXT: Final = 64
"""Characters in one word of what could not be pressed."""
UNPRESSED_KEYS: Final = 16
UnpressedText: TypeAlias = Annotated[str, msgspec.Meta(max_length=UNPRESSED_TEXT, pattern=TEXT_PATTERN)]
Keysym: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
ClipSize: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


class _Control(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A CONTROL payload."""


class SetMode(_Control, frozen=True, kw_only=True, tag="mode"):
    """From the user's side alone: this holds from now on."""

    mode: Mode


class ModeWanted(_Control, frozen=True, kw_only=True, tag="mode_wanted"):
    """From the helper: may I control? Silence means no."""


class ModeRefused(_Control, frozen=True, kw_only=True, tag="mode_refused"):
    """From the user: no."""


class PauseWhy(StrEnum):
    """Why nothing of the screen is sent."""

    USER = "user"  # the person wishes so
    SCREENS = "screens"  # the screens have changed, and the person is asked what may be seen


class Pause(_Control, frozen=True, kw_only=True, tag="pause"):
    """From the user: nothing of the screen is sent and no input is taken, until `on` is false again.

    Said again where another reason is the one to tell; a helper's agent that knows no reasons shows it as a pause.
    """

    on: bool
    why: Word = str(PauseWhy.USER)  # a PauseWhy, or what a later version knows


class Chat(_Control, frozen=True, kw_only=True, tag="chat"):
    """From either side: a line of text."""

    text: ChatText


class Pointer(_Control, frozen=True, kw_only=True, tag="pointer"):
    """From a helper who only looks, or shows something without touching it: where the pointer is, in framebuffer pixels."""

    x: Coordinate
    y: Coordinate


class Type(_Control, frozen=True, kw_only=True, tag="type"):
    """From a helper in control: type this where the desktop's keyboard is. In control mode alone; else it is dropped."""

    text: TypeText


class Rfb(_Control, frozen=True, kw_only=True, tag="rfb"):
    """From the helper: start RFB stream `n`. From the user's side: stream `n` begins with the next RFB frame."""

    n: StreamNumber


class Screen(_Control, frozen=True, kw_only=True, tag="screen"):
    """From the user's side: the framebuffer as it is now, and the computer's name."""

    width: Coordinate
    height: Coordinate
    name: ComputerName = ""


class ClipOffer(_Control, frozen=True, kw_only=True, tag="clip_offer"):
    """From either side: this is on its clipboard now. The offer before it is void. (What it is cannot be called `kind` here.)"""

    id: ClipId
    content: Word  # a ClipKind, or what a later version knows
    bytes: ClipSize


class ClipWant(_Control, frozen=True, kw_only=True, tag="clip_want"):
    """The answer: send it, in CLIP frames."""

    id: ClipId


class ClipRefused(_Control, frozen=True, kw_only=True, tag="clip_refused"):
    """The other answer: no. From the side that offered it: it is void."""

    id: ClipId
    why: Word  # a ClipWhy, or what a later version knows


class Unpressed(_Control, frozen=True, kw_only=True, tag="unpressed"):
    """From the user's side: what the helper pressed or typed, and this computer has no way to press. The rest was pressed."""

    text: UnpressedText = ""  # the characters, each once
    keys: Annotated[tuple[Keysym, ...], msgspec.Meta(max_length=UNPRESSED_KEYS)] = ()  # what is no character
    more: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] = 0  # how many besides


@dataclass(frozen=True)
class UnfitText:
    """In place of a CONTROL whose text is too long, or has what no text has. Nothing of it is kept, and nothing ends by it."""

    kind: str


Clip: TypeAlias = ClipOffer | ClipWant | ClipRefused
Control: TypeAlias = (
    SetMode | ModeWanted | ModeRefused | Pause | Chat | Pointer | Type | Rfb | Screen | Clip | Unpressed
)


def may_send(role: Role, control: Control) -> bool:
    """Who may say what."""
    match control:
        case SetMode() | ModeRefused() | Pause() | Screen() | Unpressed():
            return role is Role.USER
        case ModeWanted() | Pointer() | Type():
            return role is Role.HELPER
        case Chat() | Rfb() | ClipOffer() | ClipWant() | ClipRefused():
            return True
        case _:
            assert_never(control)


def _with_any_text(control: type[_Control]) -> type[msgspec.Struct]:
    """The same CONTROL, but for what its texts may be."""
    fields = [
        (one.name, str if get_args(one.type)[:1] == (str,) else one.type) for one in msgspec.structs.fields(control)
    ]
    return msgspec.defstruct(control.__name__, fields, tag_field="kind", tag=control.__struct_config__.tag)


class _Kind(msgspec.Struct):
    kind: str


KINDS: Final = frozenset(str(one.__struct_config__.tag) for one in get_args(Control))

_encoder = msgspec.json.Encoder()
_control: msgspec.json.Decoder[Control] = msgspec.json.Decoder(Control)
_any_text: msgspec.json.Decoder[object] = msgspec.json.Decoder(Union[tuple(map(_with_any_text, get_args(Control)))])  # noqa: UP007  (made of what is known at run time only)
_kind = msgspec.json.Decoder(_Kind)
_hello = msgspec.json.Decoder(ChannelHello)
_bye = msgspec.json.Decoder(Bye)


def encode_json(type: FrameType, value: ChannelHello | Bye | Control) -> bytes:  # noqa: A002
    """A whole frame that carries JSON."""
    return encode(type, _encoder.encode(value))


def decode_hello(payload: bytes) -> ChannelHello:
    """A HELLO's value. Raises ProtocolViolationError."""
    return _decode(_hello, payload, "HELLO")


def decode_bye(payload: bytes) -> Bye:
    """A BYE's value. Raises ProtocolViolationError."""
    return _decode(_bye, payload, "BYE")


def decode_control(payload: bytes) -> Control | UnfitText | None:
    """A CONTROL's value, None for a kind of a later version. Raises ProtocolViolationError."""
    kind = _decode(_kind, payload, "CONTROL").kind
    if kind not in KINDS:
        return None
    try:
        return _control.decode(payload)
    except UNDECODABLE:
        _decode(_any_text, payload, "CONTROL")
        return UnfitText(kind)


def _decode(decoder: "msgspec.json.Decoder[T]", payload: bytes, what: str) -> T:
    try:
        return decoder.decode(payload)
    except UNDECODABLE:
        raise ProtocolViolationError(f"{what} whose JSON is not one") from None
