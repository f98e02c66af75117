"""A relay and its CA as processes, in which every fault that is watched for can be injected and mended.

Its records lie on a small disk of its own, both programs' clocks can be set while they run (libfaketime), and what an
operator would wait minutes for comes in seconds.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.organisation import change_settings, start_ca
from deploy.demo.ports import HOST, free_port
from deploy.demo.programs import Program, Run
from relay.admin.client import ask
from relay.admin.orders import AddGroup, OrderError
from tests.support.alerts import scraped
from tests.support.metrics import metrics_text
from tests.support.postgresql import PostgreSQL
from tests.support.raw_agents import Issuing
from tests.support.relay_program import health
from tests.support.small_disk import SmallDisk, with_small_disk

PROMISED = 10.0
"""Seconds within which a relay is well again once a fault is mended; a busy machine has five times that."""

_OTHER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
for line in sys.stdin:
    database.execute(line)
    print("done", flush=True)
"""
SOON = {"store_probe": 1.0, "authority_check": 0.3, "loop_lag": 4.0, "watch_files": 0.2}
DISK = 8
"""MiB: SQLite's log alone grows to four before it is written into the database."""


@dataclass(kw_only=True)
class WatchedRelay:
    """The relay and the CA that run in `folder`."""

    run: Run
    folder: Path
    port: int
    ca: Program
    relay: Program
    clocks: Mapping[str, Path]
    orders: int = 0

    @property
    def disk(self) -> Path:
        """Where its records are, from here."""
        return Path(f"/proc/{self.relay.pid}/root{self.folder}/disk")

    @property
    def small_disk(self) -> SmallDisk:
        """The same, to fill it."""
        return SmallDisk(self.disk)

    @property
    def issuing(self) -> Issuing:
        """Certificates of its organisation."""
        return Issuing(self.folder, organisation="example")

    async def scrape(self) -> dict[str, float]:
        """As Prometheus would; `up` is 0 where it does not answer."""
        try:
            async with asyncio.timeout(5):
                return scraped(await metrics_text(self.relay))
        except (OSError, TimeoutError):
            return scraped("", answered=False)

    def health(self) -> tuple[int, str]:
        """What /healthz says."""
        return health(self.port, self.folder / "root.pem")

    async def told(self, status: int, word: str, *, within: float = PROMISED) -> float:
        """Wait until /healthz says this: how many seconds it took. Nothing else is asked of the relay."""
        began = time.monotonic()
        while (now := await asyncio.to_thread(self.health)) != (status, word):
            assert time.monotonic() - began < 5 * within, now
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    async def seen(self, such: Callable[[dict[str, float]], bool], *, within: float = 60) -> dict[str, float]:
        """The first scrape that is so."""
        end = time.monotonic() + within
        while not such(found := await self.scrape()):
            assert time.monotonic() < end, found
            await asyncio.sleep(0.1)
        return found

    async def order(self) -> None:
        """Something that has to be written; it may be in vain."""
        self.orders += 1
        with contextlib.suppress(OrderError):
            await ask(self.folder / "control.sock", AddGroup(name=f"Group {self.orders}"))

    @contextlib.contextmanager
    def database(self) -> Iterator[Callable[[str], None]]:
        """Another program that has the database open, and does what it is told: a statement."""
        # In the relay's name space: from outside, SQLite follows /proc's link to a file of that path here.
        rights = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        words = ["nsenter", f"--target={self.relay.pid}", *rights, "--mount", sys.executable, "-c", _OTHER]
        with subprocess.Popen(
            [*words, self.folder / "disk" / "relay.db"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other:

            def do(statement: str) -> None:
                assert other.stdin is not None
                assert other.stdout is not None
                other.stdin.write(f"{statement}\n")
                other.stdin.flush()
                assert other.stdout.readline() == "done\n"

            yield do

    def set_clock(self, program: str, seconds: int) -> None:
        """From now on (within a second) this program takes it to be so much later."""
        self.clocks[program].write_text(f"{seconds:+d}\n", encoding="ascii")

    async def restart_ca(self, **timing: float) -> None:
        """End the CA and start it with these settings."""
        await self.ca.end()
        change_settings(self.folder / "ca" / "ca.toml", {"timing": timing})
        await self.start_ca()

    async def start_ca(self) -> None:
        """Start it again."""
        self.ca = await _start_ca(self.run, self.folder, self.clocks)

    def stop_loop(self, seconds: float) -> None:
        """Nothing of the relay moves for so long."""
        os.kill(self.relay.pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(self.relay.pid, signal.SIGCONT)

    async def start_relay(self) -> None:
        """Start it again; its disk is a new one."""
        self.relay = await _start_relay(self.run, self.folder, self.clocks)


@contextlib.asynccontextmanager
async def watched_relay(folder: Path, *, server: PostgreSQL | None = None) -> AsyncIterator[WatchedRelay]:
    """Both run, and all is well, until the block is left. Records are kept in `server`, where there is one."""
    run = Run.new(folder, PYTHONSAFEPATH="")  # the small disk's own program is one of the tests'
    place, port = folder / "relay", free_port()
    made = ("--folder", place, "--organisation", "example", "--host", HOST, "--port", str(port))
    await run.command("tasuki-relay", "init", *made)
    (place / "disk").mkdir()
    tables = {
        "listen": {"addresses": [HOST], "matching_port": port, "vnc_port": free_port(), "metrics_port": 0},
        "store": {"url": "sqlite+aiosqlite:///disk/relay.db" if server is None else server.relays_url},
        "timing": SOON,
    }
    change_settings(place / "relay.toml", tables)
    if server is not None:
        await run.command("tasuki-relay", "migrate", "--folder", place, "--url", server.url)
    clocks = {name: folder / f"clock-{name}" for name in ("ca", "relay")}
    for file in clocks.values():
        file.write_text("+0\n", encoding="ascii")
    ca = await _start_ca(run, place, clocks)
    try:
        relay = await _start_relay(run, place, clocks)
        whole = WatchedRelay(run=run, folder=place, port=port, ca=ca, relay=relay, clocks=clocks)
    except BaseException:
        await ca.end()
        raise
    try:
        await whole.told(200, "ok")
        yield whole
    finally:
        await whole.relay.end()
        await whole.ca.end()


async def _start_ca(run: Run, folder: Path, clocks: Mapping[str, Path]) -> Program:
    return await start_ca(Run(folder=run.folder, environ={**run.environ, **_clock(clocks["ca"])}), folder)


async def _start_relay(run: Run, folder: Path, clocks: Mapping[str, Path]) -> Program:
    command = with_small_disk(folder / "disk", DISK, "tasuki-relay", "serve", "--folder", str(folder), "--json")
    relay = await run.start("relay", *command, environ=_clock(clocks["relay"]))
    try:
        await relay.event("serving", within=60)
    except BaseException:
        await relay.end()
        raise
    return relay


def _clock(file: Path) -> dict[str, str]:
    """The environment of a program whose wall clock that file moves; waits are as long as ever."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
