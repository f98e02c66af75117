"""A session's life as transcripts: what happens, what must be done, how it ends."""

from collections.abc import Callable

import msgspec
import pytest

from common.protocol.identity import Role
from common.protocol.messages import Granted, Mode, Peer, ToAnyone
from common.protocol.reasons import Why
from common.protocol.session_comeback import TICKETS
from common.protocol.session_effects import (
    AskPerson,
    AskTicket,
    Attach,
    DialLeg,
    DropLeg,
    Ending,
    Finish,
    Greet,
    Secure,
)
from common.protocol.session_life import SessionLife, SessionPhase
from common.protocol.session_timing import SessionTiming
from common.protocol.timers import SetTimer, StopTimer

TIMING = SessionTiming()


def granted(ticket: str = "first") -> Granted:
    """A grant."""
    return Granted(
        request="a" * 32,
        session="b" * 32,
        ticket=ticket,
        legs=[("relay", 443)],
        peer=Peer(uri="u", name="n"),
        mode=Mode.VIEW,
        to=ToAnyone(),
    )


STEPS: list[tuple[SessionPhase, Callable[[SessionLife], object]]] = [
    (SessionPhase.DIALLING, lambda life: life.start()),
    (SessionPhase.JOINING, lambda life: life.opened()),
    (SessionPhase.SECURING, lambda life: life.ready()),
    (SessionPhase.ASKING, lambda life: life.secured(chosen=False)),
    (SessionPhase.GREETING, lambda life: life.allow()),
    (SessionPhase.CONNECTED, lambda life: life.connected()),
]


def life_in(phase: SessionPhase, role: Role = Role.USER) -> SessionLife:
    """A life that has come as far as this phase."""
    life = SessionLife(role=role, granted=granted(), timing=TIMING)
    for reached, step in STEPS:
        if role is Role.USER or reached is not SessionPhase.ASKING:
            step(life)
        elif phase is not SessionPhase.SECURING:
            life.secured(chosen=True)
        if reached is phase:
            break
    assert life.phase is phase
    return life


def test_the_whole_way_of_a_chosen_helper() -> None:
    """Step by step, each with its deadline."""
    life = SessionLife(role=Role.USER, granted=granted(), timing=TIMING)
    assert life.start() == [SetTimer(TIMING.dial), DialLeg(granted())]
    assert life.opened() == [SetTimer(TIMING.join)]
    assert life.ready() == [SetTimer(TIMING.secure), Secure()]
    assert life.secured(chosen=True) == [SetTimer(TIMING.greet), Greet()]
    assert life.connected() == [StopTimer(), Attach()]
    assert life.phase is SessionPhase.CONNECTED


def test_somebody_unknown_is_asked_about() -> None:
    """Only at the user's side."""
    life = life_in(SessionPhase.SECURING)
    assert life.secured(chosen=False) == [SetTimer(TIMING.allow), AskPerson()]
    assert life.phase is SessionPhase.ASKING
    assert life.allow() == [SetTimer(TIMING.greet), Greet()]
    helper = life_in(SessionPhase.SECURING, Role.HELPER)
    assert helper.secured(chosen=False) == [SetTimer(TIMING.greet), Greet()]


@pytest.mark.parametrize(
    ("phase", "role", "why", "by"),
    [
        (SessionPhase.DIALLING, Role.USER, Why.USER_NOT_OPENED, None),
        (SessionPhase.DIALLING, Role.HELPER, Why.HELPER_NOT_OPENED, None),
        (SessionPhase.JOINING, Role.USER, Why.NEVER_JOINED, None),
        (SessionPhase.SECURING, Role.USER, Why.USER_NOT_OPENED, None),
        (SessionPhase.ASKING, Role.USER, Why.NO_ANSWER, Role.USER),
        (SessionPhase.GREETING, Role.USER, Why.USER_NOT_OPENED, None),
        (SessionPhase.GREETING, Role.HELPER, Why.HELPER_NOT_OPENED, None),
    ],
)
def test_every_wait_ends(phase: SessionPhase, role: Role, why: Why, by: Role | None) -> None:
    """By the timer, with a reason of its own."""
    life = life_in(phase, role)
    assert life.timer() == [StopTimer(), Finish(Ending(why=why, by=by))]
    assert life.phase is SessionPhase.ENDED


def test_a_connected_session_has_no_deadline() -> None:
    """A timer that was under way does nothing."""
    assert life_in(SessionPhase.CONNECTED).timer() == []


