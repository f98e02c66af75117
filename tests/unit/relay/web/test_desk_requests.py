"""Requests and sessions at the desk, as transcripts: who says what, and who hears what."""

from pathlib import Path

import msgspec
import pytest

from common.protocol.identity import Role
from common.protocol.messages import (
    Accept,
    Active,
    Cancel,
    Code,
    Decline,
    End,
    Ended,
    Error,
    Granted,
    Mode,
    Over,
    Request,
    Requests,
    SetStatus,
    Status,
    Ticket,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
    Transfer,
    Waiting,
    Watch,
)
from common.protocol.reasons import Why
from relay.core.records import State
from relay.core.tickets import Side
from relay.store.null import NullStore
from relay.web.numbers import DeskNumbers
from tests.support.desk import LEGS, Agent, House, house_in

A, B, C = "a" * 32, "b" * 32, "c" * 32


def by_name(helper: Agent) -> ToHelper:
    """This helper, asked by name."""
    return ToHelper(uri=helper.listener.identified.person.uri)


def ask(to: To, request: str = A, mode: Mode = Mode.CONTROL) -> Request:
    """A request."""
    return Request(request=request, to=to, mode=mode, topic="printer", inventory={"os": "Debian"})


async def two(house: House) -> tuple[Agent, Agent]:
    """Anna, a user, and Hana, a helper who watches the queue; their lists do not matter."""
    user, helper = await house.agent(Role.USER, "Anna"), await house.agent(Role.HELPER, "Hana", watch=True)
    await house.advance(1)
    helper.forget()
    return user, helper


async def test_the_whole_way(tmp_path: Path) -> None:
    """Asked, seen, accepted, spliced, active, ended: each side hears its part, each transition is one audit row."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        user.say(ask(by_name(helper)))
        await house.settle()
        assert user.ws.sent == [Waiting(request=A, position=1, to=by_name(helper))]
        [entry] = helper.the(Requests).set
        assert (entry.request, entry.user.name, entry.topic, entry.inventory) == (
            A,
            "Anna",
            "printer",
            {"os": "Debian"},
        )
        assert entry.since == house.clock.now().timestamp()
        helper.say(Accept(request=A))
        await house.settle()
        mine, theirs = user.the(Granted), helper.the(Granted)
        assert mine.session == theirs.session
        assert mine.ticket != theirs.ticket
        assert mine.legs == theirs.legs == LEGS
        assert (mine.peer.name, theirs.peer.name, mine.mode) == ("Hana", "Anna", Mode.CONTROL)
        for granted, side in ((mine, Side.USER), (theirs, Side.HELPER)):
            assert house.tickets.take(granted.ticket, house.clock.monotonic()) == (mine.session, side)
        house.desk.spliced(mine.session)
        user.say(Active(session=mine.session))
        await house.settle()
        [session] = house.desk.live_sessions()
        assert session.active_at == house.clock.now()
        user.forget()
        house.dataplane.legs.add(mine.session)
        helper.say(End(session=mine.session, why=Why.HELPER_ENDED))
        await house.settle()
        assert house.dataplane.ended == [(mine.session, Why.HELPER_ENDED)]
        assert user.ws.sent == [
            Ended(session=mine.session, why=Why.HELPER_ENDED),
            Over(request=A, why=Why.HELPER_ENDED),
        ]
        assert helper.heard(Ended) == [Ended(session=mine.session, why=Why.HELPER_ENDED)]
        house.desk.over(mine.session, Why.HELPER_ENDED, 1000, 20)
        await house.settle()
        [record] = await house.desk.sessions()
        assert (record.why, record.up, record.down) == (Why.HELPER_ENDED, 1000, 20)
        assert await house.events() == ["request.waiting", "request.granted", "request.active", "request.over"]
        assert house.desk.live_sessions() == []


async def test_the_first_accept_wins(tmp_path: Path) -> None:
    """Of two at once one is granted; the other hears too_late, and sees it go as taken."""
    async with house_in(tmp_path) as house:
        user, hana = await two(house)
        hiro = await house.agent(Role.HELPER, "Hiro", watch=True)
        user.say(ask(ToAnyone()))
        await house.settle()
        await house.advance(1)
        for helper in (hana, hiro):
            helper.forget()
            helper.say(Accept(request=A))
        await house.settle()
        assert hana.heard(Granted)
        assert not hiro.heard(Granted)
        assert hiro.the(Error) == Error(about="accept", code=Code.TOO_LATE, request=A)
        await house.advance(1)
        [gone] = hiro.the(Requests).gone
        assert (gone.request, gone.why) == (A, Why.TAKEN)
        assert len(user.heard(Granted)) == 1
        hana.say(Accept(request=A))
        await house.settle()
        assert not hana.heard(Error)
        hiro.forget()
        hana.say(End(session=hana.the(Granted).session, why=Why.HELPER_ENDED))
        await house.settle()
        hiro.say(Accept(request=A), Accept(request=B))
        await house.settle()
        assert [error.code for error in hiro.heard(Error)] == [Code.TOO_LATE, Code.NO_SUCH_REQUEST]


async def test_only_who_was_asked_may_take(tmp_path: Path) -> None:
    """Another helper neither sees a request by name nor may accept or decline it."""
    async with house_in(tmp_path) as house:
        user, hana = await two(house)
        hiro = await house.agent(Role.HELPER, "Hiro", watch=True)
        hiro.forget()
        user.say(ask(by_name(hana)))
        await house.settle()
        await house.advance(2)
        assert hiro.heard(Requests) == []
        hiro.say(Accept(request=A), Decline(request=A))
        await house.settle()
        assert [error.code for error in hiro.heard(Error)] == [Code.NOT_ALLOWED] * 2
        assert house.desk.open_requests()[0].state is State.WAITING


async def test_a_named_helper_declines(tmp_path: Path) -> None:
    """That is the answer, in the helper's words; the same no again is nothing."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        user.say(ask(by_name(helper)))
        await house.settle()
        helper.say(Decline(request=A, why="At lunch."))
        await house.settle()
        helper.say(Decline(request=A))
        await house.settle()
        assert user.the(Over) == Over(request=A, why=Why.DECLINED, note="At lunch.")
        assert not helper.heard(Error)
        assert house.desk.open_requests() == []
        assert await house.events() == ["request.waiting", "request.over"]


