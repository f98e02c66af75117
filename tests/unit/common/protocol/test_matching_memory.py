"""What an agent remembers of its matching."""

import msgspec
import pytest
from msgspec.structs import replace

from common.protocol.identity import PeerExpectation, Role
from common.protocol.matching_memory import KEPT, MatchingMemory, OnlineMessage, RequestOpenError
from common.protocol.messages import (
    Active,
    Cancel,
    Code,
    End,
    Ended,
    Error,
    Gone,
    Granted,
    GrantedBefore,
    GroupEntry,
    HelperEntry,
    Helpers,
    Mode,
    ModeNow,
    Over,
    Peer,
    Recorded,
    Request,
    RequestEntry,
    Requests,
    SetStatus,
    Status,
    Ticket,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
    Waiting,
    Watch,
    Yours,
)
from common.protocol.reasons import Why

URI = "tasuki://Example/helper/00000000-0000-4000-8000-000000000001"
USER = Peer(uri="tasuki://Example/user/00000000-0000-4000-8000-000000000002", name="Anna")
ID, SESSION = "a" * 32, "b" * 32
HANA = HelperEntry(uri=URI, name="Hana")
DESK = GroupEntry(group="Desk", available=1)


def request(to: To | None = None, mode: Mode = Mode.CONTROL) -> Request:
    """A request for Hana."""
    return Request(request=ID, to=to or ToHelper(uri=URI), mode=mode)


def granted(*, request: str = ID, session: str = SESSION, mode: Mode = Mode.CONTROL) -> Granted:
    """A grant whose `peer` is whatever the relay likes."""
    peer = Peer(uri="tasuki://Example/helper/evil", name="Evil")
    return Granted(request=request, session=session, ticket="t", legs=[], peer=peer, mode=mode, to=ToAnyone())


def entry(identifier: str = ID, since: float = 1.0) -> RequestEntry:
    """Anna's request as a helper sees it."""
    return RequestEntry(request=identifier, user=USER, to=ToAnyone(), mode=Mode.VIEW, since=since)


@pytest.fixture
def user() -> MatchingMemory:
    """A user's."""
    return MatchingMemory(role=Role.USER, organisation="Example")


@pytest.fixture
def helper() -> MatchingMemory:
    """A helper's."""
    return MatchingMemory(role=Role.HELPER, organisation="Example")


def test_the_list_of_helpers(user: MatchingMemory) -> None:
    """Changes are folded in, a reset starts anew, and it is gone when nobody watches."""
    user.received(Helpers(reset=True, set=[HANA, DESK]))
    assert list(user.helpers) == [HANA, DESK]
    busy = HelperEntry(uri=URI, name="Hana", status=Status.BUSY)
    user.received(Helpers(set=[busy], gone=["Desk", "unknown"]))
    assert list(user.helpers) == [busy]
    user.received(Helpers(reset=True, set=[DESK]))
    assert list(user.helpers) == [DESK]
    assert user.watch(False) == Watch(on=False)
    assert not user.helpers


def test_the_queue(helper: MatchingMemory) -> None:
    """Oldest first."""
    helper.received(Requests(reset=True, set=[entry("1" * 32, 5.0), entry("2" * 32, 3.0)]))
    assert [one.since for one in helper.requests] == [3.0, 5.0]
    helper.received(Requests(gone=[Gone(request="2" * 32, why=Why.TAKEN), Gone(request="3" * 32, why=Why.TAKEN)]))
    assert [one.since for one in helper.requests] == [5.0]
    helper.received(Requests(reset=True))
    assert helper.requests == ()


def test_the_persons_choice_is_what_a_session_expects(user: MatchingMemory) -> None:
    """URI and name of the entry that was clicked, and the mode chosen: nothing of what `granted` says."""
    assert user.ask(request(), name="Hana") == request()
    user.received(granted(mode=Mode.VIEW))
    plan = user.plan(granted(mode=Mode.VIEW))
    assert plan is not None
    assert plan.expectation == PeerExpectation(organisation="Example", role=Role.HELPER, uri=URI, name="Hana")
    assert (plan.mode, plan.role, plan.session, plan.request) == (Mode.CONTROL, Role.USER, SESSION, ID)


def test_nobody_chosen_by_name(user: MatchingMemory) -> None:
    """Then the person is asked."""
    user.ask(request(ToGroup(group="Desk")), name=None)
    user.received(granted())
    plan = user.plan(granted())
    assert plan is not None
    assert not plan.expectation.chosen


