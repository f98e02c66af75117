"""The life of a request, as transcripts: what happens, and what must come of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from common.protocol.messages import Code, Mode, Request, ToAnyone, ToGroup, ToHelper
from common.protocol.reasons import Why
from relay.core import request_ends, requests
from relay.core.life import (
    RELAY,
    Close,
    Cut,
    Grant,
    Life,
    Listed,
    NotFor,
    Refuse,
    SayOver,
    SayWaiting,
    Transition,
    Unlisted,
)
from relay.core.records import Participant, RequestState
from relay.core.request_inputs import LegsOver, TicketLimits
from relay.core.tickets import Side
from relay.settings import RelayTiming
from tests.support.clock import START
from tests.support.people import ANNA, HANA, HIRO, participant, uri

ID = "a" * 32
SESSION = "b" * 32
TIMES = RelayTiming()
TICKETS = TicketLimits(before=3, interrupted=10)


def later(seconds: float) -> datetime:
    """A moment after the start."""
    return START + timedelta(seconds=seconds)


def asked(mode: Mode = Mode.CONTROL) -> Life:
    """A request that waits."""
    message = Request(request=ID, to=ToHelper(uri=uri(HANA)), mode=mode, topic="printer")
    return requests.ask(user=participant(ANNA), message=message, now=START).life


def accept(life: Life) -> Transition:
    """Hana takes it."""
    return requests.step(life, lambda machine: machine.accepted(participant(HANA), SESSION, False, START))


def granted() -> Life:
    """A request that Hana took."""
    return accept(asked()).life


def spliced() -> Life:
    """Both legs are there."""
    return requests.step(granted(), lambda machine: machine.spliced(0, START)).life


def active() -> Life:
    """Both HELLOs were exchanged."""
    return requests.step(spliced(), lambda machine: machine.activated(START)).life


def cut() -> Life:
    """The legs of an active session are gone."""
    return requests.step(
        active(), lambda machine: machine.legs_over(LegsOver(pair=0, why=Why.HELPER_GONE, up=7, down=9), START)
    ).life


def over() -> Life:
    """A cancelled request."""
    return requests.step(asked(), lambda machine: machine.cancelled(START)).life


LIVES = {"waiting": asked, "granted": granted, "active": active, "cut": cut, "over": over}


def events(transition: Transition) -> list[str]:
    """The names of the audit entries."""
    return [entry.event for entry in transition.entries]


def test_ask() -> None:
    """A new request waits, is listed, and has one audit row without the topic, which is the user's business."""
    message = Request(request=ID, to=ToGroup(group="Desk"), mode=Mode.VIEW, topic="secret", inventory={"os": "x"})
    transition = requests.ask(user=participant(ANNA), message=message, now=START)
    assert transition.life.request.state is RequestState.WAITING
    assert transition.changed
    assert transition.effects == (Listed(), SayWaiting())
    [entry] = transition.entries
    assert (entry.event, entry.actor, entry.subject) == ("request.waiting", uri(ANNA), ID)
    assert entry.facts == {"to": "group:Desk", "mode": "view"}


def test_accept_grants_once() -> None:
    """The first accept grants with a ticket for each side; a second is too late and changes nothing."""
    transition = accept(asked())
    assert transition.life.request.state is RequestState.GRANTED
    assert transition.life.request.session == SESSION
    assert transition.session is not None
    assert transition.session.helper == participant(HANA)
    assert transition.effects == (Unlisted(Why.TAKEN), Grant(Side.USER), Grant(Side.HELPER))
    assert events(transition) == ["request.granted"]
    second = requests.step(transition.life, lambda machine: machine.accepted(participant(HIRO), "c" * 32, False, START))
    assert second == Transition(life=transition.life, effects=(Refuse(Code.TOO_LATE),))


def test_nothing_is_adopted_before_the_caller_does() -> None:
    """A transition leaves the life it was given as it was, so that a failed commit needs no undoing."""
    life = asked()
    accept(life)
    assert life.request.state is RequestState.WAITING
    assert accept(life).life.request.state is RequestState.GRANTED