async def test_one_of_a_group_declines(tmp_path: Path) -> None:
    """It goes from that list only; when nobody is left who is there, it is over."""
    async with house_in(tmp_path) as house:
        user, hana = await two(house)
        hiro = await house.agent(Role.HELPER, "Hiro", watch=True)
        away, _ = await house.person(Role.HELPER, "Hugo")
        members = [one.listener.identified.account.identifier for one in (hana, hiro)]
        await house.desk.add_group("Desk", by="operator:test")
        await house.desk.change_members("Desk", add=[*members, away.identifier], by="operator:test")
        hiro.forget()
        user.say(ask(ToGroup(group="Desk")))
        await house.settle()
        await house.advance(2)
        hana.forget()
        hana.say(Decline(request=A))
        await house.settle()
        [gone] = hana.the(Requests).gone
        assert (gone.request, gone.why) == (A, Why.DECLINED)
        assert not user.heard(Over)
        hana.say(Accept(request=A), Decline(request=A))
        await house.settle()
        assert hana.the(Error).code == Code.NOT_ALLOWED
        assert await house.events() == ["request.waiting", "request.declined"]
        hiro.say(Decline(request=A))
        await house.settle()
        assert user.the(Over).why is Why.DECLINED


async def test_a_helper_in_the_middle_of_a_reconnect_counts_as_there(tmp_path: Path) -> None:
    """One's no does not end a request that a colleague could take who is away for a moment only."""
    async with house_in(tmp_path) as house:
        user, hana = await two(house)
        hiro = await house.agent(Role.HELPER, "Hiro")
        user.say(ask(ToAnyone()))
        await house.settle()
        hiro.cut()
        hana.say(Decline(request=A))
        await house.settle()
        assert not user.heard(Over)
        await house.advance(61)
        again = await house.agent(Role.HELPER, "Hugo")
        again.say(Decline(request=A))
        await house.settle()
        assert user.the(Over).why is Why.DECLINED


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (ToHelper(uri="tasuki://Example/helper/00000000-0000-4000-8000-000000000001"), Code.NO_SUCH_HELPER),
        (ToHelper(uri="x"), Code.NO_SUCH_HELPER),
        (ToGroup(group="Nobody"), Code.NO_SUCH_GROUP),
    ],
)
async def test_nobody_of_that_name(tmp_path: Path, to: To, code: Code) -> None:
    """A request to somebody who is not there is refused and leaves nothing."""
    async with house_in(tmp_path) as house:
        user, _ = await two(house)
        user.say(ask(to))
        await house.settle()
        assert user.ws.sent == [Error(about="request", code=code, request=A)]
        assert await house.desk.requests() == []