def test_a_helper_is_chosen_with_the_name(user: MatchingMemory) -> None:
    """And only a helper."""
    with pytest.raises(ValueError, match="name"):
        user.ask(request(), name=None)
    with pytest.raises(ValueError, match="name"):
        user.ask(request(ToAnyone()), name="Hana")


def test_one_open_request(user: MatchingMemory) -> None:
    """Until it is over, withdrawn or refused."""
    user.ask(request(), name="Hana")
    with pytest.raises(RequestOpenError):
        user.ask(request(), name="Hana")
    user.received(Over(request="0" * 32, why=Why.EXPIRED))
    assert user.open is not None
    user.received(Over(request=ID, why=Why.EXPIRED))
    assert user.open is None
    user.ask(request(), name="Hana")
    assert user.cancel() == Cancel(request=ID)
    assert user.cancel() is None
    user.ask(request(), name="Hana")
    user.received(Error(about="request", code=Code.NO_SUCH_HELPER))
    assert user.open is None
    user.received(Error(about="request", code=Code.NO_SUCH_HELPER))
    user.received(Error(about="watch", code=Code.NOT_NOW))


def test_grants_of_others_are_not_opened(user: MatchingMemory, helper: MatchingMemory) -> None:
    """Nor a second one while the first runs."""
    assert user.plan(granted()) is None
    user.ask(request(), name="Hana")
    assert user.plan(granted()) is None
    user.received(granted())
    assert user.plan(granted()) is not None
    other = granted(session="c" * 32)
    user.received(other)
    assert user.plan(other) is None
    assert user.plan(granted(request="0" * 32)) is None
    helper.received(granted())
    assert helper.plan(granted()) is None


def test_a_request_waits_and_is_sent_again(user: MatchingMemory) -> None:
    """Not once it was granted; where it fell back to waiting, again."""
    user.ask(request(), name="Hana")
    assert user.to_send_again() == [request()]
    user.received(Waiting(request="0" * 32, position=9, to=ToAnyone()))
    user.received(Waiting(request=ID, position=2, to=ToHelper(uri=URI)))
    assert user.open is not None
    assert user.open.position == 2
    user.received(granted())
    assert user.to_send_again() == []
    user.received(Waiting(request=ID, position=1, to=ToHelper(uri=URI)))
    assert user.to_send_again() == [request()]


def test_the_relay_alone_cannot_change_whom_the_person_chose(user: MatchingMemory) -> None:
    """A `waiting` with another `to` changes nothing."""
    user.ask(request(), name="Hana")
    user.received(Waiting(request=ID, position=1, to=ToAnyone()))
    assert user.open is not None
    assert user.open.to == ToHelper(uri=URI)


def test_after_a_transfer_the_person_is_asked_and_gives_control_anew(user: MatchingMemory) -> None:
    """The same request waits again, for somebody whom nobody here chose."""
    user.ask(request(), name="Hana")
    user.received(granted())
    user.received(Ended(session=SESSION, why=Why.TRANSFERRED))
    assert user.end(SESSION, Why.TRANSFERRED) == End(session=SESSION, why=Why.TRANSFERRED)
    user.received(Waiting(request=ID, position=1, to=ToGroup(group="Desk")))
    assert user.to_send_again() == [request(ToGroup(group="Desk"), Mode.VIEW)]
    again = granted(session="c" * 32, mode=Mode.VIEW)
    user.received(again)
    plan = user.plan(again)
    assert plan is not None
    assert (plan.mode, plan.expectation.chosen) == (Mode.VIEW, False)


def test_the_end_of_a_session_is_the_end_of_its_request(user: MatchingMemory) -> None:
    """Whoever says so; the end of another session is not."""
    for end in (
        lambda: user.received(Ended(session=SESSION, why=Why.HELPER_ENDED)),
        lambda: user.end(SESSION, Why.USER_ENDED),
    ):
        user.ask(request(), name="Hana")
        user.received(granted())
        user.received(Ended(session="0" * 32, why=Why.TRANSFERRED))
        assert user.open is not None
        end()
        assert user.open is None


