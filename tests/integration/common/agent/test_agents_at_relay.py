"""Two agents and a whole relay, in real processes and over real sockets: from the list to the end of a session."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from common.agent.views import ChatReceived, ModeRecorded
from common.net.certificates import verify_issued
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Code, Error, Mode, Over, ToAnyone, ToHelper, Waiting
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.protocol.session_timing import SessionTiming
from deploy.demo.organisation import EnrolledPerson, Organisation, organisation
from deploy.demo.programs import Run
from tests.support.agents import Agent, offline
from tests.support.organisation import run_now

TIMING = SessionTiming(bye=3.0, reason=3.0)


class House:
    """The organisation and its people."""

    office: Organisation
    user: EnrolledPerson
    helper: EnrolledPerson
    colleague: EnrolledPerson


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A relay and a CA that run, a user and two helpers who are enrolled."""
    stack = contextlib.AsyncExitStack()
    made = House()

    async def build(folder: Path) -> None:
        made.office = await stack.enter_async_context(
            organisation(Run.new(folder), settings={"timing": {"not_now": 1.0}})
        )
        made.user = await made.office.enrol("user", "Anna")
        made.helper = await made.office.enrol("helper", "Hana")
        made.colleague = await made.office.enrol("helper", "Hiro")

    run_now(build(tmp_path_factory.mktemp("house")))
    yield made
    run_now(stack.aclose())


@contextlib.asynccontextmanager
async def online(*persons: EnrolledPerson, timing: SessionTiming = TIMING) -> AsyncIterator[list[Agent]]:
    """Their agents, at the relay."""
    agents = [Agent.of(person, timing) for person in persons]
    try:
        for agent in agents:
            await agent.online()
        yield agents
    finally:
        for agent in agents:
            await agent.close()


async def connect(user: Agent, helper: Agent, *, mode: Mode = Mode.VIEW, name: str = "Hana", number: int = 1) -> None:
    """The user chooses the helper from the list, the helper takes it, both are connected."""
    entry = await user.entry(name)
    request = user.matching.request(to=ToHelper(uri=entry.uri), mode=mode, name=entry.name)
    helper.matching.accept(await helper.offered(request))
    for agent in (user, helper):
        await agent.session(SessionPhase.CONNECTED, number)


async def test_the_main_job(house: House) -> None:
    """Chosen by name, taken, connected without a question, a screen's worth of bytes, chat, control, the end."""
    async with online(house.user, house.helper) as (user, helper):
        await connect(user, helper)
        view = user.sessions[0].view
        assert (view.peer_name, view.mode) == ("Hana", Mode.VIEW)
        assert helper.sessions[0].view.peer_name == "Anna"
        link = helper.locals[0].link
        assert link is not None
        assert link.start_stream() == 1
        await user.until(lambda: ("stream", 1) in user.locals[0].told)
        server = user.locals[0].link
        assert server is not None
        server.stream_ready(1)
        await helper.until(lambda: ("stream", 1) in helper.locals[0].told)
        screen = bytes(range(256)) * (4 * 4096)
        server.send_rfb(screen)
        link.send_rfb(b"input")
        await helper.until(lambda: len(helper.locals[0].data) == len(screen))
        assert helper.locals[0].data == screen
        await user.until(lambda: user.locals[0].data == b"input")
        helper.sessions[0].want_control()
        await user.until(lambda: user.sessions[0].view.control_wanted)
        user.sessions[0].set_mode(Mode.CONTROL)
        user.sessions[0].chat("please")
        await helper.until(lambda: {ChatReceived("please"), ModeRecorded(Mode.CONTROL)} <= set(helper.events))
        await user.until(lambda: ModeRecorded(Mode.CONTROL) in user.events)
        assert helper.sessions[0].view.mode is Mode.CONTROL
        helper.sessions[0].stop()
        for agent in (user, helper):
            ended = await agent.ended()
            assert (ended.why, ended.by) == (Why.HELPER_ENDED, Role.HELPER)
        await user.until(lambda: user.matching.view.request is None)
        assert "helper_ended" in await house.office.command("sessions", "list", "--all", "--json")


async def test_whoever_is_free_is_asked_about(house: House) -> None:
    """The person sees the name in the certificate and says no; nothing was attached, and both know."""
    async with online(house.user, house.helper) as (user, helper):
        request = user.matching.request(to=ToAnyone(), mode=Mode.CONTROL)
        helper.matching.accept(await helper.offered(request))
        session = await user.session(SessionPhase.ASKING)
        assert session.view.peer_name == "Hana"
        session.allow(False)
        for agent in (user, helper):
            assert (await agent.ended()).why is Why.REFUSED
            assert agent.locals[0].told == [("close",)]