async def test_one_open_request(tmp_path: Path) -> None:
    """An account has one, whichever PC it comes from; the first stays as it is."""
    async with house_in(tmp_path) as house:
        account, identity = await house.person(Role.USER, "Anna")
        pc = await house.connect(identity)
        laptop = await house.connect(house.organisation.person(Role.USER, "Anna", account.identifier))
        pc.say(ask(ToAnyone()), ask(ToAnyone(), B))
        laptop.say(ask(ToAnyone(), C))
        await house.settle()
        assert pc.the(Error) == Error(about="request", code=Code.OPEN_REQUEST, request=B)
        assert laptop.the(Error) == Error(about="request", code=Code.OPEN_REQUEST, request=C)
        other = await house.agent(Role.USER, "Bernd")
        other.say(ask(ToAnyone(), A), Cancel(request=A))
        await house.settle()
        assert [error.code for error in other.heard(Error)] == [Code.NOT_ALLOWED] * 2
        assert [one.identifier for one in house.desk.open_requests()] == [A]


async def test_an_agent_started_anew_asks_anew(tmp_path: Path) -> None:
    """It knows nothing of the request it left: that one is replaced, not in the way."""
    async with house_in(tmp_path) as house:
        _, identity = await house.person(Role.USER, "Anna")
        first = await house.connect(identity)
        first.say(ask(ToAnyone()))
        await house.settle()
        first.cut()
        second = await house.connect(identity)
        second.say(ask(ToAnyone(), B))
        await house.settle()
        assert second.the(Waiting).request == B
        [newer, older] = sorted(await house.desk.requests(), key=lambda one: one.identifier, reverse=True)
        assert (newer.identifier, older.why) == (B, Why.REPLACED)


async def test_taken_up_again(tmp_path: Path) -> None:
    """The same request from the same certificate keeps its place; after a minute away it is over."""
    async with house_in(tmp_path) as house:
        _, identity = await house.person(Role.USER, "Anna")
        anna = await house.connect(identity)
        anna.say(ask(ToAnyone()))
        await house.settle()
        ben = await house.agent(Role.USER, "Ben")
        house.clock.advance(1)
        ben.say(ask(ToAnyone(), B))
        await house.settle()
        assert ben.the(Waiting).position == 2
        anna.cut()
        await house.advance(59)
        anna = await house.connect(identity)
        anna.say(ask(ToAnyone()))
        await house.settle()
        assert anna.the(Waiting) == Waiting(request=A, position=1, to=ToAnyone())
        await house.advance(120)
        assert len(house.desk.open_requests()) == 2
        ben.forget()
        anna.cut()
        await house.settle()
        await house.advance(61)
        assert [one.identifier for one in house.desk.open_requests()] == [B]
        await house.advance(1)
        assert ben.the(Waiting).position == 1
        anna = await house.connect(identity)
        anna.say(ask(ToAnyone()))
        await house.settle()
        assert anna.ws.sent == [Over(request=A, why=Why.USER_GONE)]


async def test_other_words(tmp_path: Path) -> None:
    """Sent again about something else: helpers see the new words, the place is kept, one row is written, and no more of it."""
    async with house_in(tmp_path) as house:
        user, hana = await two(house)
        user.say(ask(by_name(hana)))
        await house.settle()
        await house.advance(2)
        hana.forget()
        rows = len(await house.store.audit_rows())
        user.say(
            msgspec.structs.replace(ask(by_name(hana)), topic="It burns"),
            msgspec.structs.replace(ask(by_name(hana)), topic="It burns"),
        )
        await house.settle()
        [listed] = hana.the(Requests).set
        assert (listed.request, listed.topic) == (A, "It burns")
        assert [row.entry.event for row in await house.store.audit_rows(after=rows)] == ["request.reworded"]
        assert {one.position for one in user.heard(Waiting)} == {1}