def test_a_helper_expects_the_user_whose_request_was_taken(helper: MatchingMemory) -> None:
    """As the queue showed it; where nothing was shown, any user of the organisation."""
    helper.received(Requests(set=[entry()]))
    helper.accept(ID)
    helper.received(granted())
    plan = helper.plan(granted(mode=Mode.VIEW))
    assert plan is not None
    assert plan.expectation == PeerExpectation(organisation="Example", role=Role.USER, uri=USER.uri, name="Anna")
    assert plan.mode is Mode.VIEW
    helper.received(Ended(session=SESSION, why=Why.TRANSFERRED))
    assert helper.plan(granted()) is None
    helper.accept(ID)
    helper.received(Error(about="accept", code=Code.TOO_LATE, request=ID))
    assert helper.plan(granted()) is None
    helper.accept("e" * 32)
    plan = helper.plan(granted(request="e" * 32))
    assert plan is not None
    assert not plan.expectation.chosen


def test_presence_and_lists_are_wanted_again(helper: MatchingMemory) -> None:
    """In a new connection the relay knows nothing."""
    assert helper.to_send_again() == []
    assert helper.set_status(Status.BUSY) == SetStatus(status=Status.BUSY)
    helper.watch(True)
    assert helper.to_send_again() == [SetStatus(status=Status.BUSY), Watch(on=True)]


def test_what_could_not_be_said_is_said_first_and_once(user: MatchingMemory) -> None:
    """And not without limit."""
    user.keep(Cancel(request=ID))
    user.keep(Active(session=SESSION))
    user.watch(True)
    assert user.to_send_again() == [Cancel(request=ID), Active(session=SESSION), Watch(on=True)]
    assert user.to_send_again() == [Watch(on=True)]
    for number in range(KEPT + 5):
        user.keep(End(session=f"{number:032x}", why=Why.CUT))
    assert user.to_send_again()[0] == End(session=f"{5:032x}", why=Why.CUT)


@pytest.mark.parametrize(
    "late",
    [
        Waiting(request=ID, position=1, to=ToAnyone()),
        granted(session="c" * 32),
        Ended(session=SESSION, why=Why.TRANSFERRED),
    ],
)
def test_a_transfer_heard_of_too_late(user: MatchingMemory, late: OnlineMessage) -> None:
    """What was given up as cut here goes on at the relay: it is taken back there, once."""
    user.ask(request(), name="Hana")
    user.received(granted())
    user.end(SESSION, Why.CUT)
    assert user.received(Waiting(request="0" * 32, position=1, to=ToAnyone())) == []
    assert user.received(late) == [Cancel(request=ID)]
    assert user.received(late) == []
    assert user.open is None


def test_a_request_that_is_over_on_both_sides(user: MatchingMemory) -> None:
    """Nothing is to be taken back."""
    user.ask(request(), name="Hana")
    user.received(granted())
    user.end(SESSION, Why.CUT)
    assert user.received(Ended(session=SESSION, why=Why.CUT)) == []
    assert user.received(Over(request=ID, why=Why.CUT)) == []
    assert user.received(Waiting(request=ID, position=1, to=ToAnyone())) == []


def test_the_end_of_a_session_that_is_not_of_this_request(user: MatchingMemory) -> None:
    """Takes nothing back."""
    user.ask(request(), name="Hana")
    user.end(SESSION, Why.CUT)
    assert user.received(Waiting(request=ID, position=1, to=ToHelper(uri=URI))) == []
    assert user.open is not None


def test_a_transfer_while_matching_was_lost(user: MatchingMemory) -> None:
    """The request is sent again, so that the relay knows that somebody waits; not where it has it from this connection."""
    user.ask(request(), name="Hana")
    user.received(granted())
    assert user.to_send_again() == []
    assert user.received(Ended(session=SESSION, why=Why.TRANSFERRED)) == [request(mode=Mode.VIEW)]
    assert user.received(Ended(session=SESSION, why=Why.TRANSFERRED)) == []
    user.received(granted())
    assert user.received(Ended(session=SESSION, why=Why.TRANSFERRED)) == []


def test_all_of_the_list_has_come(user: MatchingMemory) -> None:
    """Only then is who is not in it not there: not before, not while more is to come, not while it is sent anew."""
    assert not user.listed
    user.watch(True)
    user.received(Helpers(reset=True, set=[DESK], more=True))
    assert not user.listed
    user.received(Helpers(set=[HANA]))
    assert user.listed
    user.received(Helpers(gone=["Desk"], more=True))
    assert user.listed
    user.received(Helpers(reset=True, set=[DESK], more=True))
    assert not user.listed
    user.received(Helpers(reset=True))
    assert user.listed
    user.watch(False)
    assert not user.listed


