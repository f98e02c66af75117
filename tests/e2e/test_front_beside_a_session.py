"""A session of real processes goes on while the relay's front is besieged: every connection is answered as the table says.

One story: quiet, one address past its cap, many addresses past the cap of all, every kind of wrong request in bulk, and
ten thousand agents that only stay. Meanwhile the session's two people chat without a pause, and each phase is timed.
"""

import asyncio
import contextlib
import json
import resource
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pytest

from deploy.demo.programs import Program, until
from tests.bench.measure import cpu_seconds, percentile
from tests.support.flood import WAITING
from tests.support.front import Client
from tests.support.metrics import metric
from tests.support.organisation import Stage, connected
from tests.support.trips import PACE, chat_trip

HOUSE = Path(__file__).parents[2]
ENVIRON = {"PYTHONPATH": str(HOUSE)}
PER_ADDRESS, TOTAL, EARLY = 512, 4096, 0.75  # the front's table
REQUEST = 10.0  # seconds to a complete request
LATE = 10.0  # seconds more, on a busy machine
IDLE = 10_000
CROWDS = 2
EXPECTED: dict[str, dict[str, int]] = {  # of each kind of attack, what its connections get
    "slow_head": {"408": 150},
    "says_nothing": {"closed": 150},
    "pings": {"1008": 150},
    "no_json": {"1007": 150},
    "long_message": {"1009": 150},
    "pipelined": {"100 answers": 20},
    "long_body": {"413": 150},
    "endless_body": {"413": 50},
    "long_head": {"431": 150},
    "bare_line_feeds": {"400": 150},
    "two_lengths": {"400": 150},
    "plain_http": {"400": 300},
    "invented_ticket": {"403": 150},
}


@dataclass(kw_only=True)
class Pulse:
    """The session's chat, without end; `phase` names what goes on meanwhile."""

    user: Program
    helper: Program
    phase: str = "quiet"
    trips: dict[str, list[float]] = field(default_factory=dict)

    async def beat(self) -> None:
        """Until cancelled; the first word that does not arrive ends it."""
        number = 0
        while True:
            phase, number = self.phase, number + 1
            self.trips.setdefault(phase, []).append(await chat_trip(self.user, self.helper, f"beat {number}"))
            await asyncio.sleep(PACE)

    async def beats(self, count: int) -> None:
        """Wait for so many more in this phase."""
        wanted = len(self.trips.get(self.phase, ())) + count
        assert await until(lambda: len(self.trips.get(self.phase, ())) >= wanted, within=count * LATE)

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, user: Program, helper: Program) -> AsyncIterator["Pulse"]:
        """A session's, during the block. Its failure is the block's."""
        pulse = cls(user=user, helper=helper)
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(pulse.beat())
            yield pulse
            beating.cancel()

    def told(self) -> str:
        """A table of the phases."""
        quiet = median(self.trips["quiet"])
        lines = [f"{'round trip of chat':24}{'trips':>7}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'p50 ratio':>11}"]
        for phase, trips in self.trips.items():
            p50, p99 = median(trips), percentile(trips, 0.99)
            lines.append(
                f"{phase:24}{len(trips):7}{p50 * 1e3:9.1f}{p99 * 1e3:9.1f}{max(trips) * 1e3:9.1f}{p50 / quiet:11.1f}"
            )
        return "\n".join(lines)