async def test_other_words_that_cross_the_grant(tmp_path: Path) -> None:
    """They come too late: nothing is granted a second time, and no error ends what was granted."""
    async with house_in(tmp_path) as house:
        user, hana = await two(house)
        await house.granted(user, hana, by_name(hana), request=A)
        user.forget()
        user.say(msgspec.structs.replace(ask(by_name(hana)), topic="It burns"))
        await house.settle()
        assert user.ws.sent == []


async def test_too_many_words(tmp_path: Path) -> None:
    """Changing them again and again is refused by itself; the request waits on with the last that were taken."""
    async with house_in(tmp_path, numbers=DeskNumbers(requests_a_minute=2)) as house:
        user, hana = await two(house)
        user.say(*(msgspec.structs.replace(ask(by_name(hana)), topic=f"{number}") for number in range(3)))
        await house.settle()
        assert [(one.about, one.code) for one in user.heard(Error)] == [("topic", Code.TOO_MANY)]
        assert house.desk.open_requests()[0].topic == "1"


async def test_somebody_elses_request_of_old(tmp_path: Path) -> None:
    """The id of another's request that is over is refused, whoever remembers it."""
    async with house_in(tmp_path) as house:
        user, _ = await two(house)
        user.say(ask(ToAnyone()), Cancel(request=A))
        await house.settle()
        ben = await house.agent(Role.USER, "Ben")
        ben.say(ask(ToAnyone()), Cancel(request=C))
        await house.settle()
        assert [error.code for error in ben.heard(Error)] == [Code.NOT_ALLOWED, Code.NO_SUCH_REQUEST]


async def test_nobody_comes(tmp_path: Path) -> None:
    """After half an hour a request is over; nothing was granted by the clock."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        user.say(ask(by_name(helper)))
        await house.settle()
        user.forget()
        await house.advance(1799)
        assert user.ws.sent == []
        await house.advance(2)
        assert user.the(Over).why is Why.EXPIRED
        assert not user.heard(Granted)
        assert not helper.heard(Granted)


async def test_granted_but_never_active(tmp_path: Path) -> None:
    """Two minutes, then it is over for both."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        granted = await house.granted(user, helper, by_name(helper))
        await house.advance(121)
        for agent in (user, helper):
            assert agent.the(Ended) == Ended(session=granted.session, why=Why.GRANT_EXPIRED)
        assert user.the(Over).why is Why.GRANT_EXPIRED
        assert house.dataplane.ended == [(granted.session, Why.GRANT_EXPIRED)]


async def test_cancel(tmp_path: Path) -> None:
    """The user takes it back while it waits, and while it is granted; helpers see it go; twice is once."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        user.say(ask(ToAnyone()))
        await house.settle()
        helper.forget()
        user.say(Cancel(request=A), Cancel(request=A))
        await house.advance(1)
        [gone] = helper.the(Requests).gone
        assert (gone.request, gone.why) == (A, Why.CANCELLED)
        user.forget()
        helper.forget()
        granted = await house.granted(user, helper, ToAnyone(), request=B)
        user.say(Cancel(request=B))
        await house.settle()
        assert helper.the(Ended) == Ended(session=granted.session, why=Why.CANCELLED)
        assert house.tickets.take(granted.ticket, house.clock.monotonic()) is None
        assert not user.heard(Error)


async def test_new_tickets(tmp_path: Path) -> None:
    """Three before splicing, each killing the one before; none after, none for a stranger's session."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        granted = await house.granted(user, helper, ToAnyone())
        seen = [granted.ticket]
        for _ in range(3):
            user.forget()
            user.say(Ticket(session=granted.session))
            await house.settle()
            seen.append(user.the(Granted).ticket)
        assert len(set(seen)) == 4
        assert [house.tickets.take(ticket, house.clock.monotonic()) is None for ticket in seen] == [True] * 3 + [False]
        assert (granted.session, Side.USER) in house.dataplane.unparked
        user.say(Ticket(session=granted.session))
        ben = await house.agent(Role.USER, "Ben")
        ben.say(Ticket(session=granted.session), Active(session=granted.session), End(session=B, why=Why.CUT))
        house.desk.spliced(granted.session)
        await house.settle()
        helper.say(Ticket(session=granted.session))
        await house.settle()
        assert user.the(Error).code == Code.TOO_MANY
        assert helper.the(Error).code == Code.NOT_NOW
        assert [error.code for error in ben.heard(Error)] == [Code.NO_SUCH_SESSION] * 2