def test_what_ended_only_here_is_given_up_before_asking_again(user: MatchingMemory) -> None:
    """The relay may still hold the request of a session that was cut: it goes first, once, and its late news mean nothing."""
    assert user.give_up() is None
    user.ask(request(), name="Hana")
    user.received(granted())
    user.end(SESSION, Why.CUT)
    assert user.give_up() == Cancel(request=ID)
    assert user.give_up() is None
    assert user.received(Waiting(request=ID, position=1, to=ToAnyone())) == []


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("why", [Why.NO_ANSWER, Why.REFUSED, Why.DISABLED, Why.WRONG_PEER])
def test_a_call_back_waits_again(user: MatchingMemory, why: Why, *, ours: bool) -> None:
    """Where it was taken and no session came of it, whoever says so first; not where it is over for good."""
    assert user.leave_as_call_back() is None
    user.ask(request(), name="Hana")
    assert user.leave_as_call_back() == replace(request(), call_back=True)
    user.received(Waiting(request=ID, position=1, to=ToHelper(uri=URI), until=5.0))
    assert user.open is not None
    assert (user.open.call_back, user.open.until, user.open.name) == (True, 5.0, "Hana")
    assert user.to_send_again() == [replace(request(), call_back=True)]
    user.received(granted())
    plan = user.plan(granted())
    assert plan is not None
    assert (plan.call_back, plan.expectation.name) == (True, "Hana")
    assert user.leave_as_call_back() is None
    if ours and why is not Why.DISABLED:
        user.end(SESSION, why)
    user.received(Ended(session=SESSION, why=why))
    if ours and why is Why.WRONG_PEER:
        assert user.open is None
        return
    assert user.open is not None  # what ended it for good is the relay's to say
    assert (user.open.session, user.open.call_back, user.open.name) == (None, True, "Hana")
    assert user.received(Waiting(request=ID, position=1, to=ToHelper(uri=URI))) == []
    user.received(Over(request=ID, why=Why.EXPIRED))
    assert user.open is None


def test_a_session_calls_nobody_back(user: MatchingMemory) -> None:
    """Once both are connected its end is the request's; another's session changes nothing."""
    user.ask(replace(request(), call_back=True), name="Hana")
    user.received(granted())
    assert user.active("8" * 32) == Active(session="8" * 32)
    assert user.open is not None
    assert user.open.call_back
    user.active(SESSION)
    assert user.open is not None
    assert not user.open.call_back
    user.received(Ended(session=SESSION, why=Why.HELPER_ENDED))
    assert user.open is None


def test_other_words(user: MatchingMemory) -> None:
    """While it waits: what is sent is the same request, to whom it now waits for, and so it is sent after a reconnect."""
    assert user.change_topic("smoke") is None
    user.ask(request(), name="Hana")
    said = Request(request=ID, to=ToHelper(uri=URI), mode=Mode.CONTROL, topic="smoke")
    assert user.change_topic("smoke") == said
    assert user.open is not None
    assert user.open.topic == "smoke"
    assert user.to_send_again() == [said]
    user.received(granted())
    assert user.change_topic("fire") is None


def test_what_the_helper_who_handed_it_on_said(user: MatchingMemory) -> None:
    """It comes with the place in the queue and with the next session."""
    user.ask(request(), name="Hana")
    user.received(granted())
    user.received(Ended(session=SESSION, why=Why.TRANSFERRED))
    user.received(Waiting(request=ID, position=1, to=ToAnyone(), note="the tray"))
    assert user.open is not None
    assert user.open.note == "the tray"
    user.received(granted(session="c" * 32))
    assert user.open.note == ""
    user.received(msgspec.structs.replace(granted(session="c" * 32), note="the tray"))
    assert user.open.note == "the tray"


def test_a_session_that_runs_is_said_to_run_at_each_connection(user: MatchingMemory) -> None:
    """What was said last may have been lost with the connection before; not while it is interrupted, nor once it is over."""
    user.ask(request(), name="Hana")
    user.received(granted())
    running = user.active(SESSION)
    assert user.to_send_again() == user.to_send_again() == [running]
    user.keep(running)
    assert user.to_send_again() == [running]
    user.interrupted(SESSION)
    assert user.to_send_again() == []
    user.active(SESSION)
    user.end(SESSION, Why.USER_ENDED)
    assert user.to_send_again() == []
    user.active(SESSION)
    user.received(Ended(session=SESSION, why=Why.OPERATOR_ENDED))
    assert user.to_send_again() == []


