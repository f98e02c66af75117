"""Fuzz a relay in its own process by a seeded grammar of requests, frames and matching messages.

    python -m tests.fuzz.relay_fuzz [--messages N] [--seed S] [--patience SECONDS]

Users and helpers with real certificates, strangers, and whoever asks for pages say all at the same time what the grammar
gives them; legs that are granted meanwhile are fuzzed too. Beside them two good people ask for help and give it, and
somebody asks for the relay's health: each of their answers is timed. The relay is the program as it is installed, with its limits on rates raised.

Exit code 0: at least half of all that was sent reached a handler, as the relay itself counts; no answer to a good one
came later than the patience; the relay's log holds no traceback and no error; its memory has not grown beyond a bound; at the
end nobody is connected and the audit log's chain holds.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from common.net.certificates import Identity, new_key
from common.protocol.identity import Role
from deploy.demo.organisation import Organisation, organisation
from deploy.demo.programs import Program, Run
from relay.admin.client import ask
from relay.admin.orders import AddGroup, DisablePerson, JoinGroup
from relay.store.reading import open_reader
from tests.bench.measure import cpu_seconds, resident_kib
from tests.fuzz.fuzzers import AgentFuzzer, LegFuzzer, PageFuzzer, StrangerFuzzer
from tests.fuzz.matching_grammar import GROUP, ORGANISATION, Cast, account_place
from tests.fuzz.target import Tally, Target
from tests.support.front import Client
from tests.support.metrics import metric, metrics
from tests.support.raw_agents import Issuing, RawAgent, RawPerson

DEFAULT_MESSAGES: Final = 200_000
CAST: Final = Cast(users=8, helpers=4)
STRANGERS: Final = 8
PAGES: Final = 4
SHARES: Final = {"agents": 0.84, "pages": 0.13, "strangers": 0.03}
GROWTH: Final = 64 * 1024  # KiB
GOOD: Final = "good:"
PAUSE: Final = 0.05  # seconds between two questions of the good ones
RAISED: Final = {
    "logs": {"json": True},
    "limits": {
        "keep_alive_requests": 10_000,
        "strangers_steps": 32,
        "enrolments_per_minute": 100_000,
        "enrolment_tries": 10_000,
        "renewals_per_minute": 10_000,
        "data_frames": 100_000,
        "control_frames": 10_000,
        "requests_per_minute": 10_000,
        "helper_sessions": 1000,
        "matching_messages": 100_000,
        "tickets_per_session": 100,
    },
}


@dataclass(kw_only=True)
class Outcome:
    """How it went. `broken` says in words what must not be."""

    tally: Tally
    seconds: float
    cpu: float
    handled: dict[str, int]
    heads: int
    grown: float  # MiB
    broken: list[str]

    def told(self) -> str:
        """For whoever started it."""
        tally, handled = self.tally, sum(self.handled.values())
        sent = sum(tally.sent.values())
        worst = ", ".join(f"{what} {seconds:.3f} s" for what, seconds in sorted(tally.worst.items()))
        closed = {code or "cut": count for code, count in tally.closed.most_common()}
        return "\n".join(
            (
                f"{sent} messages, frames and requests were sent in {self.seconds:.1f} s: {dict(tally.sent)}",
                f"on {sum(tally.connections.values())} connections: {dict(tally.connections)}",
                f"{handled} messages reached a handler: {self.handled}; and {self.heads} requests were read",
                f"answers: {dict(tally.answers.most_common())}",
                f"close codes: {closed}",
                f"the latest answers (a fuzzer's: to all of a batch): {worst}",
                f"the relay took {self.cpu:.1f} s of a core, and grew by {self.grown:.1f} MiB",
            )
        )


async def people(issuing: Issuing) -> tuple[list[RawPerson], list[RawPerson]]:
    """The cast, and two good ones."""
    cast = [await issuing.person(CAST.role(number), f"Person {number}") for number in CAST.all]
    good = [await issuing.person(role, f"Good {role}") for role in Role]
    return cast, good


async def odd_identities(issuing: Issuing, control: Path, cast: list[RawPerson]) -> list[Identity]:
    """Certificates of every kind that may not come in."""
    gone = await issuing.person(Role.USER, "Gone")
    await ask(control, DisablePerson(who=gone.account))
    user, helper = cast[0], cast[-1]
    own, nobody = new_key(), "00000000-0000-4000-8000-000000000000"
    return [
        gone.identity,
        issuing.identity(Role.USER, nobody, "Nobody"),
        issuing.identity(Role.HELPER, user.account, "Another role"),
        issuing.identity(Role.USER, user.account, "Too late", days=(-3, -1)),
        issuing.identity(Role.USER, user.account, "Too early", days=(1, 3)),
        Identity(key=own, chain=user.identity.chain),
        Identity(key=own, chain=(issuing.root,)),
        Identity(key=own, chain=helper.identity.chain * 2),
        Identity(key=helper.identity.key, chain=tuple(reversed(helper.identity.chain))),
        Identity(key=own, chain=(user.identity.chain[0][:-20], issuing.root)),
        Identity(key=own, chain=(b"", b"x", os.urandom(300))),
    ]


async def good_people(port: int, user: RawPerson, helper: RawPerson, tally: Tally) -> None:
    """They ask for help, give it and end it, without end: each answer is timed. Raises where one does not come."""
    asking, helping = [await RawAgent.come(port, one.identity, address="127.0.5.1") for one in (user, helper)]
    clock = asyncio.get_running_loop().time
    to = {"kind": "helper", "uri": helper.uri}
    try:
        while True:
            request = os.urandom(16).hex()
            began = clock()
            asking.say(type="request", request=request, to=to, mode="view")
            await asking.the("waiting", request=request)
            tally.took(f"{GOOD} request", began)
            began = clock()
            helping.say(type="accept", request=request)
            told = await helping.the("granted", request=request)
            await asking.the("granted", request=request)
            tally.took(f"{GOOD} accept", began)
            began = clock()
            asking.say(type="end", session=told["session"], why="user_ended")
            await helping.the("ended", session=told["session"])
            await asking.the("over", request=request)
            tally.took(f"{GOOD} end", began)
            await asyncio.sleep(PAUSE)
    finally:
        asking.link.cut()
        helping.link.cut()


async def health(port: int, tally: Tally) -> None:
    """Somebody looks whether the relay is well, by a new connection each time."""
    clock = asyncio.get_running_loop().time
    while True:
        began = clock()
        client = await Client.connect(port, local_addr=("127.0.5.2", 0))
        client.send(b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n")
        status, _, _ = await client.answer()
        client.writer.transport.abort()
        tally.took(f"{GOOD} health", began)
        if status != 200:
            raise ConnectionError(f"the relay's health is {status}")
        await asyncio.sleep(PAUSE)


async def besiege(office: Organisation, target: Target, *, messages: int, seed: int) -> None:
    """All of them at once, until each has said what it has to say."""
    control = office.folder / "control.sock"
    issuing = Issuing(office.folder, organisation=ORGANISATION)
    cast, (user, helper) = await people(issuing)
    await ask(control, AddGroup(name=GROUP))
    await ask(control, JoinGroup(name=GROUP, members=(cast[-1].account, cast[-2].account)))
    for number, person in enumerate(cast):
        target.places.put(account_place(number), person.account)
    odd = await odd_identities(issuing, control, cast)

    def quota(share: str, among: int) -> int:
        return max(1, round(messages * SHARES[share] / among))

    fuzzers: list[Awaitable[None]] = [
        AgentFuzzer(target, seed=f"{seed} agent {me}", me=me, person=person, quota=quota("agents", len(cast))).run()
        for me, person in enumerate(cast)
    ]
    fuzzers += [
        StrangerFuzzer(
            target, seed=f"{seed} stranger {n}", number=n, odd=odd, quota=quota("strangers", STRANGERS)
        ).run()
        for n in range(STRANGERS)
    ]
    fuzzers += [
        PageFuzzer(target, seed=f"{seed} page {n}", number=n, quota=quota("pages", PAGES)).run() for n in range(PAGES)
    ]
    async with asyncio.TaskGroup() as beside:
        others = [
            beside.create_task(good_people(target.port, user, helper, target.tally)),
            beside.create_task(health(target.port, target.tally)),
            beside.create_task(LegFuzzer(target, seed=f"{seed} legs").run()),
        ]
        async with asyncio.TaskGroup() as group:
            for fuzzer in fuzzers:
                group.create_task(fuzzer)  # type: ignore[arg-type]  # each is a coroutine
        for other in others:
            other.cancel()


def faults_in(program: Program) -> list[str]:
    """What its log says that may not be there."""
    found = []
    for line in program.log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            event = {}
        if event.get("level") in {"error", "critical"} or "exception" in event:
            found.append(f"{program.name}: {event['event']} {event.get('exception', '')}")
        elif not event and "Traceback" in line:
            found.append(f"{program.name}: {line}")
    return found


async def fuzz(folder: Path, *, messages: int, seed: int, patience: float) -> Outcome:
    """The whole of it."""
    broken: list[str] = []
    async with organisation(Run.new(folder), name=ORGANISATION, settings=RAISED) as office:
        target = Target(port=office.ports[0], cast=CAST)
        pid, tally = office.relay.pid, target.tally
        before, busy, began = resident_kib(pid), cpu_seconds([pid]), time.monotonic()
        try:
            await besiege(office, target, messages=messages, seed=seed)
        except* Exception as failed:  # noqa: BLE001 — whatever it was: what was seen until then is told
            broken += [repr(one) for one in failed.exceptions]
        seconds, cpu = time.monotonic() - began, cpu_seconds([pid]) - busy
        if not office.relay.running:
            broken.append(f"the relay ended with {office.relay.process.returncode}")
            return Outcome(tally=tally, seconds=seconds, cpu=cpu, handled={}, heads=0, grown=0, broken=broken)
        handled = {name: int(count) for name, count in (await metrics(office.relay, "matching_messages_total")).items()}
        heads = int(await metric(office.relay, "requests_total"))
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 30
        while (open_now := await metric(office.relay, "connections")) and loop.time() < deadline:  # noqa: ASYNC110 — a metric tells nobody
            await asyncio.sleep(0.2)
        if open_now:
            broken.append(f"{open_now:.0f} connections are left")
        grown = (resident_kib(pid) - before) / 1024
        async with open_reader(office.folder / "relay.db") as reader:
            verdict = await reader.verify()
        if not verdict.holds:
            broken.append(f"the audit log does not hold: {verdict}")
        await office.relay.end()
        broken += faults_in(office.relay) + faults_in(office.ca)
    sent = sum(tally.sent.values())
    if sum(handled.values()) * 2 < sent:
        broken.append(f"only {sum(handled.values())} of {sent} reached a handler")
    if grown * 1024 > GROWTH:
        broken.append(f"the relay has grown by {grown:.0f} MiB")
    if tally.closed[1011]:
        broken.append(f"{tally.closed[1011]} connections ended by an error inside")
    broken += [
        f"{what}: an answer after {worst:.1f} s"
        for what, worst in tally.worst.items()
        if what.startswith(GOOD) and worst > patience
    ]
    return Outcome(tally=tally, seconds=seconds, cpu=cpu, handled=handled, heads=heads, grown=grown, broken=broken)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Fuzz a relay by a seeded grammar.")
    parser.add_argument("--messages", type=int, default=DEFAULT_MESSAGES)
    parser.add_argument("--seed", type=int, default=20070201)
    parser.add_argument("--patience", type=float, default=1.0, help="seconds within which every answer must be there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tasuki-fuzz-") as name:
        run = fuzz(Path(name), messages=options.messages, seed=options.seed, patience=options.patience)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            outcome = runner.run(run)
    print(outcome.told())
    for one in outcome.broken[:20]:
        print(f"broken: {one} (seed {options.seed})")
    print("nothing is broken" if not outcome.broken else f"{len(outcome.broken)} promises are broken")
    return 1 if outcome.broken else 0


if __name__ == "__main__":
    sys.exit(main())
