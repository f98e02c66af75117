"""A relay as people run it, killed or stopped in mid-session: its agents come back to the same session. Agents are bytes here."""

import asyncio
import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from common.protocol.identity import Role
from common.protocol.messages import Feature
from tests.support.front import frame, upgrade
from tests.support.raw_agents import Issuing, RawAgent, RawLink, RawPerson
from tests.support.relay_program import Serving, run, serving

FEATURES = list(Feature)
REQUEST = "a" * 32
PATIENCE = 20.0


class RawLeg:
    """One side's leg, and what came over it."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self.link: RawLink

    @classmethod
    async def open(cls, port: int, ticket: str) -> "RawLeg":
        """Its ticket was good."""
        leg = cls()
        asked = upgrade("/v1/leg", "tasuki.leg.v1", ticket=ticket)
        leg.link = await RawLink.open(
            port, asked, heard=lambda opcode, payload: leg.frames.put_nowait((opcode, payload))
        )
        async with asyncio.timeout(PATIENCE):
            assert await leg.link.upgraded == 101
        return leg

    async def next(self) -> tuple[int, bytes]:
        """The next frame."""
        async with asyncio.timeout(PATIENCE):
            return await self.frames.get()


class Pair:
    """Anna and Hana in one session, by way of the relay that runs now."""

    def __init__(self, anna: RawPerson, hana: RawPerson) -> None:
        self.people = {"user": anna, "helper": hana}
        self.agents: dict[str, RawAgent] = {}
        self.legs: dict[str, RawLeg] = {}
        self.session = ""

    async def come(self, relay: Serving, *, features: Sequence[str] = FEATURES) -> None:
        """Both are connected."""
        for side, person in self.people.items():
            self.agents[side] = await RawAgent.come(relay.port, person.identity, features=features)

    async def ask(self) -> None:
        """Asked, answered, granted."""
        user, helper = self.agents["user"], self.agents["helper"]
        to = {"kind": "helper", "uri": self.people["helper"].uri}
        user.say(type="request", request=REQUEST, to=to, mode="control")
        await user.the("waiting", request=REQUEST)
        helper.say(type="accept", request=REQUEST)
        await user.the("probe", request=REQUEST)
        user.say(type="here", request=REQUEST)

    async def join(self, relay: Serving, **facts: Any) -> None:
        """Both are granted the same session, their legs are joined, bytes pass, and the relay hears that it is active."""
        grants = {side: await agent.the("granted", **facts) for side, agent in self.agents.items()}
        [self.session] = {grant["session"] for grant in grants.values()}
        self.legs = {side: await RawLeg.open(relay.port, grant["ticket"]) for side, grant in grants.items()}
        for leg in self.legs.values():
            assert await leg.next() == (1, b"ready")
        self.legs["user"].link.send(frame(2, b"a picture"))
        assert await self.legs["helper"].next() == (2, b"a picture")
        self.agents["user"].say(type="active", session=self.session)
        await self.heard()

    async def heard(self) -> None:
        """The relay has done what the user's agent said so far, and what it had to write is on the disk."""
        self.agents["user"].say(type="cancel", request="f" * 32)
        assert (await self.agents["user"].the("error", about="cancel"))["code"] == "no_such_request"

    async def gone(self) -> None:
        """What there was of connections is no more."""
        async with asyncio.timeout(PATIENCE):
            for link in [*(one.link for one in self.agents.values()), *(one.link for one in self.legs.values())]:
                await link.over


async def people(folder: Path) -> Pair:
    """Anna and Hana have accounts at the relay that runs."""
    issuing = Issuing(folder, organisation="example")
    return Pair(await issuing.person(Role.USER, "Anna"), await issuing.person(Role.HELPER, "Hana"))


def events(folder: Path) -> list[str]:
    """What the audit log says of requests, in order."""
    assert "holds together" in run(folder, "audit", "verify").stdout
    rows = [json.loads(row) for row in run(folder, "audit", "show", "--json").stdout.splitlines()]
    return [row["event"] for row in rows if row["event"].startswith("request.")]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
