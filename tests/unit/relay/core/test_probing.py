"""Is its user there? Transcripts of what lies between a helper's accept and the grant."""

import pytest

from common.protocol.messages import Code, ToAnyone
from common.protocol.reasons import Why
from relay.core import request_ends, requests
from relay.core.life import (
    RELAY,
    AskThere,
    Grant,
    Hidden,
    Life,
    Listed,
    NotFor,
    NotThere,
    Probed,
    Refuse,
    SayOver,
    SayWaiting,
    Transition,
    Unlisted,
)
from relay.core.records import RequestState
from relay.core.request_inputs import Input
from relay.core.tickets import Side
from tests.support.clock import START
from tests.support.lives import LIVES, SESSION, TICKETS, TIMES, after, asked, events, later, probed
from tests.support.people import ANNA, HANA, HIRO, participant, uri


def unreachable() -> Life:
    """Its user's agent did not answer."""
    return after(probed(), lambda machine: machine.not_here(later(10)))


def test_the_users_agent_is_asked_first() -> None:
    """Nothing is granted and nothing written by the accept: in the store the request waits."""
    transition = requests.step(asked(), lambda machine: machine.wanted(participant(HANA), SESSION, START))
    assert transition.life.probed == Probed(at=START, helper=participant(HANA), session=SESSION)
    assert transition.life.request.state is RequestState.WAITING
    assert (transition.changed, transition.entries, transition.effects) == (False, (), (AskThere(),))


@pytest.mark.parametrize("resumable", [True, False])
def test_granted_once_it_is_here(resumable: bool) -> None:
    """To the helper who wanted it, as by an accept."""
    transition = requests.step(probed(), lambda machine: machine.here(resumable, later(1)))
    assert transition.life.request.state is RequestState.GRANTED
    assert transition.life.probed is None
    session = transition.life.session
    assert session is not None
    assert (session.identifier, session.helper, session.granted_at, session.resumable) == (
        SESSION,
        participant(HANA),
        later(1),
        resumable,
    )
    assert transition.effects == (Unlisted(Why.TAKEN), Grant(Side.USER), Grant(Side.HELPER))
    assert events(transition) == ["request.granted"]


def test_it_belongs_to_the_first_accept() -> None:
    """A second helper is too late, whichever way the request would be taken."""
    second = participant(HIRO)
    for one in (
        lambda machine: machine.wanted(second, "c" * 32, START),
        lambda machine: machine.accepted(second, "c" * 32, False, START),
    ):
        assert requests.step(probed(), one) == Transition(life=probed(), effects=(Refuse(Code.TOO_LATE),))


def test_no_answer() -> None:
    """After ten seconds: the helper hears why, the request keeps its place and is seen by nobody until its user is back."""
    assert request_ends.tick(probed(), later(9.9), TIMES) is None
    transition = request_ends.tick(probed(), later(10), TIMES)
    assert transition is not None
    assert transition.life.request == asked().request
    assert transition.life.unreachable
    assert transition.effects == (NotThere(participant(HANA)), Hidden(Why.NOT_HERE))
    [entry] = transition.entries
    assert (entry.event, entry.actor, entry.facts) == ("request.not_here", RELAY, {"helper": uri(HANA)})
    late = requests.step(transition.life, lambda machine: machine.wanted(participant(HIRO), "c" * 32, START))
    assert late == Transition(life=transition.life, effects=(Refuse(Code.NOT_HERE),))


def test_back_in_its_place() -> None:
    """Once the user's agent is back helpers see it again; it may be wanted again."""
    transition = requests.step(unreachable(), lambda machine: machine.asked_again())
    assert transition.life == asked()
    assert transition.effects == (Listed(), SayWaiting())


def test_never_back() -> None:
    """It is held as long as any other whose user is away."""
    life = after(unreachable(), lambda machine: machine.user_left(later(10)))
    transition = request_ends.tick(life, later(70), TIMES)
    assert transition is not None
    assert transition.life.request.why is Why.USER_GONE