async def test_a_lost_grant_is_sent_again(tmp_path: Path) -> None:
    """To the user who asks again, and to the helper who is back and has not used the ticket; not once it was used."""
    async with house_in(tmp_path) as house:
        _, anna = await house.person(Role.USER, "Anna")
        _, hana = await house.person(Role.HELPER, "Hana")
        user, helper = await house.connect(anna), await house.connect(hana)
        granted = await house.granted(user, helper, ToAnyone())
        user.cut()
        helper.cut()
        helper = await house.connect(hana)
        assert helper.the(Granted).session == granted.session
        user = await house.connect(anna)
        assert not user.heard(Granted)
        user.say(ask(ToAnyone()))
        await house.settle()
        assert user.the(Granted).session == granted.session
        assert user.the(Granted).ticket != granted.ticket
        house.tickets.take(helper.the(Granted).ticket, house.clock.monotonic())
        helper.cut()
        helper = await house.connect(hana)
        assert not helper.heard(Granted)


async def test_losing_matching_ends_no_session(tmp_path: Path) -> None:
    """It lives on; after identify the agents are bound again, and hear of the end that they missed."""
    async with house_in(tmp_path) as house:
        _, anna = await house.person(Role.USER, "Anna")
        _, hana = await house.person(Role.HELPER, "Hana")
        user, helper = await house.connect(anna), await house.connect(hana)
        session = await house.active(user, helper, ToAnyone())
        user.cut()
        helper.cut()
        await house.advance(3600)
        assert [one.identifier for one in house.desk.live_sessions()] == [session]
        helper = await house.connect(hana)
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        await house.settle()
        assert helper.the(Ended).why is Why.HELPER_ENDED
        user = await house.connect(anna)
        assert user.ws.sent == [Ended(session=session, why=Why.HELPER_ENDED)]
        user.cut()
        assert (await house.connect(anna)).ws.sent == []


async def test_a_cut_waits_for_the_reason(tmp_path: Path) -> None:
    """Legs gone: an agent's reason within a second counts, one that says nothing new does not; else the dataplane's."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        session = await house.active(user, helper, ToAnyone())
        house.desk.over(session, Why.USER_GONE, 5, 6)
        await house.settle()
        helper.say(End(session=session, why=Why.CUT))
        await house.settle()
        assert not helper.heard(Ended)
        user.say(End(session=session, why=Why.UNFILTERABLE))
        await house.settle()
        assert helper.the(Ended).why is Why.UNFILTERABLE
        [record] = await house.desk.sessions()
        assert (record.why, record.up, record.down) == (Why.UNFILTERABLE, 5, 6)
        user.forget()
        helper.forget()
        session = await house.active(user, helper, ToAnyone(), request=B)
        house.desk.over(session, Why.SILENT, 1, 2)
        await house.settle()
        await house.advance(1.1)
        assert user.the(Ended).why is Why.SILENT


async def test_agents_cannot_say_what_only_the_relay_knows(tmp_path: Path) -> None:
    """A reason that is not an agent's to give counts as its own wish."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        session = await house.active(user, helper, ToAnyone())
        user.say(End(session=session, why=Why.OPERATOR_ENDED), End(session=session, why=Why.FAILED))
        await house.settle()
        assert helper.the(Ended).why is Why.USER_ENDED