def test_a_ticket_is_asked_for_again_until_there_is_an_answer(user: MatchingMemory) -> None:
    """Over a connection that was dead already nobody has heard of it."""
    wish, other = Ticket(session=SESSION), Ticket(session="d" * 32)
    for answer in (
        granted(),
        Error(about="ticket", code=Code.TOO_MANY, session=SESSION),
        Error(about="ticket", code=Code.TOO_MANY),
        Ended(session=SESSION, why=Why.CUT),
    ):
        assert user.wish(wish) == wish
        assert user.to_send_again() == user.to_send_again() == [wish]
        user.received(Error(about="ticket", code=Code.TOO_MANY, session=other.session))
        user.received(Ended(session=other.session, why=Why.CUT))
        assert user.to_send_again() == [wish]
        user.received(answer)
        assert wish not in user.to_send_again()
    user.wish(wish)
    user.end(SESSION, Why.CUT)
    assert wish not in user.to_send_again()


def test_another_runs_sessions_are_ended(user: MatchingMemory, helper: MatchingMemory) -> None:
    """The relay holds them for live: this program was started anew. Of one that it has ended itself it says so again."""
    user.live([SESSION])
    assert user.to_send_again() == [End(session=SESSION, why=Why.USER_RESTARTED)]
    helper.live([SESSION])
    helper.live([SESSION])
    assert helper.to_send_again() == [End(session=SESSION, why=Why.HELPER_RESTARTED)]
    user.ask(request(), name="Hana")
    user.received(granted())
    user.live([SESSION])
    assert user.to_send_again() == []
    user.end(SESSION, Why.SERVER_GONE)
    user.live([SESSION])
    assert user.to_send_again() == [End(session=SESSION, why=Why.SERVER_GONE)]


def test_ends_are_remembered_in_bounds(user: MatchingMemory) -> None:
    """The oldest goes: of it the relay's word is news again."""
    for number in range(KEPT + 1):
        user.end(f"{number:032x}", Why.CUT)
    assert len(user._ends) == KEPT
    assert f"{0:032x}" not in user._ends


@pytest.mark.parametrize(
    ("asked", "told", "most", "mode"),
    [
        (Mode.CONTROL, Mode.CONTROL, Mode.CONTROL, Mode.CONTROL),
        (Mode.CONTROL, Mode.VIEW, Mode.VIEW, Mode.VIEW),
        (Mode.VIEW, Mode.VIEW, Mode.VIEW, Mode.VIEW),
        (Mode.VIEW, Mode.CONTROL, Mode.CONTROL, Mode.VIEW),
        (Mode.CONTROL, Mode.VIEW, Mode.CONTROL, Mode.CONTROL),
    ],
)
def test_the_most_that_may_be_allowed(user: MatchingMemory, asked: Mode, told: Mode, most: Mode, mode: Mode) -> None:
    """The person's own mode, or less where the relay says that no more may be allowed: it can never give more."""
    user.ask(request(mode=asked), name="Hana")
    message = replace(granted(mode=told), most=most)
    user.received(message)
    plan = user.plan(message)
    assert plan is not None
    assert (plan.mode, plan.most) == (mode, most)


def test_the_next_one(helper: MatchingMemory) -> None:
    """Whose it is is remembered from `yours`, once for each that was asked for: the relay cannot make this side take anybody."""
    helper.received(Yours(entry=entry()))
    assert helper.plan(granted()) is None
    helper.next()
    helper.received(Yours(entry=entry()))
    helper.received(granted())
    plan = helper.plan(granted())
    assert plan is not None
    assert plan.expectation == PeerExpectation(organisation="Example", role=Role.USER, uri=USER.uri, name=USER.name)
    helper.received(Yours(entry=entry("c" * 32)))
    assert helper.plan(granted(request="c" * 32)) is None
    helper.next()
    helper.received(Error(about="next", code=Code.NOBODY_WAITS))
    helper.received(Yours(entry=entry("d" * 32)))
    assert helper.plan(granted(request="d" * 32)) is None


def test_what_was_taken_by_name_is_told_again(helper: MatchingMemory) -> None:
    """Whose it is comes from `yours` where the list had not shown it; no `next` is used up for it."""
    helper.next()
    helper.accept(ID)
    helper.received(Yours(entry=entry()))
    plan = helper.plan(granted())
    assert plan is not None
    assert plan.expectation.uri == USER.uri
    helper.received(Yours(entry=entry("c" * 32)))
    assert helper.takes("c" * 32)


