"""The channel's frames, whole and cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol import channel as c
from common.protocol import channel_frames as f
from common.protocol.reading import ProtocolViolationError, TruncatedError
from tests.support.parsing import parse_both


def test_the_frames_layout() -> None:
    """type u8, length u24, payload."""
    assert f.encode(f.FrameType.RFB, b"abc") == b"\x02\x00\x00\x03abc"
    assert f.encode(f.FrameType.PING) == b"\x05\x00\x00\x00"


@pytest.mark.parametrize("frame_type", list(f.FrameType))
def test_every_type_goes_through_at_its_limit(frame_type: f.FrameType) -> None:
    """And what follows stays in the stream."""
    payload = bytes(f.LIMITS[frame_type])
    frame, rest = parse_both(f.read_frame, f.encode(frame_type, payload) + b"\x05")
    assert frame == f.Frame(frame_type, payload)
    assert rest == b"\x05"


@pytest.mark.parametrize("frame_type", list(f.FrameType))
def test_a_byte_over_the_limit_is_refused_at_both_ends(frame_type: f.FrameType) -> None:
    """Before the payload is waited for."""
    size = f.LIMITS[frame_type] + 1
    with pytest.raises(ValueError, match=frame_type.name):
        f.encode(frame_type, bytes(size))
    with pytest.raises(ProtocolViolationError, match=frame_type.name):
        parse_both(f.read_frame, bytes([frame_type]) + size.to_bytes(3, "big"))


def test_an_unknown_type_is_a_violation() -> None:
    """Nobody could say how to skip its meaning."""
    with pytest.raises(ProtocolViolationError, match="unknown type 10"):
        parse_both(f.read_frame, b"\x0a\x00\x00\x00")


def test_a_cut_frame_is_truncated() -> None:
    """Told apart from a violation."""
    with pytest.raises(TruncatedError):
        parse_both(f.read_frame, b"\x02\x00\x00\x03ab")


@given(st.binary(max_size=64))
def test_any_bytes_are_a_frame_or_a_violation(data: bytes) -> None:
    """Nothing else is raised."""
    try:
        frame, _ = parse_both(f.read_frame, data)
        for decode in (c.decode_control, c.decode_hello, c.decode_bye):
            decode(frame.payload)
    except ProtocolViolationError:
        return
