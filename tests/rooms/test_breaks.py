"""Networks that change under a session, sleep, and a relay that goes: the picture comes back by itself, and nobody asks anew."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from deploy.demo.programs import until
from tests.rooms.conftest import World
from tests.support.rooms import gateways
from tests.support.rooms.people import ENDLESS, Person, Room, Session

PROMISED = 5.0  # seconds from when the network is back
AFTER_A_RESTART = 10.0
SLACK = 5  # times what is promised: a machine may be busy
PROBED = 10.0  # seconds until a helper hears that the user does not answer
ASLEEP = 90.0
HOUSE_ON_PATH = {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONSAFEPATH": ""}


ALLOWS = {"view": 0, "control": 1}


async def comes_back(session: Session, promised: float) -> None:
    """The present picture, without a word from anybody; the session is the same, and allows no more than before."""
    await session.change()
    took = await session.shows(within=promised * SLACK)
    print(f"the picture was back after {took:.1f} s ({promised} s are promised)")
    for program in (session.user, session.helper):
        told = [event for event in program.events if event["event"] in {"ended", "over", "connected", "resumed"}]
        assert [event["event"] for event in told[:1]] == ["connected"], told
        assert {event["event"] for event in told[1:]} <= {"resumed"}, told
        assert len({event["session"] for event in told}) == 1, told
        modes = [ALLOWS[event["mode"]] for event in told]
        assert modes == sorted(modes, reverse=True), told


def who_and_viewers(*whose: str) -> list[object]:
    """Whose side is hit, and the helper's viewer: of the tests' own at the user's in `make test`, and all in `make rooms`."""
    return [
        pytest.param(who, viewer, marks=[] if (who, viewer) == ("user", "none") else [pytest.mark.long])
        for who in whose
        for viewer in ("none", "noVNC", "tigervnc")
    ]


def behind_translators(room: Room) -> None:
    """Both, as at home: what was sent from an old address is answered nowhere."""
    for site in room.sites:
        site.filter(gateways.NAT)


def hit(room: Room, who: str) -> list[Person]:
    """The people whom it concerns."""
    return [person for person in (room.user, room.helper) if who in {person.role, "both"}]


@pytest.mark.parametrize(("who", "viewer"), who_and_viewers("user", "helper", "both"))
async def test_an_address_changes(world: World, who: str, viewer: str) -> None:
    """Another Wi-Fi."""
    async with world.room() as room:
        behind_translators(room)
        await room.enrol()
        async with room.session(viewer) as session:
            for person in hit(room, who):
                person.site.move(77)
            await comes_back(session, PROMISED)


@pytest.mark.long
@pytest.mark.parametrize("seconds", [10, 45])
@pytest.mark.parametrize(("who", "viewer"), [("user", "noVNC"), ("helper", "tigervnc"), ("both", "none")])
async def test_a_cable_is_out(world: World, who: str, viewer: str, seconds: int) -> None:
    """Longer than silence is borne, or not so long; the address afterwards is the one from before."""
    async with world.room() as room:
        behind_translators(room)
        await room.enrol()
        async with room.session(viewer) as session:
            for person in hit(room, who):
                person.site.unplug()
            await asyncio.sleep(seconds)
            for person in hit(room, who):
                person.site.plug()
            await comes_back(session, PROMISED)


