"""How one side finds back, as transcripts: what happens, what must be done."""

import pytest

from common.protocol.messages import Granted, Mode, Peer, ToAnyone
from common.protocol.reasons import Why
from common.protocol.session_comeback import FIRST_PAUSE, HURRIED, PATIENCE, TICKETS, Comeback
from common.protocol.session_effects import AskTicket, DialLeg, DropLeg, Ending, Greet, Secure
from common.protocol.session_timing import SessionTiming
from common.protocol.timers import SetTimer, StopTimer

TIMING = SessionTiming()
CUT = Ending(why=Why.CUT, detail="lost")


def grant(*, asked: int = 0, ticket: str = "t") -> Granted:
    """For the first interruption; the relay has counted so many of our wishes."""
    return Granted(
        request="b" * 32,
        session="a" * 32,
        ticket=ticket,
        legs=[("relay.example", 443)],
        peer=Peer(uri="tasuki://Example/helper/x", name="Hana"),
        mode=Mode.VIEW,
        to=ToAnyone(),
        interruption=1,
        asked=asked,
    )


def asking() -> Comeback:
    """One that has just asked for its first ticket."""
    back = Comeback(timing=TIMING)
    assert back.start() == [DropLeg(), SetTimer(FIRST_PAUSE)]
    assert back.timer() == [DropLeg(), SetTimer(PATIENCE), AskTicket()]
    back.asked()
    return back


def dialled() -> tuple[Comeback, Granted]:
    """One that dials with the ticket it asked for."""
    back, granted = asking(), grant(asked=1)
    assert back.granted(granted) == [DropLeg(), SetTimer(PATIENCE), DialLeg(granted)]
    return back, granted


def take(back: Comeback, steps: int) -> None:
    """So many steps of the way back, from the ticket on."""
    if steps > 0:
        back.granted(grant(asked=1))
    if steps > 1:
        back.opened()
    if steps > 2:
        back.ready()
    if steps > 3:
        back.verified()


def test_the_way_back() -> None:
    """A ticket, a leg, its partner, the peer from before, HELLO."""
    back, _ = dialled()
    assert back.opened() == [SetTimer(TIMING.join)]
    assert back.ready() == [SetTimer(TIMING.secure), Secure()]
    assert back.verified() == [SetTimer(TIMING.secure), Greet()]


def test_the_other_side_was_faster() -> None:
    """Its wish brings us a ticket, too: nothing is asked for."""
    back, granted = Comeback(timing=TIMING), grant()
    back.start()
    assert back.granted(granted) == [DropLeg(), SetTimer(PATIENCE), DialLeg(granted)]


def test_the_newest_ticket_counts() -> None:
    """Where both ask, the first pair of tickets is dead: by the count where another is on its way, else by the next that comes."""
    back = asking()
    assert back.granted(grant(asked=0)) == []
    back, _ = dialled()
    back.opened()
    back.ready()
    newer = grant(asked=1, ticket="newer")
    assert back.granted(newer) == [DropLeg(), SetTimer(PATIENCE), DialLeg(newer)]
    assert not back.alone
    assert back.opened() == [SetTimer(TIMING.join)]
    assert back.alone


@pytest.mark.parametrize("steps", range(5))
def test_what_fails_is_tried_again(steps: int) -> None:
    """At whatever step, after a pause; so does what takes too long."""
    for slow in (False, True):
        back = asking()
        take(back, steps)
        drop, rest = back.timer() if slow else back.failed(CUT)
        assert drop == DropLeg()
        assert isinstance(rest, SetTimer)
        assert rest.seconds <= TIMING.resume_pause
        assert back.timer() == [DropLeg(), SetTimer(PATIENCE), AskTicket()]


def test_pauses_grow_so_that_ten_tickets_last() -> None:
    """Within the three minutes, and never so long that the network's return goes unused for a minute."""
    back = Comeback(timing=TIMING)
    back.start()
    waited = 0.0
    for _ in range(TICKETS - 1):
        assert back.timer() == [DropLeg(), SetTimer(PATIENCE), AskTicket()]
        back.asked()
        rest = back.failed(CUT)[-1]
        assert isinstance(rest, SetTimer)
        waited += rest.seconds
        assert rest.seconds <= 30
    assert back.last == CUT
    assert 90 < waited < 240
    assert TICKETS == 10


