"""Rules of groups with real programs: who sees and may ask one, the most that its helpers may be allowed, and the next for two at once."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import pytest

from deploy.demo.organisation import EnrolledPerson
from deploy.demo.programs import Program, ProgramError
from tests.e2e.hostile_play import Cast, accept, cast_of, ended, peer_of, play, profile_of, watching
from tests.e2e.hostile_relay import Lies, Message
from tests.support.organisation import Stage, connected
from tests.support.raw_agents import RawAgent

INTERNS, PAYROLL = "Interns", "Payroll"


@pytest.fixture(scope="module")
def ruled(stage: Stage) -> Cast:
    """Taro answers for the interns, who may at most look; Jiro for the payroll, which Ken alone may ask."""
    cast = cast_of(stage)

    async def rule() -> None:
        order = stage.office.command
        for group, helper in ((INTERNS, cast.taro), (PAYROLL, cast.jiro)):
            await order("group", "add", group)
            await order("group", "join", group, helper.name)
        await order("group", "change", INTERNS, "--most", "view")
        await order("group", "allow", PAYROLL, cast.ken.name)

    asyncio.get_event_loop().run_until_complete(rule())
    return cast


async def listed(person: EnrolledPerson) -> set[str]:
    """Whom this person's program can ask."""
    listing = await person.start("helpers", program=f"helpers-{person.folder.name}")
    told = await listing.event("helpers")
    assert await listing.ended() == 0
    return {one["name"] for one in told["helpers"]} | {one["group"] for one in told["groups"]}


@contextlib.asynccontextmanager
async def serving(*people: EnrolledPerson) -> AsyncIterator[list[Program]]:
    """These helpers' agents, online."""
    programs: list[Program] = []
    try:
        for one in people:
            programs.append(await one.start("serve", "--viewer", "none", program=f"serve-{one.folder.name}"))
            await programs[-1].event("online")
        yield programs
    finally:
        for program in programs:
            await program.end()


@contextlib.asynccontextmanager
async def asking(cast: Cast, person: EnrolledPerson, *whom: str, mode: str = "view") -> AsyncIterator[Program]:
    """This user's agent, which shows the desktop by a real VNC server."""
    argv = ("ask", *whom, "--mode", mode, "--topic", "Printer", "--yes")
    program = await person.start(*argv, program=f"ask-{person.folder.name}", environ=cast.stage.desktop.environ)
    try:
        yield program
    finally:
        await program.end()


async def test_who_may_not_ask_a_group_does_not_see_it(ruled: Cast) -> None:
    """Neither the group nor the helper who is in no other one; who may, sees both, asks, and is helped."""
    async with serving(ruled.taro, ruled.jiro) as (_, jiro):
        assert await listed(ruled.hanako) == {INTERNS, ruled.taro.name}
        assert await listed(ruled.ken) == {INTERNS, PAYROLL, ruled.taro.name, ruled.jiro.name}
        for whom in (("--group", PAYROLL), ("--to", ruled.jiro.name)):
            async with asking(ruled, ruled.hanako, *whom) as refused:
                assert await refused.ended(within=60) == 1
        async with asking(ruled, ruled.ken, "--group", PAYROLL) as user:
            await connected(user, jiro)
            await jiro.tell("end")
            assert (await user.event("over"))["why"] == "helper_ended"


async def test_a_forged_request_is_refused(ruled: Cast) -> None:
    """An agent of Hanako's that knows the names and asks all the same: the relay says no, and nobody hears of it."""
    async with serving(ruled.jiro) as (jiro,):
        forged = await RawAgent.come(ruled.stage.office.ports[0], profile_of(ruled.hanako).identity)
        for number, to in enumerate(
            (
                {"kind": "group", "group": PAYROLL},
                {"kind": "helper", "uri": str(profile_of(ruled.jiro).uri)},
            )
        ):
            forged.say(type="request", request=f"{number:032x}", to=to, mode="view")
            error = await forged.the("error", about="request")
            assert error["code"] == "not_allowed"
        forged.say(type="request", request="f" * 32, to={"kind": "anyone"}, mode="view")
        await forged.the("waiting", request="f" * 32)  # of whom she may ask, there is Taro, who may come
        await jiro.tell("list")
        assert (await jiro.event("list"))["requests"] == []
        await jiro.tell("next")
        assert (await jiro.event("problem"))["code"] == "nobody_waits"
        forged.say(type="cancel", request="f" * 32)
        await forged.the("over", request="f" * 32)
        forged.link.cut()