@pytest.mark.parametrize("phase", [SessionPhase.DIALLING, SessionPhase.JOINING])
def test_a_spent_ticket_is_replaced(phase: SessionPhase) -> None:
    """At most three times; a fourth ends it as told."""
    ending = Ending(why=Why.CUT)
    life = life_in(phase)
    for count in range(3):
        assert life.ticket_spent(ending) == [SetTimer(TIMING.dial), DropLeg(), AskTicket()]
        assert life.phase is SessionPhase.DIALLING
        new = granted(f"new-{count}")
        assert life.granted(new) == [SetTimer(TIMING.dial), DialLeg(new)]
    assert life.ticket_spent(ending) == [StopTimer(), Finish(ending)]


def test_a_new_ticket_is_not_waited_for_for_ever() -> None:
    """Like dialling itself."""
    life = life_in(SessionPhase.JOINING)
    life.ticket_spent(Ending(why=Why.CUT))
    assert life.timer() == [StopTimer(), Finish(Ending(why=Why.USER_NOT_OPENED))]


@pytest.mark.parametrize(
    "phase", [SessionPhase.SECURING, SessionPhase.ASKING, SessionPhase.GREETING, SessionPhase.CONNECTED]
)
def test_after_a_cut_the_relay_may_say_why(phase: SessionPhase) -> None:
    """For a moment; then it was a cut."""
    cut, told = Ending(why=Why.CUT), Ending(why=Why.OPERATOR_ENDED)
    life = life_in(phase)
    assert life.cut(cut) == [SetTimer(TIMING.reason)]
    assert life.timer() == [StopTimer(), Finish(cut)]
    life = life_in(phase)
    life.cut(cut)
    assert life.over(told) == [StopTimer(), Finish(told)]


@pytest.mark.parametrize("phase", [phase for phase, _ in STEPS])
def test_it_can_end_at_any_moment_once(phase: SessionPhase) -> None:
    """The first ending holds; whatever comes later does nothing."""
    life = life_in(phase)
    ending = Ending(why=Why.USER_ENDED, by=Role.USER)
    assert life.over(ending) == [StopTimer(), Finish(ending)]
    late = [
        life.over(Ending(why=Why.CUT)),
        life.cut(Ending(why=Why.CUT)),
        life.ticket_spent(ending),
        life.start(),
        life.opened(),
        life.ready(),
        life.secured(chosen=True),
        life.secured(chosen=False),
        life.allow(),
        life.connected(),
        life.granted(granted()),
        life.timer(),
    ]
    assert late == [[]] * len(late)
    assert life.phase is SessionPhase.ENDED


def test_it_can_end_before_it_began() -> None:
    """Nothing was dialled."""
    life = SessionLife(role=Role.USER, granted=granted(), timing=TIMING)
    assert life.allow() == []
    assert life.over(Ending(why=Why.CANCELLED)) == [StopTimer(), Finish(Ending(why=Why.CANCELLED))]


@pytest.mark.parametrize("phase", [phase for phase, _ in STEPS])
def test_tickets_and_answers_nobody_waits_for(phase: SessionPhase) -> None:
    """Are ignored."""
    life = life_in(phase)
    assert life.granted(granted("again")) == []
    if phase is not SessionPhase.ASKING:
        assert life.allow() == []
    assert life.phase is phase


@pytest.mark.parametrize("why", [Why.CUT, Why.SILENT])
def test_a_way_back_that_breaks_off_is_tried_again(why: Why) -> None:
    """However often, and for silence as for a cut; when it is too late the interruption's time says."""
    life = life_in(SessionPhase.CONNECTED)
    life.interrupt(Ending(why=Why.CUT))
    for n in range(20):
        if n < TICKETS:
            assert AskTicket() in life.timer()
            life.asked()
        assert life.granted(msgspec.structs.replace(granted(), interruption=1, asked=n + 1))
        life.opened()
        life.ready()
        life.secured(chosen=False)
        assert life.cut(Ending(why=why))[0] == DropLeg()
        assert life.phase is SessionPhase.INTERRUPTED
    problem = ValueError()
    assert life.gave_up(problem)[-1] == Finish(Ending(why=Why.CUT, problem=problem))


def test_nothing_is_interrupted_that_is_over() -> None:
    """Nor has it a time for coming back that could pass."""
    life = life_in(SessionPhase.CONNECTED)
    life.over(Ending(why=Why.USER_ENDED))
    assert life.interrupt(Ending(why=Why.CUT)) == []
    assert not life.interrupted
    assert life.gave_up(ValueError()) == []
