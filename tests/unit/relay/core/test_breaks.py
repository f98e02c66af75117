"""A session's legs, lost and found: transcripts of interruptions."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.protocol.messages import Code, Mode, ToAnyone
from common.protocol.reasons import Why
from relay.core import request_ends, requests
from relay.core.life import RELAY, Close, DropLegs, Grant, Legs, Life, Refuse, Transition
from relay.core.records import RequestState, SessionRecord
from relay.core.request_inputs import Input, LegsOver
from relay.core.tickets import Side
from tests.support.clock import START
from tests.support.lives import (
    ID,
    LIVES,
    SESSION,
    TICKETS,
    TIMES,
    active,
    after,
    broken,
    cut,
    ended_legs,
    events,
    granted,
    interrupted,
    later,
    lost,
    spliced,
)
from tests.support.people import ANNA, HANA, participant, uri


def wants(side: Side) -> Input:
    """A side asks for a new ticket."""
    return lambda machine: machine.ticket_wanted(side, TICKETS, later(2))


def session_of(life: Life) -> SessionRecord:
    """The session there is."""
    assert life.session is not None
    return life.session


def test_lost_legs_do_not_end_it() -> None:
    """For a second somebody may say that it is over; then it is interrupted, and the store knows."""
    assert request_ends.tick(lost(), later(0.9), TIMES) is None
    transition = request_ends.tick(lost(), later(1), TIMES)
    assert transition is not None
    assert transition.life.request == active().request
    session = transition.session
    assert session is not None
    assert (session.interrupted_at, session.interruptions, session.up, session.down) == (later(1), 1, 7, 9)
    assert transition.effects == ()
    [entry] = transition.entries
    assert (entry.event, entry.actor, entry.facts["why"]) == ("request.interrupted", RELAY, Why.HELPER_GONE)


@pytest.mark.parametrize("why", [Why.PROTOCOL, Why.FAILED])
def test_a_broken_rule_ends_it(why: Why) -> None:
    """There is nothing to come back to; nor where an agent is of a kind that cannot."""
    for life in (after(active(), ended_legs(why=why)), after(active(resumable=False), ended_legs(why=why))):
        transition = request_ends.tick(life, later(1), TIMES)
        assert transition is not None
        assert (transition.life.request.state, transition.life.request.why) == (RequestState.OVER, why)


def test_agents_that_cannot_come_back() -> None:
    """Are treated as ever: lost legs end the session, and no ticket is to be had after splicing."""
    transition = request_ends.tick(after(active(resumable=False), ended_legs()), later(1), TIMES)
    assert transition is not None
    assert transition.life.request.why is Why.HELPER_GONE
    for life in (active(resumable=False), spliced(resumable=False)):
        assert requests.step(life, wants(Side.USER)) == Transition(life=life, effects=(Refuse(Code.NOT_NOW),))


@pytest.mark.parametrize("side", Side)
def test_whoever_asks_first_ends_the_old_pair(side: Side) -> None:
    """At once, also where its legs seem alive; both get tickets, of a next pair, for the same session."""
    transition = requests.step(active(), wants(side))
    session = session_of(transition.life)
    assert (session.identifier, session.interrupted_at, session.interruptions) == (SESSION, later(2), 1)
    assert transition.effects == (DropLegs(SESSION), Grant(side), Grant(side.other))
    assert transition.life.legs == Legs(pair=1, back=frozenset({side}))
    [entry] = transition.entries
    assert (entry.event, entry.actor) == ("request.interrupted", uri(ANNA if side is Side.USER else HANA))


def test_lost_legs_need_no_drop() -> None:
    """What the relay saw end is gone."""
    transition = requests.step(lost(), wants(Side.HELPER))
    assert transition.effects == (Grant(Side.HELPER), Grant(Side.USER))
    assert transition.life.legs.pair == 1
    assert transition.life.cut is None
    assert transition.entries[0].facts["why"] is Why.HELPER_GONE


def test_the_other_side_asks_too() -> None:
    """It gets a ticket of the same pair: the one that it was sent may have crossed."""
    life = after(active(), wants(Side.USER))
    transition = requests.step(life, wants(Side.HELPER))
    assert transition.effects == (Grant(Side.HELPER),)
    assert transition.life.legs == Legs(pair=1, back=frozenset(Side))
    assert (session_of(transition.life).retickets_user, session_of(transition.life).retickets_helper) == (1, 1)


def joined_again() -> Life:
    """Both are back on a next pair."""
    return after(active(), wants(Side.USER), lambda machine: machine.spliced(1, later(3)))


def test_taken_up_again() -> None:
    """Once the user's agent says that both are connected: one audit row, the store knows, and the next break is the second."""
    early = requests.step(after(active(), wants(Side.USER)), lambda machine: machine.activated(later(3)))
    assert early.effects == (Refuse(Code.NOT_NOW),)
    transition = requests.step(joined_again(), lambda machine: machine.activated(later(4)))
    session = transition.session
    assert session is not None
    assert (session.interrupted_at, session.active_at, session.spliced_at) == (None, START, START)
    assert events(transition) == ["request.resumed"]
    assert transition.entries[0].facts == {
        "session": SESSION,
        "helper": uri(HANA),
        "interruption": 1,
        "seconds": 2,
    }
    assert request_ends.deadline(transition.life, TIMES) is None
    second = requests.step(transition.life, wants(Side.HELPER))
    assert session_of(second.life).interruptions == 2
    assert (session_of(second.life).retickets_user, session_of(second.life).retickets_helper) == (0, 1)
    assert second.effects == (DropLegs(SESSION), Grant(Side.HELPER), Grant(Side.USER))
    assert second.life.legs.pair == 2


