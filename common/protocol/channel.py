"""The channel's frames: `type u8, length u24, payload`, inside the end-to-end TLS of a session.

What each type carries, both directions alike. Who may send what, and when, is in channel_session.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec

from common.protocol.identity import Role
from common.protocol.messages import HexId, Mode
from common.protocol.reading import UNDECODABLE, ByteStream, ProtocolViolationError, Reading
from common.protocol.reasons import Why

ALPN: Final = b"tasuki-session/1"
RFB_LIMIT: Final = 16 * 1024
CONTROL_LIMIT: Final = 64 * 1024
WINDOW: Final = 1024 * 1024
CHAT_LIMIT: Final = 4000  # characters
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


LIMITS: Final[dict[FrameType, int]] = {
    FrameType.HELLO: 4096,
    FrameType.RFB: RFB_LIMIT,
    FrameType.ACK: 8,
    FrameType.CONTROL: CONTROL_LIMIT,
    FrameType.PING: 8,
    FrameType.PONG: 8,
    FrameType.BYE: 4096,
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


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """HELLO: what this side was told, or decided. Both sides' must be equal."""

    session: HexId
    request: HexId
    mode: Mode


class Bye(msgspec.Struct, frozen=True, kw_only=True):
    """BYE: which side ended the session, and why."""

    by: Role
    why: Why


Coordinate: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=65535)]
StreamNumber: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]


class _Control(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A CONTROL payload."""


class SetMode(_Control, frozen=True, kw_only=True, tag="mode"):
    """From the user's side alone: this holds from now on."""

    mode: Mode


class ModeWanted(_Control, frozen=True, kw_only=True, tag="mode_wanted"):
    """From the helper: may I control? Silence means no."""


class ModeRefused(_Control, frozen=True, kw_only=True, tag="mode_refused"):
    """From the user: no."""


class Pause(_Control, frozen=True, kw_only=True, tag="pause"):
    """From the user: nothing of the screen is sent and no input is taken, until `on` is false again."""

    on: bool


class Chat(_Control, frozen=True, kw_only=True, tag="chat"):
    """From either side: a line of text."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=CHAT_LIMIT)]


class Pointer(_Control, frozen=True, kw_only=True, tag="pointer"):
    """From a helper who only looks, or shows something without touching it: where the pointer is, in framebuffer pixels."""

    x: Coordinate
    y: Coordinate


class Rfb(_Control, frozen=True, kw_only=True, tag="rfb"):
    """From the helper: start RFB stream `n`. From the user's side: stream `n` begins with the next RFB frame."""

    n: StreamNumber


class Screen(_Control, frozen=True, kw_only=True, tag="screen"):
    """From the user's side: the framebuffer as it is now, and the computer's name."""

    width: Coordinate
    height: Coordinate
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""


Control: TypeAlias = SetMode | ModeWanted | ModeRefused | Pause | Chat | Pointer | Rfb | Screen


class _Kind(msgspec.Struct):
    kind: str


KINDS: Final = frozenset({"mode", "mode_wanted", "mode_refused", "pause", "chat", "pointer", "rfb", "screen"})

_encoder = msgspec.json.Encoder()
_control: msgspec.json.Decoder[Control] = msgspec.json.Decoder(Control)
_kind = msgspec.json.Decoder(_Kind)
_hello = msgspec.json.Decoder(Hello)
_bye = msgspec.json.Decoder(Bye)


def encode_json(type: FrameType, value: Hello | Bye | Control) -> bytes:  # noqa: A002
    """A whole frame that carries JSON."""
    return encode(type, _encoder.encode(value))


def decode_hello(payload: bytes) -> Hello:
    """A HELLO's value. Raises ProtocolViolationError."""
    return _decode(_hello, payload, "HELLO")


def decode_bye(payload: bytes) -> Bye:
    """A BYE's value. Raises ProtocolViolationError."""
    return _decode(_bye, payload, "BYE")


def decode_control(payload: bytes) -> Control | None:
    """A CONTROL's value, None for a kind of a later version. Raises ProtocolViolationError."""
    if _decode(_kind, payload, "CONTROL").kind not in KINDS:
        return None
    return _decode(_control, payload, "CONTROL")


def _decode(decoder: "msgspec.json.Decoder[T]", payload: bytes, what: str) -> T:
    try:
        return decoder.decode(payload)
    except UNDECODABLE:
        raise ProtocolViolationError(f"{what} whose JSON is not one") from None