async def test_transfer(tmp_path: Path) -> None:
    """The session ends as transferred, the same request waits for another, in view mode, with the note; then a new session."""
    async with house_in(tmp_path) as house:
        user, hana = await two(house)
        hiro = await house.agent(Role.HELPER, "Hiro", watch=True)
        hiro.forget()
        await house.advance(1)
        session = await house.active(user, hana, by_name(hana))
        user.forget()
        hana.forget()
        hana.say(Transfer(request=A, to=by_name(hiro), note="knows printers"))
        await house.settle()
        assert user.ws.sent == [
            Ended(session=session, why=Why.TRANSFERRED),
            Waiting(request=A, position=1, to=by_name(hiro)),
        ]
        assert hana.the(Ended).why is Why.TRANSFERRED
        assert house.dataplane.ended == [(session, Why.TRANSFERRED)]
        [entry] = hiro.the(Requests).set
        assert (entry.request, entry.mode, entry.note) == (A, Mode.VIEW, "knows printers")
        hiro.say(Accept(request=A))
        await house.settle()
        assert user.the(Granted).session != session
        assert user.the(Granted).mode is Mode.VIEW
        assert await house.events() == [
            "request.waiting",
            "request.granted",
            "request.active",
            "request.transferred",
            "request.granted",
        ]


async def test_who_may_transfer_what(tmp_path: Path) -> None:
    """Only the session's own helper, to somebody else who is there."""
    async with house_in(tmp_path) as house:
        user, hana = await two(house)
        hiro = await house.agent(Role.HELPER, "Hiro")
        granted = await house.granted(user, hana, ToAnyone())
        user.say(Active(session=granted.session))
        await house.settle()
        assert user.the(Error) == Error(about="active", code=Code.NOT_NOW)
        house.desk.spliced(granted.session)
        user.say(*[Active(session=granted.session)] * 2)
        await house.settle()
        assert len(user.heard(Error)) == 1
        hana.say(
            Transfer(request=A, to=by_name(hana)),
            Transfer(request=A, to=ToGroup(group="x")),
            Transfer(request=B, to=ToAnyone()),
        )
        hiro.say(Transfer(request=A, to=ToAnyone()))
        await house.settle()
        codes = [Code.NOT_ALLOWED, Code.NO_SUCH_GROUP, Code.NO_SUCH_REQUEST]
        assert [error.code for error in hana.heard(Error)] == codes
        assert hiro.the(Error).code == Code.NOT_ALLOWED
        hana.say(End(session=granted.session, why=Why.HELPER_ENDED), Transfer(request=A, to=ToAnyone()))
        await house.settle()
        assert hana.heard(Error)[-1].code == Code.TOO_LATE