async def test_a_relay_that_comes_back_finds_its_sessions(folder: Path, end: int) -> None:
    """Both sides come back to the one they had, by its name, and it goes on; the log has the break and its end."""
    with serving(folder) as relay:
        pair = await people(folder)
        await pair.come(relay)
        await pair.ask()
        await pair.join(relay, interruption=0)
        session = pair.session
        await asyncio.to_thread(relay.end, end)
        await pair.gone()
    with serving(folder) as relay:
        began = time.monotonic()
        await pair.come(relay)
        assert [agent.welcome["sessions"] for agent in pair.agents.values()] == [[session]] * 2
        assert pair.agents["user"].welcome["interrupted"] == 180
        pair.agents["helper"].say(type="ticket", session=session)
        await pair.join(relay, interruption=1)
        assert pair.session == session
        assert time.monotonic() - began < PATIENCE / 2
        pair.agents["user"].say(type="end", session=session, why="user_ended")
        assert (await pair.agents["helper"].the("ended", session=session))["why"] == "user_ended"
        await asyncio.to_thread(relay.end)
    assert events(folder) == [
        "request.waiting",
        "request.granted",
        "request.active",
        "request.interrupted",
        "request.resumed",
        "request.over",
    ]
    [record] = map(json.loads, run(folder, "sessions", "list", "--all", "--json").stdout.splitlines())
    assert record["up"] == len(b"a picture") * (1 if end == signal.SIGKILL else 2)  # a kill takes its count with it


async def test_a_leg_that_breaks_brings_both_back(folder: Path) -> None:
    """Cut on one side: the other one's leg closes at once, and whoever asks first brings both together again, over and over."""
    with serving(folder) as relay:
        pair = await people(folder)
        await pair.come(relay)
        await pair.ask()
        await pair.join(relay, interruption=0)
        for number, side in enumerate(["user", "helper"] * 3, start=1):
            other = "helper" if side == "user" else "user"
            pair.legs[side].link.cut()
            assert (await pair.legs[other].next())[0] == 8
            pair.agents[side].say(type="ticket", session=pair.session)
            await pair.join(relay, interruption=number)
        old = pair.legs
        pair.agents["helper"].say(type="ticket", session=pair.session)  # its address changed: nothing was seen to break
        for leg in old.values():
            assert (await leg.next())[0] == 8
        await pair.join(relay, interruption=7)
        await asyncio.to_thread(relay.end)


async def test_an_account_that_was_disabled_meanwhile(folder: Path) -> None:
    """By an operator, while no relay ran: its session is over when the relay is back, and the other side hears why."""
    with serving(folder) as relay:
        pair = await people(folder)
        await pair.come(relay)
        await pair.ask()
        await pair.join(relay, interruption=0)
        await asyncio.to_thread(relay.end, signal.SIGKILL)
        await pair.gone()
    run(folder, "person", "disable", "Hana")
    with serving(folder) as relay:
        user = await RawAgent.come(relay.port, pair.people["user"].identity, features=FEATURES)
        assert user.welcome["sessions"] == []
        user.say(type="ticket", session=pair.session)
        assert (await user.the("error", about="ticket"))["code"] == "no_such_session"
        await asyncio.to_thread(relay.end)
    assert events(folder)[-1] == "request.over"


async def test_older_agents_end_with_the_relay(folder: Path) -> None:
    """One that names no features is asked nothing, and comes back to nothing."""
    with serving(folder) as relay:
        pair = await people(folder)
        await pair.come(relay, features=())
        user, helper = pair.agents["user"], pair.agents["helper"]
        user.say(type="request", request=REQUEST, to={"kind": "anyone"}, mode="view")
        await user.the("waiting")
        helper.say(type="accept", request=REQUEST)
        await pair.join(relay, interruption=0)
        await asyncio.to_thread(relay.end, signal.SIGKILL)
        await pair.gone()
    with serving(folder) as relay:
        user = await RawAgent.come(relay.port, pair.people["user"].identity)
        assert (await user.the("ended", session=pair.session))["why"] == "relay_restarted"
        await asyncio.to_thread(relay.end)
