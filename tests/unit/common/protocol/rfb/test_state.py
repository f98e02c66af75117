"""When a pixel format begins to hold, and what was agreed."""

import pytest

from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb.pixels import PixelFormat
from common.protocol.rfb.state import FENCE_REQUEST, FENCE_SYNC_NEXT, MAX_CHANGES, StreamState
from tests.support.rfb import BGR8, RGB16, RGB32

DEEP, MIDDLE, FLAT = (PixelFormat.parse(raw) for raw in (RGB32, RGB16, BGR8))
SYNC = FENCE_REQUEST | FENCE_SYNC_NEXT


@pytest.fixture
def state() -> StreamState:
    state = StreamState()
    state.started(640, 480, DEEP)
    return state


def test_server_init_counts(state: StreamState) -> None:
    """Size and format are the server's at first."""
    assert (state.width, state.height, state.format) == (640, 480, DEEP)


def test_no_format_before_server_init() -> None:
    """A viewer cannot know what it changes."""
    with pytest.raises(ProtocolViolationError):
        StreamState().format_asked(FLAT)


def test_between_updates_it_holds_at_once(state: StreamState) -> None:
    """A viewer that asks for no update has none under way."""
    state.format_asked(FLAT)
    assert state.format is FLAT


def test_the_update_under_way_is_the_last_in_the_old_format(state: StreamState) -> None:
    """A viewer that asks for the next update at the start of this one changes in between."""
    state.update_started()
    state.format_asked(FLAT)
    assert state.format is DEEP
    state.update_ended()
    assert state.format is FLAT
    state.format_asked(MIDDLE)
    assert state.format is MIDDLE


def test_before_server_init() -> None:
    """Nothing is known and nothing agreed."""
    state = StreamState()
    assert (state.width, state.height, state.name, state.listed) == (0, 0, b"", frozenset())
    assert state.format == DEEP
    announced = (state.fence_announced, state.continuous_announced, state.qemu_key_announced)
    assert announced == (False, False, False)


def test_the_last_wish_of_a_moment_counts(state: StreamState) -> None:
    """Two formats in one update: the later one holds, and costs no memory."""
    state.update_started()
    for _ in range(3 * MAX_CHANGES):
        state.format_asked(FLAT)
    state.format_asked(MIDDLE)
    state.update_ended()
    assert state.format is MIDDLE


def test_a_fence_in_step_with_it(state: StreamState) -> None:
    """The answer to the fence parts old from new, not the end of an update and no other fence."""
    state.fence_sent(SYNC, b"mine")
    state.format_asked(FLAT)
    state.update_started()
    state.update_ended()
    state.fence_seen(FENCE_REQUEST, b"mine")
    state.fence_seen(0, b"other")
    assert state.format is DEEP
    state.fence_seen(FENCE_SYNC_NEXT, b"mine")
    assert state.format is FLAT


@pytest.mark.parametrize("flags", [FENCE_REQUEST, FENCE_SYNC_NEXT, 0])
def test_other_fences_are_not_in_step(state: StreamState, flags: int) -> None:
    """Only a request for SyncNext is."""
    state.fence_sent(flags, b"")
    state.format_asked(FLAT)
    assert state.format is FLAT


def test_a_fence_is_in_step_with_the_next_message_only(state: StreamState) -> None:
    """A message in between takes it."""
    state.fence_sent(SYNC, b"")
    assert state.in_step
    state.message_sent()
    assert not state.in_step
    state.format_asked(FLAT)
    assert state.format is FLAT


def test_the_end_of_continuous_updates_parts_old_from_new(state: StreamState) -> None:
    """The one that answers the viewer's last wish, not one before it."""
    state.end_seen()  # the announcement
    state.end_asked(by_viewer=True)
    state.end_asked(by_viewer=True)
    state.format_asked(FLAT)
    state.end_seen()
    assert state.format is DEEP
    state.end_seen()
    assert state.format is FLAT


def test_behind_a_change_that_waits_the_next_waits_too(state: StreamState) -> None:
    """Order is kept: a later wish never holds before an earlier one."""
    state.fence_sent(SYNC, b"a")
    state.format_asked(FLAT)
    state.message_sent()
    state.format_asked(MIDDLE)
    assert state.format is DEEP
    state.fence_seen(0, b"a")
    assert state.format is MIDDLE


def test_a_later_moment_takes_the_earlier_ones_with_it(state: StreamState) -> None:
    """Where the earlier moment never came, its change does not come later."""
    state.fence_sent(SYNC, b"a")
    state.format_asked(FLAT)
    state.fence_sent(SYNC, b"b")
    state.format_asked(MIDDLE)
    state.fence_seen(0, b"b")
    assert state.format is MIDDLE
    state.fence_seen(0, b"a")
    assert state.format is MIDDLE


def test_changes_in_order(state: StreamState) -> None:
    """Each at its own moment."""
    state.fence_sent(SYNC, b"a")
    state.format_asked(FLAT)
    state.fence_sent(SYNC, b"b")
    state.format_asked(MIDDLE)
    state.fence_seen(0, b"a")
    assert state.format is FLAT
    state.fence_seen(0, b"b")
    assert state.format is MIDDLE


def test_endless_changes_end_the_session(state: StreamState) -> None:
    """What waits is bounded."""
    for number in range(MAX_CHANGES):
        state.fence_sent(SYNC, bytes([number]))
        state.format_asked(FLAT)
    state.fence_sent(SYNC, b"one more")
    with pytest.raises(ProtocolViolationError):
        state.format_asked(FLAT)


def test_endless_ends_end_the_session(state: StreamState) -> None:
    """So are the answers that the server owes."""
    state.end_seen()
    for _ in range(MAX_CHANGES):
        state.end_asked(by_viewer=True)
    with pytest.raises(ProtocolViolationError):
        state.end_asked(by_viewer=True)


def test_who_sees_which_end(state: StreamState) -> None:
    """The announcement and the viewer's own are the viewer's; ours is ours; one unasked for is the viewer's."""
    assert not state.continuous_announced
    assert state.end_seen()
    assert state.continuous_announced
    state.end_asked(by_viewer=False)
    state.end_asked(by_viewer=True)
    assert not state.end_seen()
    assert state.end_seen()
    assert state.end_seen()


def test_the_announcement_answers_nothing(state: StreamState) -> None:
    """Even where a wish was noted before it (which the filter never lets happen)."""
    state.end_asked(by_viewer=False)
    assert state.end_seen()
    assert not state.end_seen()


def test_a_fence_of_the_server_announces_fences(state: StreamState) -> None:
    """Any of them."""
    assert not state.fence_announced
    state.fence_seen(FENCE_REQUEST, b"")
    assert state.fence_announced
