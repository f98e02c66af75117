"""The pairing of a session's legs, as transcripts: what happens, and what is to be done then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.reasons import Why
from relay.core.pairing import Effects, EndLegs, Forget, Pairing, Replace, Splice, StopWaiting, Wait
from relay.core.tickets import Side

BOTH = [(Side.USER, Side.HELPER), (Side.HELPER, Side.USER)]


def parked(side: Side) -> Pairing:
    """A pairing where this side waits."""
    pairing = Pairing()
    assert pairing.joined(side) == (Wait(),)
    return pairing


def spliced(first: Side = Side.USER) -> Pairing:
    """A pairing whose both sides are there."""
    pairing = parked(first)
    assert pairing.joined(first.other) == (StopWaiting(), Splice())
    assert pairing.spliced
    return pairing


@pytest.mark.parametrize(("first", "second"), BOTH)
def test_two_legs_are_spliced(first: Side, second: Side) -> None:
    """Whichever comes first."""
    pairing = parked(first)
    assert not pairing.spliced
    assert pairing.joined(second) == (StopWaiting(), Splice())
    assert pairing.spliced


@pytest.mark.parametrize("side", Side)
def test_a_parked_leg_that_is_lost_may_come_again(side: Side) -> None:
    """Nothing is over: there is no leg, and the next one waits anew."""
    pairing = parked(side)
    assert pairing.lost(side) == (StopWaiting(), Forget())
    assert pairing.joined(side) == (Wait(),)
    assert pairing.joined(side.other) == (StopWaiting(), Splice())


@pytest.mark.parametrize("side", Side)
def test_a_newer_leg_replaces_one_that_waits(side: Side) -> None:
    """And has its whole time."""
    pairing = parked(side)
    assert pairing.joined(side) == (Replace(side), Wait())
    assert pairing.joined(side.other) == (StopWaiting(), Splice())


@pytest.mark.parametrize("side", Side)
def test_nobody_came(side: Side) -> None:
    """The wait is up: the session is over."""
    pairing = parked(side)
    assert pairing.waited() == (EndLegs(Why.NEVER_JOINED),)
    assert pairing.lost(side) == ()


@pytest.mark.parametrize(("side", "why"), [(Side.USER, Why.USER_GONE), (Side.HELPER, Why.HELPER_GONE)])
def test_a_spliced_leg_that_is_lost_is_the_end(side: Side, why: Why) -> None:
    """Named by who went; what is heard afterwards changes nothing."""
    pairing = spliced()
    assert pairing.lost(side) == (EndLegs(why),)
    assert pairing.lost(side.other) == ()
    assert pairing.end(Why.OPERATOR_ENDED) == ()


@pytest.mark.parametrize("side", Side)
def test_ended_while_one_waits(side: Side) -> None:
    """By whoever may say so, or because the leg spoke too early."""
    assert parked(side).end(Why.CANCELLED) == (StopWaiting(), EndLegs(Why.CANCELLED))


def test_ended_while_spliced() -> None:
    """With the reason that was given."""
    assert spliced(Side.HELPER).end(Why.SILENT) == (StopWaiting(), EndLegs(Why.SILENT))


def test_ended_while_nobody_is_there() -> None:
    """There is nothing to report."""
    assert Pairing().end(Why.CANCELLED) == (Forget(),)


@given(st.lists(st.sampled_from([*Side, "lost user", "lost helper", "waited", "end"]), max_size=12))
def test_at_most_one_end(events: list[Side | str]) -> None:
    """Whatever happens in whatever order that can happen, there is at most one end, and nothing begins after it."""
    pairing = Pairing()
    here: set[Side] = set()
    told: list[Effects] = []
    over = False
    for event in events:
        match event:
            case Side():
                if over or pairing.spliced:
                    continue  # the tickets are dead
                told.append(pairing.joined(event))
                here.add(event)
            case "lost user" | "lost helper":
                side = Side(event.removeprefix("lost "))
                if side not in here:
                    continue
                told.append(pairing.lost(side))
                here.discard(side)
            case "waited":
                if over or pairing.spliced or not here:
                    continue  # its timer is stopped
                told.append(pairing.waited())
            case _:
                told.append(pairing.end(Why.OPERATOR_ENDED))
                over = over or not here
        over = over or any(isinstance(effect, EndLegs) for effect in told[-1])
    ends = [effect for effects in told for effect in effects if isinstance(effect, EndLegs)]
    assert len(ends) <= 1