@pytest.mark.long
@pytest.mark.parametrize(
    ("who", "viewer"), [("user", "noVNC"), ("helper", "tigervnc"), ("both", "noVNC"), ("both", "tigervnc")]
)
async def test_sleep(world: World, who: str, viewer: str) -> None:
    """A closed lid, as long as it is shorter than the time that is allowed."""
    async with world.room() as room:
        behind_translators(room)
        await room.enrol()
        async with room.session(viewer) as session:
            programs = [session.user if person is room.user else session.helper for person in hit(room, who)]
            for program in programs:
                os.kill(program.pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(ASLEEP)
            finally:
                for program in programs:
                    os.kill(program.pid, signal.SIGCONT)
            await comes_back(session, PROMISED)


@pytest.mark.parametrize(
    ("kill", "viewer"),
    [
        pytest.param(True, "none", id="killed"),
        *(
            pytest.param(kill, viewer, id=f"{'killed' if kill else 'ended'}-{viewer}", marks=pytest.mark.long)
            for kill in (True, False)
            for viewer in ("noVNC", "tigervnc")
        ),
    ],
)
async def test_the_relay_is_started_anew(world: World, *, kill: bool, viewer: str) -> None:
    """It knows the two from its store."""
    async with world.room() as room:
        await room.enrol()
        async with room.session(viewer) as session:
            await room.office.restart(kill=kill)
            await comes_back(session, AFTER_A_RESTART)


@pytest.mark.long
async def test_control_is_taken_back_while_nobody_hears_it(world: World) -> None:
    """The helper has it no more when the connection is back."""
    async with world.room() as room:
        behind_translators(room)
        await room.enrol()
        async with room.session("noVNC") as session:
            room.user.site.unplug()
            await session.user.event("interrupted", within=ENDLESS)
            await session.user.tell("view")
            room.user.site.plug()
            await comes_back(session, PROMISED)
            for program in (session.user, session.helper):
                assert (await program.event("resumed"))["mode"] == "view"


@pytest.mark.long
@pytest.mark.parametrize("kill", [False, True], ids=["ended", "killed"])
async def test_the_relay_is_started_anew_while_somebody_waits(world: World, *, kill: bool) -> None:
    """The place is kept, and the request can be taken."""
    async with world.room() as room:
        await room.enrol()
        async with room.helping() as helper, room.asking() as user:
            request = (await helper.event("request"))["request"]
            await room.office.restart(kill=kill)
            began = time.monotonic()
            for program in (user, user, helper):  # nobody has waited for the user's first one yet
                await program.event("online", within=AFTER_A_RESTART * SLACK)
            print(
                f"both were back after {time.monotonic() - began:.1f} s ({AFTER_A_RESTART} s are promised on average)"
            )
            await helper.tell(f"accept {request}")
            await user.event("connected", within=AFTER_A_RESTART * SLACK)


@pytest.mark.long
async def test_a_translator_that_forgets(world: World) -> None:
    """After twelve seconds of silence: there is none, since both sides are heard of at least every two."""
    async with world.room() as room:
        for site in room.sites:
            gateways.forgetful(site, seconds=12)
        await room.enrol()
        async with room.session() as session:
            await session.user.tell("pause")
            await asyncio.sleep(40)
            await session.user.tell("resume")
            await comes_back(session, PROMISED)


@pytest.mark.long
async def test_a_proxy_that_cuts_what_is_silent(world: World) -> None:
    """After fifteen seconds."""
    async with (
        world.room() as room,
        gateways.tinyproxy(room.user.site, seconds=15),
        gateways.tinyproxy(room.helper.site, seconds=15),
    ):
        await room.enrol()
        async with room.session() as session:
            await session.user.tell("pause")
            await asyncio.sleep(40)
            await session.user.tell("resume")
            await comes_back(session, PROMISED)
        assert not [event for event in session.user.events if event["event"] == "offline"]


@pytest.mark.long
async def test_qt_hears_of_a_network_that_goes(world: World) -> None:
    """And of one that comes: what a program with windows hears on a system that tells its addresses to nobody."""
    async with world.room() as room:
        site = room.user.site
        program = await site.start(
            "qt", sys.executable, "-m", "tests.support.qt_network_process", environ=HOUSE_ON_PATH
        )
        try:
            await program.event("ready", within=ENDLESS)
            await asyncio.sleep(1)
            site.unplug()
            await program.event("changed", within=PROMISED * SLACK)
            heard = len(program.events)
            site.plug()
            assert await until(lambda: len(program.events) > heard, within=PROMISED * SLACK)
        finally:
            await program.end()


@pytest.mark.long
@pytest.mark.parametrize("who", ["user", "helper"])
async def test_an_address_changes_while_somebody_waits(world: World, who: str) -> None:
    """The request keeps its place, and is taken a moment later."""
    async with world.room() as room:
        behind_translators(room)
        await room.enrol()
        async with room.helping() as helper, room.asking() as user:
            request = (await helper.event("request", within=ENDLESS))["request"]
            for person in hit(room, who):
                person.site.move(77)
            mine = user if who == "user" else helper
            if mine is user:
                await user.event("online", within=PROMISED)
            began = time.monotonic()
            await mine.event("online", within=PROMISED * SLACK)
            print(f"it was back after {time.monotonic() - began:.1f} s")
            await helper.tell(f"accept {request}")
            await user.event("connected", within=PROMISED * SLACK)


@pytest.mark.long
async def test_a_request_is_taken_whose_user_is_out_of_reach(world: World) -> None:
    """The helper hears so within ten seconds, nobody hears that somebody ended it; the user is back in place, and is helped."""
    async with world.room() as room:
        behind_translators(room)
        await room.enrol()
        async with room.helping() as helper, room.asking() as user:
            request = (await helper.event("request", within=ENDLESS))["request"]
            room.user.site.unplug()
            began = time.monotonic()
            await helper.tell(f"accept {request}")
            told = await helper.event("problem", within=PROBED * SLACK)
            print(f"told after {time.monotonic() - began:.1f} s ({PROBED} s are promised): {told['text']}")
            assert (told["code"], told["request"]) == ("not_here", request)
            room.user.site.plug()
            again = await helper.event("request", request=request, within=AFTER_A_RESTART * SLACK)
            await helper.tell(f"accept {again['request']}")
            await user.event("connected", within=PROMISED * SLACK)
            assert not [event for event in user.events if event["event"] in {"over", "ended"}]