async def test_away_after_two_missed(tmp_path: Path) -> None:
    """Two named requests that passed unanswered make a helper away; a status brings the helper back."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        account = helper.listener.identified.account.identifier
        for request, seconds in ((A, 5), (B, 61), (C, 61)):
            assert house.desk._office.attendance.status(account) is Status.AVAILABLE
            user.say(ask(by_name(helper), request))
            await house.settle()
            await house.advance(seconds)
            user.say(Cancel(request=request))
            await house.settle()
        assert house.desk._office.attendance.status(account) is Status.AWAY
        helper.say(SetStatus(status=Status.AVAILABLE))
        await house.settle()
        assert house.desk._office.attendance.status(account) is Status.AVAILABLE


async def test_rate_of_requests(tmp_path: Path) -> None:
    """An account asks so often and no more; sending the same one again costs nothing."""
    async with house_in(tmp_path, numbers=DeskNumbers(requests_a_minute=2)) as house:
        user, _ = await two(house)
        for number in range(3):
            user.say(
                ask(ToAnyone(), f"{number:032x}"), ask(ToAnyone(), f"{number:032x}"), Cancel(request=f"{number:032x}")
            )
            await house.settle()
        errors = [(error.about, error.code) for error in user.heard(Error)]
        assert errors == [("request", Code.TOO_MANY)] * 2 + [("cancel", Code.NO_SUCH_REQUEST)]


async def test_a_helper_has_two_hands(tmp_path: Path) -> None:
    """So many sessions at a time and no more; while in one the helper shows as busy."""
    async with house_in(tmp_path, numbers=DeskNumbers(helper_sessions=1)) as house:
        anna, helper = await two(house)
        ben = await house.agent(Role.USER, "Ben")
        granted = await house.granted(anna, helper, ToAnyone())
        account = helper.listener.identified.account.identifier
        assert house.desk._office.attendance.status(account) is Status.BUSY
        ben.say(ask(ToAnyone(), B))
        await house.settle()
        helper.say(Accept(request=B))
        await house.settle()
        assert helper.the(Error).code == Code.TOO_MANY
        helper.say(End(session=granted.session, why=Why.HELPER_ENDED), Accept(request=B))
        await house.settle()
        assert ben.heard(Granted)


async def test_a_full_house(tmp_path: Path) -> None:
    """There is a bound to open requests."""
    async with house_in(tmp_path, numbers=DeskNumbers(open_requests=1)) as house:
        user, _ = await two(house)
        ben = await house.agent(Role.USER, "Ben")
        user.say(ask(ToAnyone()))
        await house.settle()
        ben.say(ask(ToAnyone(), B))
        await house.settle()
        assert ben.the(Error).code == Code.TOO_MANY


async def test_restart(tmp_path: Path) -> None:
    """No session stays open; a waiting request is taken up again with its place; both ends hear what ended."""
    async with house_in(tmp_path) as house:
        _, anna = await house.person(Role.USER, "Anna")
        _, ben = await house.person(Role.USER, "Ben")
        _, hana = await house.person(Role.HELPER, "Hana")
        helper, user, waiting = [await house.connect(one) for one in (hana, anna, ben)]
        session = await house.active(user, helper, ToAnyone())
        waiting.say(ask(ToAnyone(), B))
        await house.settle()
        await house.restart()
        assert await house.store.open_sessions() == []
        assert [one.identifier for one in house.desk.open_requests()] == [B]
        assert house.desk.live_sessions() == []
        helper, user, waiting = [await house.connect(one, watch=one is hana) for one in (hana, anna, ben)]
        for agent in (helper, user):
            assert agent.the(Ended) == Ended(session=session, why=Why.RELAY_RESTARTED)
        assert [entry.request for entry in helper.the(Requests).set] == [B]
        user.say(ask(ToAnyone()))
        waiting.say(ask(ToAnyone(), B))
        await house.settle()
        assert user.the(Over).why is Why.RELAY_RESTARTED
        assert waiting.the(Waiting).position == 1
        await house.advance(600)
        helper.say(Accept(request=B))
        await house.settle()
        assert waiting.heard(Granted)


async def test_restart_and_nobody_comes_back(tmp_path: Path) -> None:
    """A request that waited when the relay was killed is held for a minute."""
    async with house_in(tmp_path) as house:
        user, _ = await two(house)
        user.say(ask(ToAnyone()))
        await house.settle()
        await house.restart()
        await house.advance(61)
        assert house.desk.open_requests() == []
        assert (await house.desk.requests())[0].why is Why.USER_GONE


async def test_a_stopped_relay_ends_its_sessions(tmp_path: Path) -> None:
    """Stopped in order, it says so; what waits goes on waiting in the store."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        await house.active(user, helper, ToAnyone())
        ben = await house.agent(Role.USER, "Ben")
        ben.say(ask(ToAnyone(), B))
        await house.settle()
        await house.desk.stop()
        assert user.the(Ended).why is Why.RELAY_STOPPED
        assert [one.identifier for one in await house.store.open_requests()] == [B]


