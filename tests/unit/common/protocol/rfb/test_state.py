"""When a pixel format begins to hold, and what was agreed."""

import pytest

from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb.pixels import PixelFormat
from common.protocol.rfb.state import (
    FENCE_REQUEST,
    FENCE_SYNC_NEXT,
    MAX_CHANGES,
    TIGHT_STREAMS,
    Owed,
    StreamState,
)
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
    assert (state.fence_known, state.continuous_known, state.initialised) == (False, False, False)
    assert (state.waits, state.shown, state.tied, state.tight_resets) == (False, False, False, 0)


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
    """Only a request for SyncNext is, and any other takes the place of the message that it was in step with."""
    state.fence_sent(SYNC, b"mine")
    state.fence_sent(flags, b"")
    assert not state.in_step
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
    state.end_asked()
    state.end_asked()
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
    for _ in range(MAX_CHANGES):
        state.end_asked()
        state.format_asked(FLAT)
    state.fence_sent(SYNC, b"one more")
    with pytest.raises(ProtocolViolationError):
        state.format_asked(FLAT)


def test_endless_ends_end_the_session(state: StreamState) -> None:
    """So are the answers that the server owes."""
    state.end_seen()
    for _ in range(MAX_CHANGES):
        state.end_asked()
    with pytest.raises(ProtocolViolationError):
        state.end_asked()


def test_who_sees_which_end(state: StreamState) -> None:
    """The announcement, the answers, and one unasked for: all of them are the viewer's."""
    assert not state.continuous_announced
    assert state.end_seen()
    assert state.continuous_announced
    state.end_asked()
    assert state.end_seen()
    assert state.end_seen()


def test_the_announcement_answers_nothing(state: StreamState) -> None:
    """Even where a wish was noted before it (which the filter never lets happen)."""
    state.end_asked()
    state.format_asked(FLAT)
    state.end_seen()
    assert state.format is DEEP
    state.end_seen()
    assert state.format is FLAT


def test_a_fence_of_the_server_announces_fences(state: StreamState) -> None:
    """Any of them."""
    assert state.initialised
    assert not state.fence_announced
    state.fence_seen(FENCE_REQUEST, b"")
    assert state.fence_announced
    assert state.fence_known


# what the viewer waits for, and another connection


def test_who_waits(state: StreamState) -> None:
    """An update answers what was asked for before its head, and nothing that was asked for since."""
    assert not state.waits
    state.waits = True
    state.update_started()
    assert not state.waits
    state.waits = True
    state.update_shown()
    state.update_ended()
    assert state.waits


def test_an_update_of_which_nothing_was_seen_answers_nothing(state: StreamState) -> None:
    """Cut before anything of it had gone on, it leaves its viewer waiting; cut later, it does not."""
    state.waits = True
    state.update_started()
    state.cut()
    assert state.waits
    state.update_started()
    state.update_shown()
    state.cut()
    assert not state.waits
    state.cut()
    assert not state.waits


def test_another_connection_begins_from_nothing(state: StreamState) -> None:
    """What the server can do must be announced anew; what the viewer has heard it knows."""
    state.end_seen()
    state.fence_seen(FENCE_REQUEST, b"")
    state.qemu_key_announced = True
    state.update_started()
    state.update_shown()
    assert state.shown
    state.cut()
    announced = (state.fence_announced, state.continuous_announced, state.qemu_key_announced, state.shown)
    assert announced == (False, False, False, False)
    assert (state.fence_known, state.continuous_known) == (True, True)
    assert state.tight_resets == TIGHT_STREAMS
    state.format_asked(FLAT)  # no update is under way
    assert state.format is FLAT


def test_an_announcement_is_heard_once(state: StreamState) -> None:
    """The viewer would take another one for an answer."""
    assert state.end_seen()
    state.cut()
    assert not state.end_seen()
    assert state.continuous_announced
    assert state.end_seen()


def test_an_announcement_on_another_connection_alone(state: StreamState) -> None:
    """The viewer hears of it when it comes first."""
    state.cut()
    assert state.end_seen()