def test_decline_by_one_of_several() -> None:
    """One helper's no takes the request from that helper's list and leaves it waiting."""
    transition = requests.step(asked(), lambda machine: machine.declined(participant(HIRO), START))
    assert transition.life.request.state is RequestState.WAITING
    assert transition.life.request.declined == {HIRO.identifier}
    assert transition.effects == (NotFor(HIRO.identifier),)
    assert events(transition) == ["request.declined"]


def test_decline_by_the_last() -> None:
    """The named helper's no, or the last one's, is over(declined) with the helper's words."""
    transition = requests.step(asked(), lambda machine: machine.declined_by_all(uri(HANA), "At lunch.", START))
    assert transition.life.request.state is RequestState.OVER
    assert transition.effects == (Unlisted(Why.DECLINED), SayOver(Why.DECLINED, "At lunch."))
    assert events(transition) == ["request.over"]


def test_the_whole_way() -> None:
    """Granted, spliced, active, ended by the user: one audit row for each transition, none for the splice."""
    transition = requests.step(granted(), lambda machine: machine.spliced(0, later(1)))
    assert (transition.changed, transition.entries, transition.effects) == (False, (), ())
    transition = requests.step(transition.life, lambda machine: machine.activated(later(2)))
    assert transition.life.request.state is RequestState.ACTIVE
    assert transition.session is not None
    assert (transition.session.spliced_at, transition.session.active_at) == (later(1), later(2))
    assert events(transition) == ["request.active"]
    transition = requests.step(
        transition.life, lambda machine: machine.session_ended(uri(ANNA), Why.USER_ENDED, later(3))
    )
    assert transition.life.request.why is Why.USER_ENDED
    assert transition.life.session is None
    assert transition.session is not None
    assert transition.session.why is Why.USER_ENDED
    assert transition.effects == (Close(transition.session, Why.USER_ENDED), SayOver(Why.USER_ENDED))
    assert events(transition) == ["request.over"]


def test_cut_waits_for_a_reason() -> None:
    """When the legs are gone, what an agent says within the grace is the reason, and the byte counts stay."""
    life = cut()
    assert request_ends.tick(life, START, TIMES) is None
    transition = requests.step(life, lambda machine: machine.session_ended(uri(HANA), Why.HELPER_ENDED, later(0.5)))
    assert transition.session is not None
    assert (transition.session.why, transition.session.up, transition.session.down) == (Why.HELPER_ENDED, 7, 9)
    assert transition.entries[0].facts["up"] == 7


def test_cut_without_a_reason() -> None:
    """When nobody says why, the dataplane's word holds."""
    transition = request_ends.tick(cut(), later(1), TIMES)
    assert transition is not None
    assert transition.life.request.why is Why.HELPER_GONE
    assert transition.entries[0].actor == RELAY


def test_cut_while_granted() -> None:
    """Spliced but not yet active, the legs' end is the end as well."""
    life = requests.step(
        spliced(), lambda machine: machine.legs_over(LegsOver(pair=0, why=Why.USER_GONE, up=0, down=0), START)
    ).life
    assert life.cut == Cut(at=START, why=Why.USER_GONE)
    assert life.request.state is RequestState.GRANTED


@pytest.mark.parametrize("name", ["granted", "active"])
def test_transfer(name: str) -> None:
    """A transfer ends the session and puts the request back: same id, place kept, view mode, not to the one who left it."""
    transition = requests.step(
        LIVES[name](),
        lambda machine: machine.transferred(participant(HANA), ToGroup(group="Desk"), "knows printers", later(60)),
    )
    request = transition.life.request
    assert (request.state, request.mode, request.note) == (RequestState.WAITING, Mode.VIEW, "knows printers")
    assert (request.asked_at, request.waiting_since) == (START, later(60))
    assert request.declined == {HANA.identifier}
    assert transition.session is not None
    assert transition.session.why is Why.TRANSFERRED
    assert transition.effects == (Close(transition.session, Why.TRANSFERRED), Listed(), SayWaiting())
    assert events(transition) == ["request.transferred"]
    assert transition.entries[0].facts["to"] == "group:Desk"
    again = requests.step(
        transition.life, lambda machine: machine.accepted(participant(HIRO), "c" * 32, False, later(61))
    )
    assert again.session is not None
    assert again.session.mode is Mode.VIEW