def test_a_call_back_says_itself_whether_its_user_is_there() -> None:
    """It stays on the lists."""
    life = after(asked(), lambda machine: machine.left_as_call_back(later(1000), START))
    life = after(life, lambda machine: machine.wanted(participant(HANA), SESSION, START))
    transition = requests.step(life, lambda machine: machine.not_here(later(10)))
    assert transition.effects == (NotThere(participant(HANA)),)
    assert not transition.life.unreachable


def test_the_helper_is_gone() -> None:
    """It waits on as before; another helper's going is no matter."""
    transition = requests.step(probed(), lambda machine: machine.withdrawn(HANA.identifier))
    assert transition == Transition(life=asked())
    assert requests.step(probed(), lambda machine: machine.withdrawn(HIRO.identifier)) == Transition(life=probed())


def test_the_helper_thinks_again() -> None:
    """A decline by whoever wanted it gives it back to the others; by another one it goes on."""
    transition = requests.step(probed(), lambda machine: machine.declined(participant(HANA), START))
    assert transition.life.probed is None
    assert transition.effects == (NotFor(HANA.identifier),)
    transition = requests.step(probed(), lambda machine: machine.declined(participant(HIRO), START))
    assert transition.life.probed == probed().probed
    transition = requests.step(probed(), lambda machine: machine.declined_by_all(uri(HANA), "No.", START))
    assert transition.effects == (Unlisted(Why.DECLINED), SayOver(Why.DECLINED, "No."))
    assert transition.life.probed is None


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        (lambda machine: machine.cancelled(START), Why.CANCELLED),
        (lambda machine: machine.ended(RELAY, Why.DISABLED, START), Why.DISABLED),
    ],
)
def test_it_ends_as_any_that_waits(ends: Input, why: Why) -> None:
    """Cancelled, or its user's account disabled: over, and gone from the lists."""
    transition = requests.step(probed(), ends)
    assert transition.effects == (Unlisted(why), SayOver(why))
    assert transition.life.probed is None


def test_the_user_goes_and_comes_back() -> None:
    """The loss of the connection is no answer yet; asked again over the same one neither."""
    life = after(probed(), lambda machine: machine.user_left(later(1)))
    assert (life.probed, life.away_since) == (probed().probed, later(1))
    transition = requests.step(life, lambda machine: machine.asked_again())
    assert transition.life == probed()
    assert transition.effects == (SayWaiting(),)


def test_what_is_said_of_a_session_comes_too_early() -> None:
    """There is none yet: no ticket, nothing to hand on, and no error of the machine."""
    for one, code in (
        (lambda machine: machine.ticket_wanted(Side.USER, TICKETS, START), Code.NOT_NOW),
        (lambda machine: machine.transferred(participant(HANA), ToAnyone(), "", START), Code.NOT_NOW),
    ):
        assert requests.step(probed(), one) == Transition(life=probed(), effects=(Refuse(code),))


@pytest.mark.parametrize("name", [name for name in LIVES if name not in {"waiting", "probing"}])
def test_too_late_to_want_it(name: str) -> None:
    """What was taken or is over is not asked for."""
    life = LIVES[name]()
    transition = requests.step(life, lambda machine: machine.wanted(participant(HIRO), "c" * 32, START))
    assert transition == Transition(life=life, effects=(Refuse(Code.TOO_LATE),))


@pytest.mark.parametrize("name", [name for name in LIVES if name != "probing"])
def test_late_answers(name: str) -> None:
    """Of a probe that is over, whatever came of it."""
    life = LIVES[name]()
    for one in (
        lambda machine: machine.here(True, START),
        lambda machine: machine.not_here(START),
        lambda machine: machine.withdrawn(HANA.identifier),
    ):
        assert requests.step(life, one) == Transition(life=life)


def test_other_words_meanwhile() -> None:
    """Topic, call back, certificate: as for any that waits, and the probe goes on."""
    for one, event in (
        (lambda machine: machine.reworded("burns", START), "request.reworded"),
        (lambda machine: machine.left_as_call_back(later(9), START), "request.call_back"),
        (lambda machine: machine.renewed(participant(ANNA, "new"), START), "request.renewed"),
    ):
        transition = requests.step(probed(), one)
        assert transition.life.probed == probed().probed
        assert events(transition) == [event]