async def test_an_operator_ends_it(house: House) -> None:
    """Both sides are told who it was."""
    async with online(house.user, house.helper) as (user, helper):
        await connect(user, helper)
        await house.office.command("sessions", "end", user.sessions[0].view.session)
        for agent in (user, helper):
            assert (await agent.ended()).why is Why.OPERATOR_ENDED


async def test_a_transfer_asks_the_person_and_gives_control_anew(house: House) -> None:
    """The same request, a new session in view mode, with somebody whom the user did not choose."""
    async with online(house.user, house.helper, house.colleague) as (user, helper, colleague):
        await connect(user, helper, mode=Mode.CONTROL)
        entry = await user.entry("Hiro")
        helper.matching.transfer(helper.sessions[0].view.request, ToHelper(uri=entry.uri), "printer")
        for agent in (user, helper):
            assert (await agent.ended()).why is Why.TRANSFERRED
        colleague.matching.accept(await colleague.offered(user.sessions[0].view.request))
        session = await user.session(SessionPhase.ASKING, 2)
        assert (session.view.peer_name, session.view.mode) == ("Hiro", Mode.VIEW)
        session.allow()
        await colleague.session(SessionPhase.CONNECTED)
        assert user.sessions[0].view.request == session.view.request
        session.stop()
        assert (await colleague.ended()).why is Why.USER_ENDED


async def cut_off(agent: Agent) -> None:
    """Its matching connection breaks."""
    socket = agent.matching.link.ws
    assert socket is not None
    socket.abort()
    await offline(agent)


async def test_a_session_outlives_its_matching_connection(house: House) -> None:
    """Losing matching ends nothing; it comes back by itself, and the end is told there too."""
    async with online(house.user, house.helper) as (user, helper):
        await connect(user, helper)
        await cut_off(user)
        user.sessions[0].chat("still here")
        await helper.until(lambda: ChatReceived("still here") in helper.events)
        user.matching.start()
        await user.matching.online(20)
        user.sessions[0].stop()
        assert (await helper.ended()).why is Why.USER_ENDED


async def test_an_end_that_could_not_be_told_is_told_later(house: House) -> None:
    """The user's matching is down when the session ends: afterwards a new request can be made."""
    async with online(house.user, house.helper) as (user, helper):
        await connect(user, helper)
        await cut_off(user)
        user.sessions[0].stop()
        await user.ended()
        await helper.ended()
        await user.matching.online(20)
        await connect(user, helper, number=2)


async def test_a_waiting_request_survives_the_relay(house: House) -> None:
    """Killed and started anew: both come back by themselves, and the request is still there to be taken."""
    async with online(house.user, house.helper) as (user, helper):
        entry = await user.entry("Hana")
        request = user.matching.request(to=ToHelper(uri=entry.uri), mode=Mode.VIEW, name="Hana")
        await helper.offered(request)
        house.office.relay.kill()
        await house.office.relay.ended()
        for agent in (user, helper):
            await offline(agent)
        await house.office.start_relay()
        for agent in (user, helper):
            agent.matching.start()
            await agent.matching.online(20)
        await helper.until(lambda: [one.request for one in helper.matching.view.requests] == [request])
        helper.matching.accept(request)
        for agent in (user, helper):
            await agent.session(SessionPhase.CONNECTED)


async def test_a_session_outlives_the_relay(house: House) -> None:
    """Nobody said BYE: both say that it is interrupted, and are in the same session again once the relay is back."""
    async with online(house.user, house.helper) as (user, helper):
        await connect(user, helper)
        house.office.relay.kill()
        await house.office.relay.ended()
        for agent in (user, helper):
            await agent.session(SessionPhase.INTERRUPTED)
        await house.office.start_relay()
        for agent in (user, helper):
            agent.matching.start()
            await agent.session(SessionPhase.CONNECTED)
            assert [one.view.why for one in agent.sessions] == [None]


async def test_a_request_is_withdrawn_and_declined(house: House) -> None:
    """Withdrawn, the helper's queue is empty again; declined, the user is told so."""
    async with online(house.user, house.helper) as (user, helper):
        entry = await user.entry("Hana")
        first = user.matching.request(to=ToHelper(uri=entry.uri), mode=Mode.VIEW, name="Hana")
        await helper.offered(first)
        user.matching.cancel()
        await helper.until(lambda: not helper.matching.view.requests)
        second = user.matching.request(to=ToHelper(uri=entry.uri), mode=Mode.VIEW, name="Hana")
        await helper.until(lambda: [one.request for one in helper.matching.view.requests] == [second])
        await user.until(lambda: any(isinstance(one, Waiting) and one.request == second for one in user.heard))
        helper.matching.decline(second)
        await user.until(lambda: Over(request=second, why=Why.DECLINED) in user.heard)
        assert user.matching.view.request is None


