"""Requests, as transcripts: who says what, and who hears what."""

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
    Requests,
    Status,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
    Waiting,
)
from common.protocol.reasons import Why
from relay.core.records import RequestState
from relay.core.tickets import Side
from relay.settings import RelayLimits
from tests.support.relay_in_memory import LEGS, relay_in_memory
from tests.support.transcripts import ask, by_name, user_and_helper

A, B, C = "a" * 32, "b" * 32, "c" * 32


async def test_the_whole_way(tmp_path: Path) -> None:
    """Asked, seen, accepted, spliced, active, ended: each side hears its part, each transition is one audit row."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        user.say(ask(by_name(helper)))
        await relay.settle()
        assert user.ws.sent == [Waiting(request=A, position=1, to=by_name(helper))]
        [entry] = helper.the(Requests).set
        assert (entry.request, entry.user.name, entry.topic, entry.inventory) == (
            A,
            "Anna",
            "printer",
            {"os": "Debian"},
        )
        assert entry.since == relay.clock.now().timestamp()
        helper.say(Accept(request=A))
        await relay.settle()
        mine, theirs = user.the(Granted), helper.the(Granted)
        assert mine.session == theirs.session
        assert mine.ticket != theirs.ticket
        assert mine.legs == theirs.legs == LEGS
        assert (mine.peer.name, theirs.peer.name, mine.mode) == ("Hana", "Anna", Mode.CONTROL)
        for granted, side in ((mine, Side.USER), (theirs, Side.HELPER)):
            assert relay.dataplane.take(granted.ticket) == (mine.session, side, 0)
        relay.dataplane.spliced(mine.session)
        user.say(Active(session=mine.session))
        await relay.settle()
        [session] = relay.admin.live_sessions()
        assert session.active_at == relay.clock.now()
        user.forget()
        helper.say(End(session=mine.session, why=Why.HELPER_ENDED))
        await relay.settle()
        assert relay.dataplane.ended == [(mine.session, Why.HELPER_ENDED)]
        assert user.ws.sent == [
            Ended(session=mine.session, why=Why.HELPER_ENDED),
            Over(request=A, why=Why.HELPER_ENDED),
        ]
        assert helper.heard(Ended) == [Ended(session=mine.session, why=Why.HELPER_ENDED)]
        relay.dataplane.over(mine.session, Why.HELPER_ENDED, 1000, 20)
        await relay.settle()
        [record] = await relay.store.sessions(limit=100)
        assert (record.why, record.up, record.down) == (Why.HELPER_ENDED, 1000, 20)
        assert await relay.events() == ["request.waiting", "request.granted", "request.active", "request.over"]
        assert relay.admin.live_sessions() == []


async def test_the_first_accept_wins(tmp_path: Path) -> None:
    """Of two at once one is granted; the other hears too_late, and sees it go as taken."""
    async with relay_in_memory(tmp_path) as relay:
        user, hana = await user_and_helper(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro", watch=True)
        user.say(ask(ToAnyone()))
        await relay.settle()
        await relay.advance(1)
        for helper in (hana, hiro):
            helper.forget()
            helper.say(Accept(request=A))
        await relay.settle()
        assert hana.heard(Granted)
        assert not hiro.heard(Granted)
        assert hiro.the(Error) == Error(about="accept", code=Code.TOO_LATE, request=A)
        await relay.advance(1)
        [gone] = hiro.the(Requests).gone
        assert (gone.request, gone.why) == (A, Why.TAKEN)
        assert len(user.heard(Granted)) == 1
        hana.say(Accept(request=A))
        await relay.settle()
        assert not hana.heard(Error)
        hiro.forget()
        hana.say(End(session=hana.the(Granted).session, why=Why.HELPER_ENDED))
        await relay.settle()
        hiro.say(Accept(request=A), Accept(request=B))
        await relay.settle()
        assert [error.code for error in hiro.heard(Error)] == [Code.TOO_LATE, Code.NO_SUCH_REQUEST]


async def test_only_who_was_asked_may_take(tmp_path: Path) -> None:
    """Another helper neither sees a request by name nor may accept or decline it."""
    async with relay_in_memory(tmp_path) as relay:
        user, hana = await user_and_helper(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro", watch=True)
        hiro.forget()
        user.say(ask(by_name(hana)))
        await relay.settle()
        await relay.advance(2)
        assert hiro.heard(Requests) == []
        hiro.say(Accept(request=A), Decline(request=A))
        await relay.settle()
        assert [error.code for error in hiro.heard(Error)] == [Code.NOT_ALLOWED] * 2
        assert relay.admin.open_requests()[0].state is RequestState.WAITING


async def test_a_named_helper_declines(tmp_path: Path) -> None:
    """That is the answer, in the helper's words; the same no again is nothing."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        user.say(ask(by_name(helper)))
        await relay.settle()
        helper.say(Decline(request=A, why="At lunch."))
        await relay.settle()
        helper.say(Decline(request=A))
        await relay.settle()
        assert user.the(Over) == Over(request=A, why=Why.DECLINED, note="At lunch.")
        assert not helper.heard(Error)
        assert relay.admin.open_requests() == []
        assert await relay.events() == ["request.waiting", "request.over"]