async def test_nothing_starts_that_cannot_be_written(tmp_path: Path) -> None:
    """With an unwritable log no request and no session starts (busy); what ends, ends, and is written once that works."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        ben = await house.agent(Role.USER, "Ben")
        session = await house.active(user, helper, ToAnyone())
        ben.say(ask(ToAnyone(), B))
        await house.settle()
        assert isinstance(house.store, NullStore)
        house.store.broken = True
        helper.say(Accept(request=B), Transfer(request=A, to=ToAnyone()))
        await house.settle()
        assert [error.code for error in helper.heard(Error)] == [Code.BUSY] * 2
        assert not house.desk.ready
        assert house.desk.open_requests()[0].state is State.WAITING
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        ben.say(Cancel(request=B))
        await house.settle()
        assert user.the(Ended).why is Why.HELPER_ENDED
        assert ben.the(Over).why is Why.CANCELLED
        ben.say(ask(ToAnyone(), C))
        await house.settle()
        assert ben.heard(Error)[-1] == Error(about="request", code=Code.BUSY, request=C)
        assert house.desk.counts()["unwritten"] == 2
        assert len(await house.store.open_sessions()) == 1
        await house.advance(6)
        house.store.broken = False
        await house.advance(6)
        assert house.desk.counts()["unwritten"] == 0
        assert await house.store.open_sessions() == []
        assert house.desk.ready
        ben.say(ask(ToAnyone(), C))
        await house.settle()
        assert ben.heard(Waiting)[-1].request == C
        assert (await house.events()).count("request.over") == 2


async def test_watching_stops(tmp_path: Path) -> None:
    """Lists come only while they are watched."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        helper.say(Watch(on=False))
        await house.settle()
        user.say(ask(ToAnyone()))
        await house.settle()
        await house.advance(5)
        assert helper.ws.sent == []


async def renewed(house: House, agent: Agent) -> Agent:
    """The same person's agent with a new certificate, connected."""
    who = agent.listener.identified
    return await house.connect(house.organisation.person(who.role, who.person.name, who.person.account))


@pytest.mark.parametrize("noticed", [True, False])
async def test_a_renewed_certificate_takes_its_request_up(tmp_path: Path, noticed: bool) -> None:
    """Renewed while it waits, also where the relay still holds the old connection: place kept, and the grant arrives."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        user.say(ask(ToAnyone()))
        await house.settle()
        if noticed:
            user.cut()
            await house.settle()
        again = await renewed(house, user)
        again.say(ask(ToAnyone()))
        await house.settle()
        assert again.ws.sent == [Waiting(request=A, position=1, to=ToAnyone())]
        await house.advance(61)
        helper.say(Accept(request=A))
        await house.settle()
        granted = again.the(Granted)
        assert not user.heard(Granted)
        [record] = house.desk.open_requests()
        assert record.user.certificate == again.listener.identified.person.certificate
        again.say(Cancel(request=A))
        await house.settle()
        assert helper.the(Ended) == Ended(session=granted.session, why=Why.CANCELLED)
        assert await house.events() == ["request.waiting", "request.renewed", "request.granted", "request.over"]


async def test_certificates_renewed_during_a_session(tmp_path: Path) -> None:
    """Both sides may end it and hand it on with the new certificate, and hear of its end."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        session = await house.active(user, helper, ToAnyone())
        user.cut()
        helper.cut()
        user, helper = await renewed(house, user), await renewed(house, helper)
        await house.settle()
        assert await house.events() == [
            "request.waiting",
            "request.granted",
            "request.active",
            *["request.renewed"] * 2,
        ]
        user.cut()
        helper.say(End(session=session, why=Why.HELPER_ENDED))
        await house.settle()
        assert helper.the(Ended).why is Why.HELPER_ENDED
        [record] = await house.desk.sessions()
        assert record.helper.certificate == helper.listener.identified.person.certificate
        user = await renewed(house, user)
        assert user.the(Ended).why is Why.HELPER_ENDED


async def test_a_helper_renewed_before_it_heard_of_its_grant(tmp_path: Path) -> None:
    """A grant whose ticket nobody has shown is sent again, to the new certificate."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        granted = await house.granted(user, helper, ToAnyone())
        helper.cut()
        again = await renewed(house, helper)
        await house.settle()
        assert again.the(Granted).session == granted.session


async def test_a_transfer_while_the_user_is_away(tmp_path: Path) -> None:
    """The request waits for its user no longer than any other whose user is away."""
    async with house_in(tmp_path) as house:
        user, helper = await two(house)
        await house.active(user, helper, ToAnyone())
        await house.agent(Role.HELPER, "Hiro")
        user.cut()
        helper.say(Transfer(request=A, to=ToAnyone(), note=""))
        await house.settle()
        assert len(house.desk.open_requests()) == 1
        await house.advance(61)
        assert house.desk.open_requests() == []
