"""The window over one RFB stream."""

import pytest

from common.protocol.channel_flow import ACK_EVERY, FixedWindow, Incoming, Outgoing
from common.protocol.channel_frames import RFB_LIMIT, WINDOW, FrameType, encode
from common.protocol.reading import ProtocolViolationError


def ack(total: int) -> bytes:
    """An ACK frame."""
    return encode(FrameType.ACK, total.to_bytes(8, "big"))


def test_frames_hold_at_most_16_kib() -> None:
    """More waits for nothing while there is room."""
    out = Outgoing()
    out.waiting += bytes(RFB_LIMIT + 1)
    assert len(out.frames()) == RFB_LIMIT + 1 + 2 * 4
    assert not out.waiting


def test_no_more_than_a_window_is_out() -> None:
    """To the byte; an ACK makes room."""
    out = Outgoing()
    out.waiting += bytes(WINDOW + 10)
    out.frames()
    assert (out.sent, out.room, len(out.waiting)) == (WINDOW, 0, 10)
    assert out.frames() == b""
    out.acknowledge(4)
    assert out.frames()
    assert (out.sent, len(out.waiting)) == (WINDOW + 4, 6)


@pytest.mark.parametrize("total", [3, 11])
def test_an_ack_neither_goes_back_nor_ahead(total: int) -> None:
    """The peer cannot count what was not sent."""
    out = Outgoing()
    out.waiting += bytes(10)
    out.frames()
    out.acknowledge(4)
    with pytest.raises(ProtocolViolationError):
        out.acknowledge(total)


def test_a_sender_over_the_window_is_noticed() -> None:
    """Counted from what we acknowledged."""
    incoming = Incoming()
    incoming.receive(WINDOW)
    assert incoming.consume(ACK_EVERY, 0) == ack(ACK_EVERY)
    incoming.receive(ACK_EVERY)
    with pytest.raises(ProtocolViolationError):
        incoming.receive(1)


def test_acknowledging_goes_in_steps() -> None:
    """A few bytes are not worth a frame; what was not received cannot be consumed."""
    incoming = Incoming()
    incoming.receive(ACK_EVERY)
    assert incoming.consume(ACK_EVERY - 1, 7) is None
    assert incoming.since == 7
    assert incoming.consume(100, 8) == ack(ACK_EVERY)
    assert incoming.since is None
    assert incoming.consume(1, 9) is None
    assert incoming.since is None


def test_a_rate_counts_in_windows() -> None:
    """The window begins with the first that is counted."""
    rate = FixedWindow(2, 10.0)
    assert [rate.allow(now) for now in (5.0, 6.0, 14.9)] == [True, True, False]
    assert rate.allow(15.0)


def test_a_rate_counts_what_one_weighs() -> None:
    """One that is too heavy for what is left of the window takes nothing of it."""
    rate = FixedWindow(10, 10.0)
    assert [rate.allow(0.0, weight) for weight in (6, 5, 4, 1)] == [True, False, True, False]
    assert rate.allow(10.0, 10)