async def test_one_of_a_group_declines(tmp_path: Path) -> None:
    """It goes from that list only; when nobody is left who is there, it is over."""
    async with relay_in_memory(tmp_path) as relay:
        user, hana = await user_and_helper(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro", watch=True)
        away, _ = await relay.person(Role.HELPER, "Hugo")
        members = [one.listener.identified.account.identifier for one in (hana, hiro)]
        await relay.admin.add_group("Desk", by="operator:test")
        await relay.admin.change_members("Desk", add=[*members, away.identifier], by="operator:test")
        hiro.forget()
        user.say(ask(ToGroup(group="Desk")))
        await relay.settle()
        await relay.advance(2)
        hana.forget()
        hana.say(Decline(request=A))
        await relay.settle()
        [gone] = hana.the(Requests).gone
        assert (gone.request, gone.why) == (A, Why.DECLINED)
        assert not user.heard(Over)
        hana.say(Accept(request=A), Decline(request=A))
        await relay.settle()
        assert hana.the(Error).code == Code.NOT_ALLOWED
        assert await relay.events() == ["request.waiting", "request.declined"]
        hiro.say(Decline(request=A))
        await relay.settle()
        assert user.the(Over).why is Why.DECLINED


async def test_a_helper_in_the_middle_of_a_reconnect_counts_as_there(tmp_path: Path) -> None:
    """One's no does not end a request that a colleague could take who is away for a moment only."""
    async with relay_in_memory(tmp_path) as relay:
        user, hana = await user_and_helper(relay)
        hiro = await relay.agent(Role.HELPER, "Hiro")
        user.say(ask(ToAnyone()))
        await relay.settle()
        hiro.cut()
        hana.say(Decline(request=A))
        await relay.settle()
        assert not user.heard(Over)
        await relay.advance(61)
        again = await relay.agent(Role.HELPER, "Hugo")
        again.say(Decline(request=A))
        await relay.settle()
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
    async with relay_in_memory(tmp_path) as relay:
        user, _ = await user_and_helper(relay)
        user.say(ask(to))
        await relay.settle()
        assert user.ws.sent == [Error(about="request", code=code, request=A)]
        assert await relay.admin.requests() == []


async def test_one_open_request(tmp_path: Path) -> None:
    """An account has one, whichever PC it comes from; the first stays as it is."""
    async with relay_in_memory(tmp_path) as relay:
        account, identity = await relay.person(Role.USER, "Anna")
        pc = await relay.connect(identity)
        laptop = await relay.connect(relay.organisation.person(Role.USER, "Anna", account.identifier))
        pc.say(ask(ToAnyone()), ask(ToAnyone(), B))
        laptop.say(ask(ToAnyone(), C))
        await relay.settle()
        assert pc.the(Error) == Error(about="request", code=Code.OPEN_REQUEST, request=B)
        assert laptop.the(Error) == Error(about="request", code=Code.OPEN_REQUEST, request=C)
        other = await relay.agent(Role.USER, "Bernd")
        other.say(ask(ToAnyone(), A), Cancel(request=A))
        await relay.settle()
        assert [error.code for error in other.heard(Error)] == [Code.NOT_ALLOWED] * 2
        assert [one.identifier for one in relay.admin.open_requests()] == [A]


async def test_an_agent_started_anew_asks_anew(tmp_path: Path) -> None:
    """It knows nothing of the request it left: that one is replaced, not in the way."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.USER, "Anna")
        first = await relay.connect(identity)
        first.say(ask(ToAnyone()))
        await relay.settle()
        first.cut()
        second = await relay.connect(identity)
        second.say(ask(ToAnyone(), B))
        await relay.settle()
        assert second.the(Waiting).request == B
        [newer, older] = sorted(await relay.admin.requests(), key=lambda one: one.identifier, reverse=True)
        assert (newer.identifier, older.why) == (B, Why.REPLACED)


async def test_taken_up_again(tmp_path: Path) -> None:
    """The same request from the same certificate keeps its place; after a minute away it is over."""
    async with relay_in_memory(tmp_path) as relay:
        _, identity = await relay.person(Role.USER, "Anna")
        anna = await relay.connect(identity)
        anna.say(ask(ToAnyone()))
        await relay.settle()
        ben = await relay.agent(Role.USER, "Ben")
        relay.clock.advance(1)
        ben.say(ask(ToAnyone(), B))
        await relay.settle()
        assert ben.the(Waiting).position == 2
        anna.cut()
        await relay.advance(59)
        anna = await relay.connect(identity)
        anna.say(ask(ToAnyone()))
        await relay.settle()
        assert anna.the(Waiting) == Waiting(request=A, position=1, to=ToAnyone())
        await relay.advance(120)
        assert len(relay.admin.open_requests()) == 2
        ben.forget()
        anna.cut()
        await relay.settle()
        await relay.advance(61)
        assert [one.identifier for one in relay.admin.open_requests()] == [B]
        await relay.advance(1)
        assert ben.the(Waiting).position == 1
        anna = await relay.connect(identity)
        anna.say(ask(ToAnyone()))
        await relay.settle()
        assert anna.ws.sent == [Over(request=A, why=Why.USER_GONE)]


async def test_other_words(tmp_path: Path) -> None:
    """Sent again about something else: helpers see the new words, the place is kept, one row is written, and no more of it."""
    async with relay_in_memory(tmp_path) as relay:
        user, hana = await user_and_helper(relay)
        user.say(ask(by_name(hana)))
        await relay.settle()
        await relay.advance(2)
        hana.forget()
        rows = len(await relay.store.audit_rows())
        user.say(
            msgspec.structs.replace(ask(by_name(hana)), topic="It burns"),
            msgspec.structs.replace(ask(by_name(hana)), topic="It burns"),
        )
        await relay.settle()
        [listed] = hana.the(Requests).set
        assert (listed.request, listed.topic) == (A, "It burns")
        assert [row.entry.event for row in await relay.store.audit_rows(after=rows)] == ["request.reworded"]
        assert {one.position for one in user.heard(Waiting)} == {1}


async def test_other_words_that_cross_the_grant(tmp_path: Path) -> None:
    """They come too late: nothing is granted a second time, and no error ends what was granted."""
    async with relay_in_memory(tmp_path) as relay:
        user, hana = await user_and_helper(relay)
        await relay.granted(user, hana, by_name(hana), request=A)
        user.forget()
        user.say(msgspec.structs.replace(ask(by_name(hana)), topic="It burns"))
        await relay.settle()
        assert user.ws.sent == []


async def test_too_many_words(tmp_path: Path) -> None:
    """Changing them again and again is refused by itself; the request waits on with the last that were taken."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(requests_per_minute=2)) as relay:
        user, hana = await user_and_helper(relay)
        user.say(*(msgspec.structs.replace(ask(by_name(hana)), topic=f"{number}") for number in range(3)))
        await relay.settle()
        assert [(one.about, one.code) for one in user.heard(Error)] == [("topic", Code.TOO_MANY)]
        assert relay.admin.open_requests()[0].topic == "1"


async def test_somebody_elses_request_of_old(tmp_path: Path) -> None:
    """The id of another's request that is over is refused, whoever remembers it."""
    async with relay_in_memory(tmp_path) as relay:
        user, _ = await user_and_helper(relay)
        user.say(ask(ToAnyone()), Cancel(request=A))
        await relay.settle()
        ben = await relay.agent(Role.USER, "Ben")
        ben.say(ask(ToAnyone()), Cancel(request=C))
        await relay.settle()
        assert [error.code for error in ben.heard(Error)] == [Code.NOT_ALLOWED, Code.NO_SUCH_REQUEST]


async def test_cancel(tmp_path: Path) -> None:
    """The user takes it back while it waits, and while it is granted; helpers see it go; twice is once."""
    async with relay_in_memory(tmp_path) as relay:
        user, helper = await user_and_helper(relay)
        user.say(ask(ToAnyone()))
        await relay.settle()
        helper.forget()
        user.say(Cancel(request=A), Cancel(request=A))
        await relay.advance(1)
        [gone] = helper.the(Requests).gone
        assert (gone.request, gone.why) == (A, Why.CANCELLED)
        user.forget()
        helper.forget()
        granted = await relay.granted(user, helper, ToAnyone(), request=B)
        user.say(Cancel(request=B))
        await relay.settle()
        assert helper.the(Ended) == Ended(session=granted.session, why=Why.CANCELLED)
        assert relay.dataplane.take(granted.ticket) is None
        assert not user.heard(Error)


async def test_rate_of_requests(tmp_path: Path) -> None:
    """An account asks so often and no more; sending the same one again costs nothing."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(requests_per_minute=2)) as relay:
        user, _ = await user_and_helper(relay)
        for number in range(3):
            user.say(
                ask(ToAnyone(), f"{number:032x}"), ask(ToAnyone(), f"{number:032x}"), Cancel(request=f"{number:032x}")
            )
            await relay.settle()
        errors = [(error.about, error.code) for error in user.heard(Error)]
        assert errors == [("request", Code.TOO_MANY)] * 2 + [("cancel", Code.NO_SUCH_REQUEST)]


async def test_a_helper_has_two_hands(tmp_path: Path) -> None:
    """So many sessions at a time and no more; while in one the helper shows as busy."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(helper_sessions=1)) as relay:
        anna, helper = await user_and_helper(relay)
        ben = await relay.agent(Role.USER, "Ben")
        granted = await relay.granted(anna, helper, ToAnyone())
        account = helper.listener.identified.account.identifier
        assert relay.hub.helper_presence.status(account) is Status.BUSY
        ben.say(ask(ToAnyone(), B))
        await relay.settle()
        helper.say(Accept(request=B))
        await relay.settle()
        assert helper.the(Error).code == Code.TOO_MANY
        helper.say(End(session=granted.session, why=Why.HELPER_ENDED), Accept(request=B))
        await relay.settle()
        assert ben.heard(Granted)


async def test_a_full_house(tmp_path: Path) -> None:
    """There is a bound to open requests."""
    async with relay_in_memory(tmp_path, limits=RelayLimits(open_requests=1)) as relay:
        user, _ = await user_and_helper(relay)
        ben = await relay.agent(Role.USER, "Ben")
        user.say(ask(ToAnyone()))
        await relay.settle()
        ben.say(ask(ToAnyone(), B))
        await relay.settle()
        assert ben.the(Error).code == Code.TOO_MANY
