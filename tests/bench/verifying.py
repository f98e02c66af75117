"""What a session feels of an audit log of years that is verified beside it: round trips through a real splice.

    python -m tests.bench.verifying [--rows 1000000] [--times 5] [--seconds 15] [--json FILE]

The relay is the program as it is installed, with its records on this disk. `audit verify` runs in its own process, and round
trips are counted for as long as it does. Where there are two cores, the session and the relay have one, and whoever verifies the other.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.organisation import organisation
from deploy.demo.programs import Run
from tests.bench.attacks import ORGANISATION, Session, pin, session
from tests.bench.measure import percentile
from tests.support.history import fill
from tests.support.raw_agents import Issuing

BEGIN, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
SLICE = 2.0  # seconds
RISE = 5.0
"""Goal: milliseconds that the p99 of the session's round trips rises by at most, the median of all pairs of runs."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Medians of `times` pairs of runs, in milliseconds; `verified` is how often the log was walked, `took` seconds for one walk."""

    rows: int
    times: int
    quiet: float
    beside: float
    rise: float
    verified: int
    took: float

    @property
    def good(self) -> bool:
        """Whether the goal is met."""
        return self.rise <= RISE


class Verifying:
    """`audit verify` by the program; what it says must be that the log holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.took: list[float] = []

    async def walk(self) -> None:
        """Once, all of it."""
        words = (sys.executable, "-m", "relay.cli", "audit", "verify", "--json", "--folder", str(self._folder))
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        if len(os.sched_getaffinity(0)) > 1:
            pin((process.pid,), 1)
        told, _ = await process.communicate()
        verdict = json.loads(told)
        if process.returncode or not verdict["holds"]:
            raise AssertionError(verdict)
        self.took.append(time.monotonic() - began)


async def measure(folder: Path, *, rows: int, times: int, seconds: float) -> Beside:
    """Quiet and beside, one after the other, so often."""
    async with organisation(Run.new(folder), name=ORGANISATION) as office:
        await office.relay.end()
        fill(office.folder / "relay.db", sessions=1000, audit_rows=rows, begin=BEGIN, end=END)
        await office.start_relay()
        if len(os.sched_getaffinity(0)) > 1:
            pin((office.relay.pid,), 0)
            pin((office.ca.pid, os.getpid()), 1)
        verifying = Verifying(office.folder)
        async with session(office, Issuing(office.folder, organisation=ORGANISATION)) as going:
            await p99(going, min(seconds, 1.0))  # warm
            pairs = []
            for _ in range(times):
                quiet = await p99(going, seconds)
                pairs.append((quiet, await p99(going, SLICE, asyncio.create_task(verifying.walk()))))
    return Beside(
        rows=rows,
        times=times,
        quiet=statistics.median(quiet for quiet, _ in pairs),
        beside=statistics.median(beside for _, beside in pairs),
        rise=statistics.median(beside - quiet for quiet, beside in pairs),
        verified=len(verifying.took),
        took=statistics.median(verifying.took),
    )


async def p99(going: Session, seconds: float, beside: asyncio.Task[None] | None = None) -> float:
    """Of the round trips in so many seconds, again and again until what is `beside` is done; milliseconds."""
    trips, _cpu, _memory = await going.probe(seconds)
    while beside is not None and not beside.done():
        more, _cpu, _memory = await going.probe(seconds)
        trips += more
    if beside is not None:
        await beside
    return percentile(trips, 0.99) * 1e3


def show(one: Beside) -> None:
    """As text."""
    print(f"a log of {one.rows} rows verified beside a session: {one.verified} times, {one.took:.1f} s each")
    print(
        f"p99 of a round trip: quiet {one.quiet:.2f} ms, beside {one.beside:.2f} ms, "
        f"rise {one.rise:.2f} ms (goal {RISE:.0f})  {'yes' if one.good else 'NO'}"
    )


def main() -> None:
    """Run, print, and write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each quiet run")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tasuki-bench-") as name:
        one = asyncio.run(measure(Path(name), rows=options.rows, times=options.times, seconds=options.seconds))
    show(one)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(asdict(one), indent=1) + "\n", encoding="utf-8")
    sys.exit(0 if one.good else 1)


if __name__ == "__main__":
    main()