def test_a_next_pair_that_is_lost_as_well() -> None:
    """It stays the same interruption, with its own end; the next ticket is of yet another pair. Old pairs only add bytes."""
    life = after(joined_again(), ended_legs(0, Why.REPLACED))
    assert life.legs.joined
    assert (session_of(life).up, session_of(life).down) == (7, 9)
    life = after(life, ended_legs(1))
    assert not life.legs.joined
    assert (session_of(life).up, session_of(life).down) == (14, 18)
    assert after(life, ended_legs(1)) == life  # said twice
    transition = requests.step(life, wants(Side.HELPER))
    assert transition.effects == (Grant(Side.HELPER), Grant(Side.USER))
    assert (transition.life.legs.pair, session_of(transition.life).interruptions) == (2, 1)
    useless = requests.step(joined_again(), wants(Side.USER))
    assert useless.effects == (DropLegs(SESSION), Grant(Side.USER), Grant(Side.HELPER))


def test_bytes_of_an_interrupted_session_are_kept() -> None:
    """They are written as they come: the relay may be stopping. Said twice they are counted once."""
    life = requests.step(active(), lambda machine: machine.interrupted(Why.RELAY_STOPPED, START)).life
    transition = requests.step(life, ended_legs(why=Why.REPLACED))
    assert transition.session is not None
    assert (transition.session.up, transition.session.down) == (7, 9)
    assert transition.session.interrupted_at == START
    assert requests.step(transition.life, ended_legs()) == Transition(life=transition.life)


def test_ten_tickets_for_each_interruption() -> None:
    """Of each side; the eleventh is refused, and the other side still has its own."""
    life = after(active(), *[wants(Side.USER)] * 10)
    assert requests.step(life, wants(Side.USER)) == Transition(life=life, effects=(Refuse(Code.TOO_MANY),))
    assert requests.step(life, wants(Side.HELPER)).effects == (Grant(Side.HELPER),)


@pytest.mark.parametrize(
    ("back", "why"),
    [
        ((), Why.NOT_BACK),
        ((Side.USER,), Why.HELPER_NOT_BACK),
        ((Side.HELPER,), Why.USER_NOT_BACK),
        ((Side.USER, Side.HELPER), Why.NOT_BACK),
    ],
)
def test_three_minutes_later_it_is_over(back: tuple[Side, ...], why: Why) -> None:
    """For the reason that is true: which side did not come back."""
    life = after(interrupted(), *map(wants, back))
    assert request_ends.tick(life, later(179), TIMES) is None
    transition = request_ends.tick(life, later(180), TIMES)
    assert transition is not None
    assert transition.life.request.why is why
    assert transition.session is not None
    assert (transition.session.why, transition.session.interrupted_at) == (why, None)
    assert transition.effects[0] == Close(transition.session, why)


