"""What a relay with years of records feels of somebody who reads them: last month as CSV, and the audit log verified, beside it.

    python -m tests.bench.history [--sessions 100000] [--rows 1000000] [--json FILE]

One relay, with its records on this disk; commands as an operator gives them, medians of so many runs (--times). It is asked
for /healthz all the while.
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from tests.bench.measure import percentile, resident_kib
from tests.support.history import fill
from tests.support.relay_program import LOOPBACK, answer, run, serving

BEGIN, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
MONTH = ("--from", "2026-10-01", "--to", "2026-10-31")
SECONDS, GROWTH, HEALTH = 20.0, 20.0, 0.05
"""Goals: of last month's CSV; MiB that the relay may grow; p95 of /healthz (or twice what it is while nobody reads: on a busy machine that is more)."""
IDLE = 3.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One command beside the relay: seconds it took, and of CPU; MiB that the relay grew, /healthz's p95 meanwhile in seconds."""

    what: str
    rows: int
    seconds: float
    cpu: float
    growth: float
    health: float
    idle: float  # the same while nobody reads, in this run
    goal: float | None = None

    @property
    def good(self) -> bool:
        """Whether every goal is met."""
        return (
            (self.goal is None or self.seconds <= self.goal)
            and self.growth <= GROWTH
            and self.health <= max(HEALTH, 2 * self.idle)
        )


class Asking:
    """Asks for /healthz, all the while, and keeps how long each answer took."""

    def __init__(self, port: int, root: Path) -> None:
        self._ask: Callable[[], object] = lambda: answer(port, "/healthz", root)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.took: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(0.02):
            begun = time.perf_counter()
            self._ask()
            self.took.append(time.perf_counter() - begun)


def relay_folder(place: Path) -> Path:
    """A relay that `init` made, on any ports."""
    folder = place / "relay"
    run(folder, "init", "--organisation", "example", "--host", LOOPBACK, "--port", "8443")
    path = folder / "relay.toml"
    ports = 'matching_port = 0\nvnc_port = 0\nmetrics_port = -1\naddresses = ["127.0.0.1"]\n'
    path.write_text(path.read_text(encoding="utf-8").replace("matching_port = 8443\n", ports), encoding="utf-8")
    return folder


def measure(place: Path, *, sessions: int, audit_rows: int, times: int) -> list[Reading]:
    """Medians of `times` runs of each command; what the relay grew is of all of them."""
    folder = relay_folder(place)
    run(folder, "migrate")
    fill(folder / "relay.db", sessions=sessions, audit_rows=audit_rows, begin=BEGIN, end=END)
    table = place / "month.csv"
    commands: tuple[tuple[str, int, float | None, tuple[str, ...]], ...] = (
        ("last month's sessions as CSV", sessions, SECONDS, ("sessions", "list", *MONTH, "--csv", str(table))),
        (
            "one person's of that month",
            sessions // 60,
            None,
            ("sessions", "list", *MONTH, "--person", "User 1", "--csv", str(table)),
        ),
        ("audit verify", audit_rows, None, ("audit", "verify")),
    )
    readings: list[Reading] = []
    with serving(folder) as relay:
        with Asking(relay.port, folder / "root.pem"):  # so that what each answer needs is there
            time.sleep(1)
        with Asking(relay.port, folder / "root.pem") as asking:
            time.sleep(IDLE)
        idle = percentile(asking.took, 0.95)
        readings.append(Reading(what="nobody reads", rows=0, seconds=IDLE, cpu=0.0, growth=0.0, health=idle, idle=idle))
        for what, rows, goal, words in commands:
            took, cpu, asked = [], [], []
            before = resident_kib(relay.process.pid)
            for _ in range(times):
                with Asking(relay.port, folder / "root.pem") as asking:
                    begun, used = time.perf_counter(), cpu_of_commands()
                    run(folder, *words, TZ="UTC")
                    took.append(time.perf_counter() - begun)
                    cpu.append(cpu_of_commands() - used)
                asked += asking.took
            readings.append(
                Reading(
                    what=what,
                    rows=rows,
                    seconds=statistics.median(took),
                    cpu=statistics.median(cpu),
                    growth=(resident_kib(relay.process.pid) - before) / 1024,
                    health=percentile(asked, 0.95),
                    idle=idle,
                    goal=goal,
                )
            )
    return readings


def cpu_of_commands() -> float:
    """Seconds of CPU of all commands that have ended: what a busy machine does not change."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(readings: Sequence[Reading]) -> None:
    """As text."""
    print(f"{'beside a relay':32}{'rows':>10}{'s':>8}{'goal':>7}{'CPU s':>8}{'relay +MiB':>12}{'healthz p95 ms':>16}")
    for one in readings:
        goal = "" if one.goal is None else f"{one.goal:.0f}"
        verdict = "yes" if one.good else "NO"
        print(
            f"{one.what:32}{one.rows:10}{one.seconds:8.2f}{goal:>7}{one.cpu:8.2f}"
            f"{one.growth:12.1f}{one.health * 1000:16.1f}  {verdict}"
        )


def main() -> None:
    """Run, print, and write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        readings = measure(Path(place), sessions=options.sessions, audit_rows=options.rows, times=options.times)
    show(readings)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps([asdict(one) for one in readings], indent=1) + "\n", encoding="utf-8")
    sys.exit(0 if all(one.good for one in readings) else 1)


if __name__ == "__main__":
    main()