def test_held_then_gone() -> None:
    """A waiting request whose user went away is held for a minute, and over then."""
    life = requests.step(asked(), lambda machine: machine.user_left(later(10))).life
    assert request_ends.tick(life, later(69), TIMES) is None
    transition = request_ends.tick(life, later(70), TIMES)
    assert transition is not None
    assert transition.life.request.why is Why.USER_GONE


def test_taken_up_again() -> None:
    """The same request sent again is no new one: it is held no longer and hears its place."""
    life = requests.step(asked(), lambda machine: machine.user_left(later(10))).life
    transition = requests.step(life, lambda machine: machine.asked_again())
    assert transition.life == asked()
    assert (transition.changed, transition.effects) == (False, (SayWaiting(),))
    assert request_ends.tick(transition.life, later(1799), TIMES) is None


@pytest.mark.parametrize(
    ("life", "seconds", "why"),
    [("waiting", 1800, Why.EXPIRED), ("granted", 120, Why.GRANT_EXPIRED), ("cut", 1, Why.HELPER_GONE)],
)
def test_time_runs_out(life: str, seconds: float, why: Why) -> None:
    """Each state but active has its time; when it is up the request is over, never granted."""
    assert request_ends.tick(LIVES[life](), later(seconds - 0.1), TIMES) is None
    transition = request_ends.tick(LIVES[life](), later(seconds), TIMES)
    assert transition is not None
    assert (transition.life.request.state, transition.life.request.why) == (RequestState.OVER, why)
    assert not any(isinstance(effect, Grant) for effect in transition.effects)


@pytest.mark.parametrize("life", ["active", "over"])
def test_no_deadline(life: str) -> None:
    """A session may last; what is over stays over."""
    assert request_ends.deadline(LIVES[life](), TIMES) is None
    assert request_ends.tick(LIVES[life](), later(1e6), TIMES) is None


def test_expiry_before_holding_ends() -> None:
    """The earlier of both times counts."""
    life = requests.step(asked(), lambda machine: machine.user_left(later(1790))).life
    assert request_ends.deadline(life, TIMES) == (later(1800), Why.EXPIRED)


@pytest.mark.parametrize("side", list(Side))
def test_new_tickets(side: Side) -> None:
    """Three new tickets a side before splicing, each side counted for itself, not a fourth."""
    life = granted()
    for _ in range(3):
        transition = requests.step(life, lambda machine: machine.ticket_wanted(side, TICKETS, START))
        assert transition.effects == (Grant(side),)
        assert not transition.changed
        life = transition.life
    assert requests.step(life, lambda machine: machine.ticket_wanted(side, TICKETS, START)).effects == (
        Refuse(Code.TOO_MANY),
    )
    assert requests.step(life, lambda machine: machine.ticket_wanted(side.other, TICKETS, START)).effects == (
        Grant(side.other),
    )


def test_asked_again_while_granted() -> None:
    """An agent that asks again never heard `granted`: it gets it again, which costs none of its new tickets, but not once spliced."""
    life = granted()
    for _ in range(TICKETS.before + 1):
        transition = requests.step(life, lambda machine: machine.asked_again())
        assert transition == Transition(life=life, effects=(Grant(Side.USER),))
    assert requests.step(spliced(), lambda machine: machine.asked_again()) == Transition(life=spliced())