@pytest.mark.parametrize("name", ["lost", "interrupted"])
@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (lambda machine: machine.cancelled(START), Why.USER_ENDED),
        (lambda machine: machine.session_ended(uri(HANA), Why.HELPER_ENDED, START), Why.HELPER_ENDED),
        (lambda machine: machine.ended(RELAY, Why.DISABLED, START), Why.DISABLED),
        (lambda machine: machine.ended("operator:root", Why.OPERATOR_ENDED, START), Why.OPERATOR_ENDED),
    ],
)
def test_interrupted_counts_as_live(name: str, ends: Input, why: Why) -> None:
    """The user can stop, the helper can leave, and whatever ends a session ends it."""
    transition = requests.step(LIVES[name](), ends)
    assert transition.life.request.why is why
    assert events(transition) == ["request.over"]


def test_it_can_be_handed_on() -> None:
    """Its next session begins as any, with pairs and interruptions of its own."""
    transition = requests.step(
        joined_again(), lambda machine: machine.transferred(participant(HANA), ToAnyone(), "", later(5))
    )
    assert (transition.life.request.state, transition.life.request.mode) == (RequestState.WAITING, Mode.VIEW)
    assert transition.life.legs == Legs()
    assert transition.session is not None
    assert transition.session.why is Why.TRANSFERRED


@pytest.mark.parametrize("name", ["broken", "active", "lost", "interrupted"])
def test_an_agent_that_gives_up(name: str) -> None:
    """It is over in a second, for what the relay saw itself, else for what the agent said; it cannot be taken up then."""
    life = after(LIVES[name](), lambda machine: machine.parted(uri(ANNA), Why.ENDED, START))
    refused = requests.step(life, wants(Side.USER))
    assert refused == Transition(life=life, effects=(Refuse(Code.NOT_NOW),))
    transition = request_ends.tick(life, later(1), TIMES)
    assert transition is not None
    known = name in {"broken", "lost"}
    assert transition.life.request.why is (Why.HELPER_GONE if known else Why.ENDED)
    assert transition.entries[0].actor == (RELAY if known else uri(ANNA))


def test_the_legs_end_after_an_agent_has_given_up() -> None:
    """The relay's own sight stands, and it is over all the same."""
    life = after(cut(), ended_legs())
    transition = request_ends.tick(life, later(1), TIMES)
    assert transition is not None
    assert (transition.life.request.why, transition.entries[0].actor) == (Why.HELPER_GONE, RELAY)
    assert after(life, ended_legs(why=Why.SILENT)) == life


@pytest.mark.parametrize("side", Side)
def test_lost_before_it_was_active(side: Side) -> None:
    """Whoever asks within the moment gets a next pair, three times; nothing was interrupted, for nothing had begun."""
    for life, drop in ((broken(), ()), (spliced(), (DropLegs(SESSION),))):
        transition = requests.step(life, wants(side))
        assert transition.effects == (*drop, Grant(side), Grant(side.other))
        assert transition.life.request.state is RequestState.GRANTED
        assert (transition.life.legs, transition.life.cut) == (Legs(pair=1), None)
        assert session_of(transition.life).interrupted_at is None
        spent = after(life, *[wants(side)] * 3)
        assert requests.step(spent, wants(side)).effects == (Refuse(Code.TOO_MANY),)
    ticked = request_ends.tick(broken(), later(1), TIMES)
    assert ticked is not None
    assert ticked.life.request.why is Why.HELPER_GONE


def test_the_news_that_it_is_active_comes_after_its_legs_are_lost() -> None:
    """The two had met: it is interrupted then, not over."""
    transition = requests.step(broken(), lambda machine: machine.activated(later(0.5)))
    assert events(transition) == ["request.active"]
    assert transition.life.cut == broken().cut
    ticked = request_ends.tick(transition.life, later(1), TIMES)
    assert ticked is not None
    assert events(ticked) == ["request.interrupted"]