async def test_at_most_look(ruled: Cast) -> None:
    """Control is not offered, and what the helper asks for is refused with the reason, though the person says yes to everything; a picture comes."""
    async with serving(ruled.taro) as (taro,):
        async with asking(ruled, ruled.hanako, "--group", INTERNS, mode="control") as refused:
            assert await refused.ended(within=60) == 1
            said = refused.log.read_text(encoding="utf-8").strip().splitlines()[-1]
            assert INTERNS in said
            assert not any(one["event"] == "waiting" for one in refused.events)
        async with asking(ruled, ruled.hanako, "--group", INTERNS) as user:
            session = (await connected(user, taro))["session"]
            viewer = await watching(ruled, taro)  # a real picture of a real VNC server
            await taro.event("mode_recorded", mode="view")
            await user.event("mode_recorded", mode="view")
            await taro.tell("want-control")
            assert (await taro.event("control_refused"))["why"] == "most"
            await user.event("control_beyond_most")
            await user.tell("mode control")
            await user.tell("control")
            await user.tell("chat still here")
            await taro.event("chat")
            for program in (user, taro):
                told = [one for one in program.events if one.get("event") == "mode" and one.get("mode") == "control"]
                assert told == []
                assert not any(one.get("event") == "question" and one["kind"] == "control" for one in program.events)
            await viewer.close()
            await taro.tell("end")
            await user.event("over")
        rows = [json.loads(one) for one in (await ruled.stage.office.command("audit", "show", "--json")).splitlines()]
        modes = [one["facts"] for one in rows if one["event"] == "request.mode" and one["facts"]["session"] == session]
        assert [one["mode"] for one in modes] == ["view"]


@dataclass
class GrantsMore(Lies):
    """The relay says that more may be allowed than the group may, and than was asked for."""

    async def to_agent(self, who: str, message: Message) -> Iterable[Message]:
        """Lists, and the grant of both."""
        if message["type"] == "helpers":
            message["set"] = [{**one, "most": "control"} for one in message["set"]]
        if message["type"] == "granted":
            message["mode"] = message["most"] = "control"
        return [message]


async def test_a_relay_that_grants_more_does_not_get_more(ruled: Cast) -> None:
    """Hanako has agreed to being seen. What the relay says of control opens nothing: the two sides were told different things, and part."""
    async with play(ruled, GrantsMore()) as on:
        taro = await on.serve(ruled.taro, "taro")
        user = await on.ask(ruled.hanako, "hanako", "--group", INTERNS)
        await accept(taro)
        question = await user.event("question", kind="allow")
        assert question["peer"] == peer_of(ruled.taro)
        await user.tell("allow")
        await ended(user, "tampered", "ended")
        await ended(taro, "tampered", "ended")
        on.nothing_was_shown()


async def test_two_who_press_next_at_once_get_two(ruled: Cast) -> None:
    """Two helpers' programs, two users' programs: each helper is connected with another user, and a third one hears that nobody waits."""
    goro = await ruled.stage.office.enrol("user", "Goro Abe")
    rin = await ruled.stage.office.enrol("helper", "Rin Mori")
    await ruled.stage.office.command("group", "allow", PAYROLL, goro.name)
    async with (
        serving(ruled.taro, ruled.jiro) as helpers,
        asking(ruled, ruled.ken, "--anyone") as ken,
        asking(ruled, goro, "--anyone") as other,
    ):
        for user in (ken, other):
            await user.event("waiting")
        for helper in helpers:
            for _ in range(2):
                await helper.event("request")
        await asyncio.gather(*(helper.tell("next") for helper in helpers))
        peers = [(await helper.event("connected"))["peer"]["name"] for helper in helpers]
        assert sorted(peers) == [goro.name, ruled.ken.name]
        for user in (ken, other):
            await user.event("connected")
        async with serving(rin) as (third,):
            await third.tell("next")
            assert (await third.event("problem"))["code"] == "nobody_waits"
        for helper in helpers:
            await helper.tell("end")
        for user in (ken, other):
            await user.event("over")


async def test_hours_of_a_group(ruled: Cast) -> None:
    """Ordered at the relay, read in the list of a user's program in the user's own time, and taken away; what is wrong is said."""
    order = ruled.stage.office.command
    told = await order("group", "hours", INTERNS, "Mon-Sun 00:00-24:00", "--zone", "Asia/Tokyo")
    assert "Mon-Sun 00:00-24:00 (by the clocks of Asia/Tokyo)" in told
    assert "Asia/Tokyo" in await order("group", "list")
    for wrong in (("Mon 9-17", "--zone", "Asia/Tokyo"), ("Mon 09:00-17:00", "--zone", "Tokio"), ("Mon 09:00-17:00",)):
        with pytest.raises(ProgramError):
            await order("group", "hours", INTERNS, *wrong)
    assert json.loads(await order("group", "hours", INTERNS, "--json"))["time_zone"] == "Asia/Tokyo"
    async with serving(ruled.taro):
        listing = await ruled.hanako.start("helpers", program="helpers-hours")
        [group] = (await listing.event("helpers"))["groups"]
        assert await listing.ended() == 0
        [(begin, end)] = group["open"]
        assert end - begin > 6 * 86400
        await order("group", "hours", INTERNS, "--clear")
        listing = await ruled.hanako.start("helpers", program="helpers-cleared")
        [group] = (await listing.event("helpers"))["groups"]
        assert await listing.ended() == 0
        assert group["open"] is None
    rows = [json.loads(one) for one in (await order("audit", "show", "--json")).splitlines()]
    hours = [one["facts"]["hours"] for one in rows if one["event"] == "group.hours"]
    assert hours == ["Mon-Sun 00:00-24:00", ""]