def test_a_changed_network_begins_anew() -> None:
    """But not where both are already talking."""
    for steps in range(2):
        back = asking()
        take(back, steps)
        assert back.hurry() == [DropLeg(), SetTimer(PATIENCE), AskTicket()]
    back, _ = dialled()
    back.opened()
    back.ready()
    assert back.hurry() == []
    assert back.verified() == [SetTimer(TIMING.secure), Greet()]
    assert back.hurry() == []


def test_after_the_last_ticket_the_other_sides_bring_it_back() -> None:
    """Nothing is asked for any more, and it is not over: the interruption's own time says when."""
    back = Comeback(timing=TIMING)
    back.start()
    for _ in range(TICKETS):
        back.timer()
        back.asked()
        rest = back.failed(CUT)
    assert rest == [DropLeg(), StopTimer()]
    assert back.hurry() == back.failed(CUT) == []
    late = grant(asked=TICKETS)
    assert back.granted(late) == [DropLeg(), SetTimer(PATIENCE), DialLeg(late)]
    assert back.timer() == [DropLeg(), StopTimer()]


def test_a_network_that_comes_and_goes_leaves_tickets_for_later() -> None:
    """A word each second shortens the first pauses, and not the later ones."""
    back = asking()
    asked = 1
    for _ in range(50):
        back.failed(CUT)
        if AskTicket() in back.hurry():
            asked += 1
            back.asked()
    assert asked == HURRIED
    assert back.timer() == [DropLeg(), SetTimer(PATIENCE), AskTicket()]


def test_a_leg_that_waits_for_its_partner_is_not_dropped_at_once() -> None:
    """The network has changed: it has a little longer, from the first word on, and then another is asked for."""
    back, _ = dialled()
    assert back.opened() == [SetTimer(TIMING.join)]
    assert back.hurry() == [SetTimer(PATIENCE)]
    assert back.hurry() == []
    assert back.ready() == [SetTimer(TIMING.secure), Secure()]
    back, _ = dialled()
    back.opened()
    back.hurry()
    assert back.timer()[0] == DropLeg()
    assert back.timer() == [DropLeg(), SetTimer(PATIENCE), AskTicket()]


@pytest.mark.parametrize("counted", [1, 3])
def test_wishes_that_the_relay_has_not_counted(counted: int) -> None:
    """Lost on the way, or refused: its count stays behind ours, and its grants are good all the same."""
    back = Comeback(timing=TIMING)
    back.start()
    for _ in range(4):
        back.timer()
        back.asked()
        back.failed(CUT)
    back.timer()
    back.asked()
    granted = grant(asked=counted)
    assert back.granted(granted) == [DropLeg(), SetTimer(PATIENCE), DialLeg(granted)]


def test_a_relay_that_was_started_anew_counts_from_the_beginning() -> None:
    """What it counts is compared with what it said last, upwards or not."""
    back = asking()
    back.granted(grant(asked=4))
    back.failed(CUT)
    back.timer()
    back.asked()
    assert back.granted(grant(asked=4)) == []
    granted = grant(asked=1)
    assert back.granted(granted) == [DropLeg(), SetTimer(PATIENCE), DialLeg(granted)]


def test_a_grant_before_our_wish_is_taken() -> None:
    """While it waits for matching, nothing of ours is on its way."""
    back = Comeback(timing=TIMING)
    back.start()
    back.timer()
    granted = grant(asked=0)
    assert back.granted(granted) == [DropLeg(), SetTimer(PATIENCE), DialLeg(granted)]


def test_late_words_change_nothing() -> None:
    """What was under way while a step was taken."""
    back = asking()
    assert back.opened() == back.ready() == back.verified() == []
    back, _ = dialled()
    assert back.ready() == back.verified() == []
    back.opened()
    assert back.opened() == back.verified() == []
    back.failed(CUT)
    assert back.failed(CUT) == back.opened() == back.ready() == back.verified() == []