async def healthy(stage: Stage, address: str) -> bool:
    """Whether somebody who comes from there is served, at once or at the third try (some are dropped at random)."""
    client = await Client.connect(stage.office.ports[0], local_addr=(address, 0))
    client.send(b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n")
    answered, _, _ = await client.answer()
    client.writer.transport.abort()
    return answered == 200


async def order(flood: Program, **facts: object) -> None:
    """Give the flood an order."""
    await flood.tell(json.dumps(facts))


async def all_let_go(flood: Program, stage: Stage) -> None:
    """Each that was let in and said nothing is closed at its time, without a byte, and its place is free again."""
    await order(flood, do="watch")
    gone = await flood.event("let_go", within=REQUEST + 3 * LATE)
    print(f"let go after {gone['first']:.1f} to {gone['last']:.1f} s, {gone['bytes']} bytes")
    assert gone["bytes"] == 0
    assert gone["last"] <= REQUEST + LATE
    assert await metric(stage.office.relay, "connections_unknown") == 0


async def one_address(flood: Program, stage: Stage) -> None:
    """From three quarters of the cap on some are turned away, at the cap all; another address is served meanwhile."""
    await order(flood, do="hold", addresses=["127.0.0.2"], each=PER_ADDRESS + 200)
    event = await flood.event("held")
    held, closed = event["held"]["127.0.0.2"], event["closed"]["127.0.0.2"]
    print(f"one address: {held} of {held + closed} let in")
    assert PER_ADDRESS * EARLY <= held <= PER_ADDRESS
    assert held + closed == PER_ADDRESS + 200
    assert await healthy(stage, "127.0.0.3")
    await all_let_go(flood, stage)


async def all_addresses(flood: Program, stage: Stage) -> None:
    """Many addresses, none of which is near its own cap."""
    addresses = [f"127.0.{number // 20 + 1}.{number % 20 + 1}" for number in range(20)]
    each = 300
    assert each < PER_ADDRESS * EARLY
    await order(flood, do="hold", addresses=addresses, each=each)
    event = await flood.event("held", within=30)
    held, closed = sum(event["held"].values()), sum(event["closed"].values())
    unknown = await metric(stage.office.relay, "connections_unknown")
    print(f"{len(addresses)} addresses: {held} of {held + closed} let in; the relay says {unknown:.0f}")
    assert held + closed == len(addresses) * each > TOTAL
    assert TOTAL * EARLY <= held <= TOTAL
    assert unknown <= TOTAL
    assert len(event["held"]) == len(addresses)  # nobody's all were turned away
    await all_let_go(flood, stage)


async def wrong_requests(flood: Program) -> None:
    """All kinds at the same time, each from an address of its own; those that wait for a deadline are there first."""
    for number, (kind, answers) in enumerate(EXPECTED.items()):
        await order(flood, do="attack", kind=kind, count=sum(answers.values()), address=f"127.1.0.{number + 1}")
        if kind in WAITING:
            await flood.event("connected", kind=kind)
    for kind, answers in EXPECTED.items():
        event = await flood.event("attacked", within=60, kind=kind)
        print(f"{kind:16} in {event['seconds']:5.1f} s: {event['outcomes']}")
        assert event["outcomes"] == answers, kind


@contextlib.asynccontextmanager
async def crowd(stage: Stage) -> AsyncIterator[int]:
    """As many agents as descriptors allow, up to `IDLE`, in processes of their own; all are in."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = min(IDLE, hard - 1000)
    if count < IDLE:
        print(f"descriptors: at most {hard} here, so {count} agents instead of {IDLE}")
    told = await stage.office.command("person", "add", "--role", "user", "--name", "Everybody", "--json")
    account = json.loads(told)["identifier"]
    began, busy = time.monotonic(), cpu_seconds([stage.office.relay.pid])
    module = (sys.executable, "-m", "tests.integration.relay.matching.idle_agents")
    of_each = (stage.office.folder / "ca", account, str(stage.office.ports[0]), str(count // CROWDS), "example")
    async with contextlib.AsyncExitStack() as stack:
        programs = [
            await stack.enter_async_context(stage.run.program(f"crowd-{number}", *module, *of_each, environ=ENVIRON))
            for number in range(CROWDS)
        ]
        assert await until(lambda: all(program.lines or not program.running for program in programs), within=200)
        assert all(program.running for program in programs), [program.tail() for program in programs]
        each = (cpu_seconds([stage.office.relay.pid]) - busy) / count
        print(
            f"{count} agents are in after {time.monotonic() - began:.0f} s, {each * 1000:.1f} ms of the relay for each"
        )
        yield count
        assert all(program.running for program in programs), [program.tail() for program in programs]


@pytest.mark.alone  # ten thousand agents and a flood take all there is of both cores
@pytest.mark.timeout(400)
async def test_a_siege_beside_a_session(stage: Stage) -> None:
    """Everything is answered as the table says, and not one word of the session is lost or late."""
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        await connected(user, helper)
        flooding = (sys.executable, "-m", "tests.support.flood", str(stage.office.ports[0]))
        async with Pulse.of(user, helper) as pulse, stage.run.program("flood", *flooding, environ=ENVIRON) as flood:
            await pulse.beats(40)
            pulse.phase = "one address"
            await one_address(flood, stage)
            pulse.phase = "all addresses"
            await all_addresses(flood, stage)
            pulse.phase = "wrong requests"
            await wrong_requests(flood)
            pulse.phase = "agents come"
            async with crowd(stage) as count:
                pulse.phase = f"{count} agents stay"
                assert await metric(stage.office.relay, "connections") >= count
                began = time.monotonic()
                while time.monotonic() - began < 30:  # every one of them is pinged meanwhile
                    await pulse.beats(20)
                assert await metric(stage.office.relay, "connections") >= count
                print(f"the relay has {await metric(stage.office.relay, 'connections'):.0f} connections")
                pulse.phase = "all of them go"
            assert await until(lambda: len(pulse.trips.get("all of them go", ())) >= 10, within=10 * LATE)
            pulse.phase = "quiet again"
            await pulse.beats(20)
        print(pulse.told())
        for phase, trips in pulse.trips.items():
            assert len(trips) >= 10, phase
            assert median(trips) < 1, phase
            assert max(trips) < 10, phase
        await user.tell("stop")
        assert (await helper.event("ended"))["why"] == "user_ended"
        assert (await user.event("ended"))["why"] == "user_ended"