def test_what_is_owed(state: StreamState) -> None:
    """Ends and fences that were not answered, in order; once. A fence that was answered is not owed."""
    state.end_seen()
    state.end_asked()
    state.end_asked()
    state.end_seen()
    for payload in (b"a", b"b", b"a", b"c"):
        state.fence_sent(SYNC, payload)
    state.message_sent()
    state.fence_seen(0, b"a")
    state.fence_seen(0, b"other")
    assert state.owed() == Owed(ends=1, fences=((SYNC, b"b"), (SYNC, b"a"), (SYNC, b"c")))
    assert state.owed() == Owed(ends=0, fences=())


@pytest.mark.parametrize("moment", ["update", "end", "fence"])
def test_with_what_is_owed_the_last_format_holds(state: StreamState, moment: str) -> None:
    """The viewer has had every moment that it waited for; a later one of that kind changes nothing back."""
    state.end_seen()
    if moment == "update":
        state.update_started()
    elif moment == "end":
        state.end_asked()
    else:
        state.fence_sent(SYNC, b"x")
    state.format_asked(MIDDLE)
    state.fence_sent(SYNC, b"y")
    state.format_asked(FLAT)
    state.message_sent()
    state.cut()
    state.owed()
    assert state.format is FLAT
    state.format_asked(MIDDLE)  # nothing is waited for any more
    assert state.format is MIDDLE
    state.format_asked(FLAT)
    state.end_asked()
    state.format_asked(DEEP)
    state.fence_seen(0, b"y")
    assert state.format is FLAT
    state.end_seen()  # the announcement
    state.end_seen()
    assert state.format is DEEP


def test_a_fence_is_not_owed_before_the_message_that_belongs_to_it(state: StreamState) -> None:
    """Its answer would part old from new too early."""
    state.fence_sent(FENCE_REQUEST, b"x")
    state.fence_sent(SYNC, b"x")
    assert state.owed().fences == ((FENCE_REQUEST, b"x"),)
    assert state.owed().fences == ()
    assert state.in_step == (SYNC, b"x")
    state.format_asked(FLAT)
    state.message_sent()
    assert state.format is DEEP
    assert state.owed().fences == ((SYNC, b"x"),)
    assert state.format is FLAT


def test_a_server_that_answers_a_fence_too_early(state: StreamState) -> None:
    """Nothing is owed; the one before it is none of that."""
    state.fence_sent(SYNC, b"x")
    state.fence_seen(FENCE_SYNC_NEXT, b"x")
    assert state.owed().fences == ()
    state.fence_sent(FENCE_REQUEST, b"y")
    state.fence_sent(SYNC, b"x")
    state.fence_seen(FENCE_SYNC_NEXT, b"x")
    assert state.owed().fences == ((FENCE_REQUEST, b"y"),)


def test_an_end_that_nobody_asked_for_answers_nothing(state: StreamState) -> None:
    """The next wish is answered by the end that comes behind it."""
    state.end_seen()  # the announcement
    state.end_seen()
    state.end_asked()
    state.format_asked(FLAT)
    assert state.format is DEEP
    state.end_seen()
    assert state.format is FLAT
    assert state.owed().ends == 0


def test_a_fence_that_asks_for_nothing_is_not_owed(state: StreamState) -> None:
    """The viewer's answers are none of it."""
    state.fence_sent(FENCE_SYNC_NEXT, b"x")
    assert state.owed().fences == ()


def test_endless_fences_end_the_session(state: StreamState) -> None:
    """What the server owes is bounded."""
    for _ in range(MAX_CHANGES):
        state.fence_sent(FENCE_REQUEST, b"")
    with pytest.raises(ProtocolViolationError):
        state.fence_sent(FENCE_REQUEST, b"")


def test_answers_to_a_server_that_is_no_more(state: StreamState) -> None:
    """As many as it had asked for are nobody's; the present one's come behind them."""
    for _ in range(3):
        state.fence_seen(FENCE_REQUEST, b"")
    state.fence_seen(0, b"")  # its own answer is no request
    assert state.fence_answered()
    state.cut()
    state.fence_seen(FENCE_REQUEST, b"")
    assert [state.fence_answered() for _ in range(4)] == [False, False, True, True]
    state.cut()
    assert state.fence_answered()
