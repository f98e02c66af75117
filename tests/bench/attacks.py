"""What attacks on the public port cost those whom the relay serves: round trips through a real splice, and the relay's memory.

    python -m tests.bench.attacks [--seconds 8] [--only NAME] [--json FILE]

The relay is the program as it is installed, with the numbers that it comes with. Attackers have one core, the relay and the
two ends of the session the other. Every row stands beside the same session without an attack, measured before it.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from common.protocol.identity import Role
from deploy.demo.organisation import Organisation, organisation
from deploy.demo.programs import Run
from tests.bench.attackers import ATTACKS
from tests.bench.measure import cpu_seconds, percentile, resident_kib
from tests.bench.peers import Worker, end
from tests.support.raw_agents import Issuing, RawAgent, RawPerson, granted

ORGANISATION: Final = "example"
PAUSE: Final = 0.01  # seconds between two questions of the session
BYTES: Final = 64
REST: Final = 2.0  # seconds after an attack
MEMORY: Final = 64.0  # MiB more than before


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The session beside one attack. Milliseconds, MiB; `relay` is the part of a core that it took."""

    attack: str
    trips: int
    p50: float
    p99: float
    longest: float
    relay: float
    before: float
    highest: float
    after: float
    outcomes: dict[str, int]
    ratio: float = 1.0  # of p99 to that of the quiet session

    @property
    def good(self) -> bool:
        """Whether the memory stayed within its bound."""
        return self.highest - self.before <= MEMORY


def pin(pids: Iterable[int], core: int) -> None:
    """All threads of these processes run there; what they start later too."""
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


class Session:
    """Two ends, joined by the relay, and the agents that stand behind them."""

    def __init__(self, user: Worker, helper: Worker, relay: int) -> None:
        self._user = user
        self._helper = helper
        self._relay = relay

    async def probe(self, seconds: float) -> tuple[list[float], float, float]:
        """Ask and answer for so long: the round trips, the relay's CPU seconds, its highest memory in MiB."""
        highest, busy = 0.0, cpu_seconds([self._relay])
        self._helper.order(do="reflect")
        self._user.order(do="probe", seconds=seconds, pause=PAUSE, bytes=BYTES)
        trips = asyncio.create_task(asyncio.to_thread(self._user.outcome))
        while not trips.done():
            highest = max(highest, resident_kib(self._relay) / 1024)
            await asyncio.wait({trips}, timeout=0.1)
        await asyncio.to_thread(self._helper.outcome)
        return list((await trips)["trips"]), cpu_seconds([self._relay]) - busy, highest


@contextlib.asynccontextmanager
async def session(office: Organisation, issuing: Issuing) -> AsyncIterator[Session]:
    """A session of two people with certificates, active for as long as the block lasts."""
    port = office.ports[0]
    user, helper = [await issuing.person(role, f"Somebody, {role}") for role in Role]
    asking, helping = [await RawAgent.come(port, one.identity) for one in (user, helper)]
    told = await granted(asking, helping, helper.uri)
    with end() as near, end() as far:
        for worker, one in zip((near, far), told, strict=True):
            worker.order(do="connect", ways=[{"kind": "leg", "port": port, "ticket": one["ticket"]}])
        for order in (None, "ready"):
            for worker in (near, far):
                if order is not None:
                    worker.order(do=order)
                await asyncio.to_thread(worker.outcome)
        asking.say(type="active", session=told[0]["session"])
        pin((near.process.pid, far.process.pid), 0)
        yield Session(near, far, office.relay.pid)
    asking.link.cut()
    helping.link.cut()


async def beside(going: Session, attackers: Worker, relay: int, *, attack: str, port: int, seconds: float) -> Beside:
    """The session, and one attack ("" is none)."""
    before = resident_kib(relay) / 1024
    if attack:
        attackers.order(do=attack, port=port, seconds=seconds)
    began = time.monotonic()
    trips, cpu, highest = await going.probe(seconds)
    took = time.monotonic() - began
    outcomes: dict[str, int] = (await asyncio.to_thread(attackers.outcome))["outcomes"] if attack else {}
    await asyncio.sleep(REST if attack else 0)
    return Beside(
        attack=attack or "none",
        trips=len(trips),
        p50=percentile(trips, 0.5) * 1e3,
        p99=percentile(trips, 0.99) * 1e3,
        longest=max(trips) * 1e3,
        relay=cpu / took,
        before=before,
        highest=highest,
        after=resident_kib(relay) / 1024,
        outcomes=outcomes,
    )


def introduce(attackers: Worker, person: RawPerson) -> None:
    """Give the attackers somebody's certificate."""
    identity = person.identity
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    attackers.do(do="identity", key=key, chain=[base64.b64encode(one).decode() for one in identity.chain])


async def measure(folder: Path, attacks: Sequence[str], seconds: float) -> list[Beside]:
    """The quiet session, then every attack beside it."""
    cores = len(os.sched_getaffinity(0))
    async with organisation(Run.new(folder), name=ORGANISATION) as office:
        issuing = Issuing(office.folder, organisation=ORGANISATION)
        relay, port = office.relay.pid, office.ports[0]
        with Worker("tests.bench.attackers") as attackers:
            introduce(attackers, await issuing.person(Role.USER, "Mallory"))
            if cores > 1:
                pin((relay,), 0)
                pin((attackers.process.pid, office.ca.pid, os.getpid()), 1)
            async with session(office, issuing) as going:
                table: list[Beside] = []
                for attack in ("", *attacks):
                    told = await beside(going, attackers, relay, attack=attack, port=port, seconds=seconds)
                    table.append(replace(told, ratio=told.p99 / table[0].p99 if table else 1.0))
                    print(row(table[-1]), flush=True)
        return table


def row(one: Beside) -> str:
    """As text."""
    memory = f"{one.before:6.0f}{one.highest:6.0f}{one.after:6.0f}  {'yes' if one.good else 'NO'}"
    most = sorted(one.outcomes.items(), key=lambda item: -item[1])[:4]
    outcomes = ", ".join(f"{text}: {count}" for text, count in most)
    line = f"{one.attack:32}{one.trips:6}{one.p50:8.1f}{one.p99:8.1f}{one.longest:8.1f}{one.ratio:7.1f}{one.relay * 100:6.0f}"
    return f"{line}{memory:24}  {outcomes}"


def main() -> None:
    """Run, print, and write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each attack")
    parser.add_argument("--only", choices=tuple(ATTACKS), action="append")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(f"{'round trip beside':32}{'trips':>6}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}{'ratio':>7}{'CPU %':>6}"
          f"{'  MiB before, highest, after':24}")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="tasuki-bench-") as name:
        table = asyncio.run(measure(Path(name), options.only or tuple(ATTACKS), options.seconds))
    print(f"memory: at most {MEMORY:.0f} MiB more than before, beside every attack")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps([asdict(one) for one in table], ensure_ascii=False, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
