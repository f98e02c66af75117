"""The channel's frames: `type u8, length u24, payload`, inside the end-to-end TLS of a session. What JSON they carry is in channel."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from common.protocol.reading import ByteStream, ProtocolViolationError, Reading

RFB_LIMIT: Final = 16 * 1024
CLIP_LIMIT: Final = 16 * 1024
CONTROL_LIMIT: Final = 64 * 1024
WINDOW: Final = 1024 * 1024
HEADER_SIZE: Final = 4


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