def test_a_next_that_was_lost(helper: MatchingMemory) -> None:
    """The relay may have taken somebody for it: what it says so of at the next connections counts once, until it had the time to say it."""
    helper.next()
    helper.live([])
    helper.live([])
    helper.received(Yours(entry=entry()))
    assert helper.takes(ID)
    helper.received(Yours(entry=entry("c" * 32)))
    assert not helper.takes("c" * 32)
    helper.next()
    helper.live([])
    helper.settled()
    helper.received(Yours(entry=entry("d" * 32)))
    assert not helper.takes("d" * 32)


def test_many_lost_nexts_are_one_bound(helper: MatchingMemory) -> None:
    """However often it was said into dead connections: so many are remembered."""
    for _ in range(KEPT + 3):
        helper.next()
        helper.live([])
    for number in range(KEPT + 3):
        helper.received(Yours(entry=entry(f"{number:032x}")))
    assert sum(helper.takes(f"{number:032x}") for number in range(KEPT + 3)) == KEPT


def test_what_another_run_was_granted_is_given_back(user: MatchingMemory, helper: MatchingMemory) -> None:
    """A program that was started anew says so of what is granted to it; one that took it, asked for it, or may have by `next`, keeps it."""
    held = GrantedBefore(request=ID, session=SESSION)
    for memory, why in ((user, Why.USER_RESTARTED), (helper, Why.HELPER_RESTARTED)):
        memory.live([], [held])
        assert memory.to_send_again() == [End(session=SESSION, why=why)]
    user.ask(request(), name="Hana")
    helper.accept(ID)
    for memory in (user, helper):
        memory.live([], [held])
        assert not any(isinstance(one, End) for one in memory.to_send_again())
    helper.next()
    helper.live([], [GrantedBefore(request="c" * 32, session="d" * 32)])
    assert helper.to_send_again() == []


def test_a_grant_of_what_nobody_took_is_given_back(helper: MatchingMemory) -> None:
    """`yours` was lost, or an old wish of another run came true late: nobody waits in vain for it. What this side has ended it says again."""
    restarted = End(session=SESSION, why=Why.HELPER_RESTARTED)
    assert helper.received(granted()) == [restarted]
    assert helper.plan(granted()) is None
    helper.accept(ID)
    assert helper.received(granted()) == []
    helper.end(SESSION, Why.VIEWER_GONE)
    assert helper.received(granted()) == [End(session=SESSION, why=Why.VIEWER_GONE)]


def test_a_helper_who_was_started_anew(user: MatchingMemory) -> None:
    """Before anything began the request may wait again, as the relay says; once it began that is its end."""
    user.ask(request(), name="Hana")
    user.received(granted())
    user.received(Ended(session=SESSION, why=Why.HELPER_RESTARTED))
    assert user.open is not None
    assert (user.open.session, user.open.name) == (None, "Hana")
    user.received(Waiting(request=ID, position=1, to=ToHelper(uri=URI)))
    user.received(granted(session="e" * 32))
    user.active("e" * 32)
    user.interrupted("e" * 32)
    user.received(Ended(session="e" * 32, why=Why.HELPER_RESTARTED))
    assert user.open is None


def test_the_mode_is_said_until_it_is_recorded(user: MatchingMemory) -> None:
    """At each connection, the one that holds now; what is recorded, or over, is said no more."""
    user.ask(request(), name="Hana")
    user.received(granted())
    user.active(SESSION)
    view, control = (ModeNow(session=SESSION, mode=mode) for mode in Mode)
    assert user.mode_now(SESSION, Mode.VIEW) == view
    assert user.mode_now(SESSION, Mode.CONTROL) == control
    user.received(Recorded(session=SESSION, mode=Mode.VIEW))  # of the one before
    assert user.to_send_again() == [Active(session=SESSION), control]
    user.received(Recorded(session=SESSION, mode=Mode.CONTROL))
    assert user.to_send_again() == [Active(session=SESSION)]
    user.mode_now(SESSION, Mode.VIEW)
    user.received(Ended(session=SESSION, why=Why.HELPER_ENDED))
    assert user.to_send_again() == []
    user.ask(request(), name="Hana")
    user.received(granted())
    user.mode_now(SESSION, Mode.VIEW)
    assert user.end(SESSION, Why.USER_ENDED) == End(session=SESSION, why=Why.USER_ENDED)
    assert user.to_send_again() == []