async def test_the_same_person_twice(house: House) -> None:
    """The older connection steps aside and does not fight."""
    async with online(house.user) as (first,), online(house.user) as (second,):
        await first.until(lambda: first.matching.view.phase is MatchingPhase.REPLACED)
        await asyncio.sleep(0)
        assert second.matching.view.phase is MatchingPhase.ONLINE


async def test_a_disabled_account_is_out_at_once(house: House) -> None:
    """In the middle of a session, and it does not come back in."""
    person = await house.office.enrol("helper", "Hugo")
    async with online(house.user, person) as (user, helper):
        await connect(user, helper, name="Hugo")
        await house.office.command("person", "disable", "Hugo")
        for agent in (user, helper):
            assert (await agent.ended()).why is Why.DISABLED
        await helper.until(lambda: helper.matching.view.phase is MatchingPhase.RETRYING)
        assert helper.matching.view.problem is not None


async def test_who_leaves_is_out_at_once_and_on_the_list(house: House) -> None:
    """In the middle of a session, within 2 s; the CA is asked by the relay, and its next list has the certificate."""
    person = await house.office.enrol("helper", "Hilde")
    async with online(house.user, person) as (user, helper):
        await connect(user, helper, name="Hilde")
        profile = helper.matching.profile
        serial = verify_issued(profile.identity.chain, profile.root).serial
        began = time.monotonic()
        await house.office.command("person", "leave", "Hilde")
        for agent in (user, helper):
            assert (await agent.ended()).why is Why.DISABLED
        assert time.monotonic() - began < 2.0 * 5
        await user.until(lambda: user.matching.profile.crl is not None and user.matching.profile.crl.is_revoked(serial))
    assert "left" in await house.office.command("person", "show", "Hilde")
    assert "revocation owed" not in await house.office.command("person", "show", "Hilde")
    told = await house.office.command("person", "return", "Hilde")
    assert "new enrolment line" in told


async def test_a_call_back_from_one_run_to_the_next(house: House) -> None:
    """By name, and asked about all the same; not now; its agent ends, and cannot be helped; the next one goes on, and is."""
    async with online(house.helper) as (helper,):
        async with online(house.user) as (user,):
            entry = await user.entry("Hana")
            request = user.matching.request(to=ToHelper(uri=entry.uri), mode=Mode.VIEW, name=entry.name)
            await helper.offered(request)
            assert user.matching.leave_as_call_back()
            await helper.until(lambda: helper.matching.view.requests[0].call_back)
            assert helper.matching.view.requests[0].here
            helper.matching.accept(request)
            session = await user.session(SessionPhase.ASKING)
            assert session.view.call_back
            session.allow(False)
            for agent in (user, helper):
                assert (await agent.ended()).why is Why.REFUSED
            waits = await user.until(lambda: user.matching.view.request)
            assert (waits.request, waits.session, waits.name) == (request, None, "Hana")
            until = (await user.until(lambda: user.matching.view.request and user.matching.view.request.until)) or 0
        await helper.until(lambda: any(not one.here for one in helper.matching.view.requests))
        helper.matching.accept(request)
        refused = await helper.until(lambda: [one for one in helper.heard if isinstance(one, Error)])
        assert (refused[0].about, refused[0].code) == ("accept", Code.USER_AWAY)
        async with online(house.user) as (user,):
            again = user.matching.request(
                to=ToHelper(uri=entry.uri), mode=Mode.VIEW, name=entry.name, call_back=request
            )
            assert again == request
            await helper.until(lambda: any(one.here for one in helper.matching.view.requests))
            waits = await user.until(lambda: user.matching.view.request and user.matching.view.request.until)
            assert waits == until
            helper.matching.accept(request)
            session = await user.session(SessionPhase.ASKING)
            session.allow(True)
            for agent, number in ((user, 1), (helper, 2)):
                await agent.session(SessionPhase.CONNECTED, number)
            assert user.matching.view.request is not None
            assert not user.matching.view.request.call_back
            helper.sessions[1].stop()
            assert (await user.ended()).why is Why.HELPER_ENDED
            await user.until(lambda: user.matching.view.request is None)