def test_the_relay_stops_or_comes_back() -> None:
    """A session that runs is interrupted by it, and what it has of legs ends; one that is interrupted already stays so."""
    transition = requests.step(active(), lambda machine: machine.interrupted(Why.RELAY_STOPPED, START))
    assert transition.effects == (DropLegs(SESSION),)
    again = requests.step(transition.life, lambda machine: machine.interrupted(Why.RELAY_RESTARTED, later(9)))
    assert again == Transition(life=transition.life)


@pytest.mark.parametrize("name", [name for name in LIVES if name not in {"active", "lost"}])
def test_nothing_else_is_interrupted(name: str) -> None:
    """What has not begun, or is over."""
    life = LIVES[name]()
    interrupting = requests.step(life, lambda machine: machine.interrupted(Why.RELAY_STOPPED, START))
    assert interrupting == Transition(life=life)


@pytest.mark.parametrize("name", ["broken", "lost", "interrupted"])
def test_late_between_two_pairs(name: str) -> None:
    """What belongs to the queue, or to another pair, changes nothing."""
    life = LIVES[name]()
    for one in (
        lambda machine: machine.user_left(START),
        lambda machine: machine.asked_again(),
        lambda machine: machine.reworded("x", START),
        lambda machine: machine.left_as_call_back(later(9), START),
        lambda machine: machine.spliced(5, START),
        lambda machine: machine.suits_again(frozenset()),
    ):
        assert requests.step(life, one) == Transition(life=life)
    if name != "broken":
        putting = requests.step(life, lambda machine: machine.put_back(RELAY, Why.CUT, START))
        assert putting == Transition(life=life)


@pytest.mark.parametrize("name", ["broken", "lost"])
def test_too_late_to_hand_on(name: str) -> None:
    """In the moment in which it may be over."""
    life = LIVES[name]()
    transition = requests.step(life, lambda machine: machine.transferred(participant(HANA), ToAnyone(), "", START))
    assert transition == Transition(life=life, effects=(Refuse(Code.TOO_LATE),))


def test_a_call_back_that_broke_off_waits_again() -> None:
    """No session had come of it."""
    life = broken()
    life = replace(life, request=replace(life.request, call_back_until=later(1000)))
    transition = request_ends.tick(life, later(1), TIMES)
    assert transition is not None
    assert transition.life.request.state is RequestState.WAITING
    assert events(transition) == ["request.put_back"]


def test_a_life_that_lost_its_records_says_so() -> None:
    """A bug ends that one life with an error, and is not passed over."""
    with pytest.raises(RuntimeError, match="active"):
        requests.step(replace(active(), session=None), wants(Side.USER))


ASKED_AGAIN: Input = lambda machine: machine.asked_again()  # noqa: E731  # on a new connection, which is not counted here
_INPUTS: list[Input] = [
    wants(Side.USER),
    wants(Side.HELPER),
    *[lambda machine, pair=pair: machine.spliced(pair, START) for pair in range(4)],
    *[ended_legs(pair, why) for pair in range(4) for why in (Why.USER_GONE, Why.PROTOCOL)],
    lambda machine: machine.activated(START),
    lambda machine: machine.interrupted(Why.RELAY_STOPPED, START),
    lambda machine: machine.parted(uri(ANNA), Why.ENDED, START),
    lambda machine: machine.session_ended(uri(HANA), Why.HELPER_ENDED, START),
    lambda machine: machine.renewed(participant(ANNA, "new"), START),
    lambda machine: machine.cancelled(START),
    ASKED_AGAIN,
    lambda machine: machine.here(True, START),
    lambda machine: machine.legs_over(LegsOver(pair=9, why=Why.SILENT), START),
]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(_INPUTS), max_size=40))
def test_whatever_comes_in_whatever_order(inputs: list[Input]) -> None:
    """No input lacks a transition; tickets never are of an older pair, at most 13 of each side between two times that it was active."""
    life = granted()
    pair, since = 0, 0
    for one in inputs:
        transition = requests.step(life, one)
        life = transition.life
        since = 0 if {"request.active", "request.resumed"} & set(events(transition)) else since
        since += sum(isinstance(effect, Grant) for effect in transition.effects if one is not ASKED_AGAIN)
        assert since <= 4 * 13
        assert life.legs.pair >= pair or life.session is None
        pair = life.legs.pair
        assert life.request.identifier == ID