@pytest.mark.parametrize("side", Side)
def test_told_again(side: Side) -> None:
    """Whoever is back and has not shown its ticket hears of the grant again, as often as it comes back; not once spliced."""
    life = granted()
    for _ in range(TICKETS.before + 1):
        assert requests.step(life, lambda machine: machine.told_again(side)).effects == (Grant(side),)
    assert requests.step(spliced(), lambda machine: machine.told_again(side)) == Transition(life=spliced())


def test_no_ticket_after_splicing() -> None:
    """Once spliced a new ticket would be a second way in."""
    transition = requests.step(spliced(), lambda machine: machine.ticket_wanted(Side.USER, TICKETS, START))
    assert transition.effects == (Refuse(Code.NOT_NOW),)


@pytest.mark.parametrize(
    ("life", "why"),
    [
        ("waiting", Why.CANCELLED),
        ("granted", Why.CANCELLED),
        ("active", Why.USER_ENDED),
        ("cut", Why.HELPER_GONE),
        ("over", Why.CANCELLED),
    ],
)
def test_cancel(life: str, why: Why) -> None:
    """The user can always go; a session that ran was ended by the user, not cancelled, and one that was cut stays cut."""
    transition = requests.step(LIVES[life](), lambda machine: machine.cancelled(later(5)))
    assert transition.life.request.state is RequestState.OVER
    assert transition.life.request.why is why
    if life in {"granted", "active", "cut"}:
        assert isinstance(transition.effects[0], Close)


def test_other_words() -> None:
    """What it is about may be said otherwise while it waits: one row, the lists are told, the place is kept."""
    transition = requests.step(LIVES["waiting"](), lambda machine: machine.reworded("the printer burns", later(5)))
    assert transition.life.request.topic == "the printer burns"
    assert (transition.changed, transition.effects) == (True, (Listed(),))
    assert [entry.event for entry in transition.entries] == ["request.reworded"]
    assert transition.life.request.asked_at == LIVES["waiting"]().request.asked_at


@pytest.mark.parametrize("life", [name for name in LIVES if name != "waiting"])
def test_other_words_too_late(life: str) -> None:
    """Afterwards they change nothing."""
    before = LIVES[life]()
    assert requests.step(before, lambda machine: machine.reworded("?", later(5))) == nothing(before)


@pytest.mark.parametrize("life", list(LIVES))
def test_an_operator_ends_it(life: str) -> None:
    """Whatever it is at, it can be ended from outside; ended twice is ended once."""
    transition = requests.step(
        LIVES[life](), lambda machine: machine.ended("operator:root", Why.OPERATOR_ENDED, later(5))
    )
    assert transition.life.request.state is RequestState.OVER
    assert events(transition) == ([] if life == "over" else ["request.over"])
    assert (Unlisted(Why.OPERATOR_ENDED) in transition.effects) == (life == "waiting")


def test_restart_ends_a_session_without_a_record() -> None:
    """A request that says granted, whose session was not found, can still be ended."""
    transition = requests.step(
        Life(request=granted().request), lambda machine: machine.ended(RELAY, Why.RELAY_RESTARTED, START)
    )
    assert transition.life.request.why is Why.RELAY_RESTARTED
    assert transition.session is None
    assert request_ends.deadline(Life(request=granted().request), TIMES) is None


def test_a_session_is_missing() -> None:
    """An input that needs the session, of a life that lost it, is a bug and says so."""
    with pytest.raises(RuntimeError, match="granted"):
        requests.step(Life(request=granted().request), lambda machine: machine.activated(START))


def test_over_says_why() -> None:
    """Asked again, a request that is over says so; one whose reason was lost says failed."""
    assert requests.step(over(), lambda machine: machine.asked_again()).effects == (SayOver(Why.CANCELLED),)
    lost = Life(request=replace(over().request, why=None))
    assert requests.step(lost, lambda machine: machine.asked_again()).effects == (SayOver(Why.FAILED),)


def nothing(life: Life) -> Transition:
    """A transition that changes nothing."""
    return Transition(life=life)


