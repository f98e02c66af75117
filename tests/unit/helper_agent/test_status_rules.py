"""A helper's status: what is said by hand holds; the rest follows input and sessions."""

from hypothesis import given
from hypothesis import strategies as st

from common.agent.settings import HelperSection
from common.protocol.messages import Status
from helper_agent.status_rules import Rules, StatusRules

TEN = Rules(away_after=600.0, busy_in=2, back=True)
AVAILABLE, BUSY, AWAY = Status.AVAILABLE, Status.BUSY, Status.AWAY


def test_minutes_of_the_settings_are_seconds() -> None:
    """The file counts in minutes."""
    assert Rules.of(HelperSection(away_after=3, busy_in=4, back=False)) == Rules(
        away_after=180.0, busy_in=4, back=False
    )


def test_away_without_input_and_back_with_it() -> None:
    """At the minute, not before; and back at the first touch."""
    rules = StatusRules(TEN, now=0.0)
    assert rules.tick(now=599.9) is AVAILABLE
    assert rules.tick(now=600.0) is AWAY
    assert rules.touched(at=700.0, now=700.0) is AVAILABLE
    assert rules.tick(now=1299.9) is AVAILABLE
    assert rules.tick(now=1300.0) is AWAY


def test_input_that_is_older_than_what_is_known_changes_nothing() -> None:
    """A late word of the desktop does not turn time back."""
    rules = StatusRules(TEN, now=100.0)
    rules.touched(at=20.0, now=100.0)
    assert rules.tick(now=699.9) is AVAILABLE
    assert rules.tick(now=700.0) is AWAY


def test_busy_with_sessions_and_available_after_them() -> None:
    """From the second on, until there are fewer."""
    rules = StatusRules(TEN, now=0.0)
    assert rules.sessions(1, now=1.0) is AVAILABLE
    assert rules.sessions(2, now=2.0) is BUSY
    assert rules.sessions(1, now=3.0) is AVAILABLE


def test_what_is_chosen_by_hand_holds() -> None:
    """Nothing takes a person's *away* or *busy* back."""
    for status in (AWAY, BUSY):
        rules = StatusRules(TEN, now=0.0)
        assert rules.choose(status, now=1.0) is status
        assert rules.touched(at=2.0, now=2.0) is status
        assert rules.sessions(2, now=3.0) is status
        assert rules.sessions(0, now=4.0) is status
        assert rules.tick(now=5000.0) is status
        assert rules.choose(AVAILABLE, now=5001.0) is AVAILABLE


def test_available_by_hand_holds_until_there_is_one_more_session() -> None:
    """Who says so with two sessions takes no third unasked."""
    rules = StatusRules(TEN, now=0.0)
    rules.sessions(2, now=1.0)
    assert rules.choose(AVAILABLE, now=2.0) is AVAILABLE
    assert rules.tick(now=3.0) is AVAILABLE
    assert rules.sessions(3, now=4.0) is BUSY
    assert rules.sessions(1, now=5.0) is AVAILABLE
    assert rules.sessions(2, now=6.0) is BUSY


def test_without_back_only_a_person_makes_available_again() -> None:
    """It may still become worse by itself."""
    rules = StatusRules(Rules(away_after=600.0, busy_in=1, back=False), now=0.0)
    rules.sessions(1, now=1.0)
    assert rules.sessions(0, now=2.0) is BUSY
    assert rules.tick(now=700.0) is AWAY
    assert rules.touched(at=701.0, now=701.0) is AWAY
    assert rules.choose(AVAILABLE, now=702.0) is AVAILABLE


def test_zero_switches_a_rule_off() -> None:
    """Neither time nor sessions change anything."""
    rules = StatusRules(Rules(), now=0.0)
    assert rules.sessions(50, now=1.0) is AVAILABLE
    assert rules.tick(now=1e9) is AVAILABLE


def test_other_rules_hold_at_once() -> None:
    """A status that the old rules set does not outlive them."""
    rules = StatusRules(TEN, now=0.0)
    rules.sessions(2, now=1.0)
    assert rules.follow(Rules(busy_in=3, back=False), now=2.0) is AVAILABLE
    assert rules.follow(TEN, now=3.0) is BUSY


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("touched"), st.integers(0, 900)),
            st.tuples(st.just("sessions"), st.integers(0, 5)),
            st.tuples(st.just("tick"), st.integers(0, 900)),
        )
    )
)
def test_never_away_right_after_input_and_never_available_with_too_many(steps: list[tuple[str, int]]) -> None:
    """Whatever the order: with *back*, the status is that of the moment."""
    rules, now, touched, count = StatusRules(TEN, now=0.0), 0.0, 0.0, 0
    for what, number in steps:
        if what == "sessions":
            count = number
            rules.sessions(count, now=now)
            continue
        now += number
        if what == "touched":
            touched = now
            rules.touched(at=now, now=now)
        else:
            rules.tick(now=now)
        expected = AWAY if now - touched >= 600 else BUSY if count >= 2 else AVAILABLE
        assert rules.status is expected