@pytest.mark.parametrize("name", ["granted", "active", "cut", "over"])
def test_late_for_the_queue(name: str) -> None:
    """What belongs to waiting comes late elsewhere: no error of the machine, no change."""
    life = LIVES[name]()
    assert requests.step(life, lambda machine: machine.user_left(START)) == nothing(life)
    assert requests.step(life, lambda machine: machine.declined(participant(HIRO), START)) == nothing(life)
    assert requests.step(life, lambda machine: machine.declined_by_all(uri(HANA), "", START)) == nothing(life)
    refused = requests.step(life, lambda machine: machine.accepted(participant(HIRO), "c" * 32, False, START))
    assert refused.effects == (Refuse(Code.TOO_LATE),)
    if name in {"active", "cut"}:
        assert requests.step(life, lambda machine: machine.asked_again()) == nothing(life)


@pytest.mark.parametrize("name", ["waiting", "active", "cut", "over"])
def test_late_for_the_grant(name: str) -> None:
    """What belongs to granted comes late elsewhere."""
    life = LIVES[name]()
    assert requests.step(life, lambda machine: machine.spliced(0, START)) == nothing(life)
    assert requests.step(life, lambda machine: machine.activated(START)) == nothing(life)
    refused = requests.step(life, lambda machine: machine.ticket_wanted(Side.USER, TICKETS, START))
    assert refused.effects == (Refuse(Code.NOT_NOW),)


@pytest.mark.parametrize("name", ["waiting", "cut", "over"])
def test_late_legs(name: str) -> None:
    """Legs of a session that is over already end without a word."""
    life = LIVES[name]()
    assert requests.step(
        life, lambda machine: machine.legs_over(LegsOver(pair=0, why=Why.USER_GONE, up=1, down=1), START)
    ) == nothing(life)
    if name != "cut":
        assert requests.step(life, lambda machine: machine.session_ended("x", Why.CUT, START)) == nothing(life)


@pytest.mark.parametrize(
    ("name", "code"),
    [("waiting", Code.NOT_NOW), ("cut", Code.TOO_LATE), ("over", Code.TOO_LATE)],
)
def test_transfer_needs_a_session(name: str, code: Code) -> None:
    """Only a live session is handed on."""
    life = LIVES[name]()
    transition = requests.step(life, lambda machine: machine.transferred(participant(HANA), ToAnyone(), "", START))
    assert transition == Transition(life=life, effects=(Refuse(code),))


def renew(life: Life, who: Participant) -> Transition:
    """This one has a new certificate."""
    return requests.step(life, lambda machine: machine.renewed(who, START))


@pytest.mark.parametrize("name", ["waiting", "granted", "active", "cut"])
def test_renewed(name: str) -> None:
    """A new certificate takes the old one's place in the request and in its session; nothing else changes."""
    life = LIVES[name]()
    for old in (participant(ANNA), participant(HANA)):
        new = replace(old, certificate="f" * 64)
        transition = renew(life, new)
        session = life.session and replace(
            life.session,
            user=new if new.account == ANNA.identifier else life.session.user,
            helper=new if new.account == HANA.identifier else life.session.helper,
        )
        user = new if new.account == ANNA.identifier else life.request.user
        assert transition.life == replace(life, request=replace(life.request, user=user), session=session)
        assert (transition.changed, transition.session, events(transition), transition.effects) == (
            True,
            session,
            ["request.renewed"],
            (),
        )


def test_renewed_with_another_name() -> None:
    """Helpers are shown the new one while the request waits, and nothing where it does not."""
    new = replace(participant(ANNA), certificate="f" * 64, name="Anna Berg")
    assert renew(asked(), new).effects == (Listed(),)
    assert renew(granted(), new).effects == ()


def test_renewed_too_late() -> None:
    """A request that is over keeps the certificates that it had."""
    assert requests.step(over(), lambda machine: machine.renewed(participant(ANNA), START)) == nothing(over())
