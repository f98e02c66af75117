"""`make soak`: what takes too long for every day. Sessions one after another, each of which loses something to kill -9.

A round: a user asks, a helper accepts, one thing is killed (or nothing), the others say so, nothing is left running. After
every round the relay is whole: no session open in its records, the audit chain verifies. The same seed makes the same
rounds. The filter is fuzzed and every branch of it taken away in turn, afterwards. With --windows nothing is killed and
both programs have their windows; they must hold no more memory at the end than in the beginning. With --keys characters are
typed into real programs under many layouts instead: none may be wrong. With --screens what old and odd viewers show of odd
screens is compared with the screens. With --monitors screens are unplugged, moved and mirrored while one of them is shown alone:
nothing else may be seen. With --database a PostgreSQL is restarted so many times under fifty requests a second: none is lost that
was said to be kept. With --breaks one session loses its connections so many times: the picture comes back each time, and
nothing is held more at the end than in the beginning. With --faults one relay goes so many times through every fault that alerts are
for: each raises its own, and all is well again by itself. With --move the relay moves to another name, with so many agents.
With --restore relay and CA are lost and made anew from their backups, with so many agents and 100,000 sessions.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from common.agent.keeper.process_table import descendants
from common.host.log import setup
from common.net.loop import run
from deploy.demo.programs import Program, until
from tests.soak.breaks import soak_breaks
from tests.soak.database import soak_database
from tests.soak.keys import PROGRAMS, soak_keys
from tests.soak.monitors import soak_monitors
from tests.soak.moving import soak_move
from tests.soak.restoring import soak_restore
from tests.soak.screens import soak_screens
from tests.soak.windows import soak_windows
from tests.support.organisation import BACK, Stage, connected, stage
from tests.support.processes import process_name, vnc_server

VICTIMS = ("nothing", "user", "helper", "server", "relay", "ca", "everything")
PATIENCE = 100.0  # seconds in which even silence tells


async def one_round(place: Stage, victim: str) -> None:
    """A session that loses `victim`."""
    async with place.helping("--viewer", "none") as helper, place.asking("--again", "0") as user:
        session = (await connected(user, helper, within=PATIENCE))["session"]
        theirs: dict[int, str] = {}

        def look() -> bool:
            theirs.update({pid: process_name(pid) for pid in descendants(user.pid) | descendants(helper.pid)})
            return vnc_server(user.pid) is not None

        assert await until(look, within=PATIENCE), "no VNC server"
        match victim:
            case "nothing" | "ca":
                if victim == "ca":
                    await crash(place.office.ca)
                await user.tell("stop")
            case "server":
                server = vnc_server(user.pid)
                assert server is not None
                os.kill(server, signal.SIGKILL)
                assert await ends(server), "the keeper has not reaped the VNC server"
            case "user":
                user.kill()
            case "helper":
                helper.kill()
            case "relay":
                await crash(place.office.relay)
                await place.office.start_relay()
                for program in (user, helper):
                    await program.event("resumed", session=session, within=PATIENCE)
                await user.tell("stop")
            case "everything":
                for program in (user, helper):
                    program.kill()
                await crash(place.office.relay)
            case _:
                raise ValueError(victim)
        for program, name in ((user, "user"), (helper, "helper")):
            if victim not in {name, "everything"}:
                await program.event("ended", session=session, within=PATIENCE)
        for program in (user, helper):
            await program.end()
        left = [name for pid, name in theirs.items() if not await ends(pid)]
        assert not left, f"left running: {left}"
    if victim == "everything":
        await place.office.start_relay()
        await asyncio.sleep(2 * BACK)  # nobody comes back
    if victim == "ca":
        await place.office.start_ca()
    told = await place.office.command("sessions", "list", "--all", "--json")
    still = [line for line in told.splitlines() if not json.loads(line)["ended_at"]]
    assert not still, f"open in the records: {still}"
    await place.office.command("audit", "verify")


async def crash(program: Program) -> None:
    """kill -9, and wait until it is gone."""
    program.kill()
    await program.ended()


async def ends(pid: int) -> bool:
    """Whether this process is gone within 10 s."""
    return await until(lambda: not Path(f"/proc/{pid}").exists(), within=10)


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def soak(options: argparse.Namespace) -> int:
    """All rounds; the number of those that went wrong."""
    chance = random.Random(options.seed)
    done: Counter[str] = Counter()
    wrong = 0
    end = time.monotonic() + options.hours * 3600 if options.hours else None
    with tempfile.TemporaryDirectory() as name:
        async with stage(Path(name), settings={"timing": {"interrupted": BACK}}) as place:
            number = 0
            while (number < options.rounds) if end is None else (time.monotonic() < end):
                number += 1
                victim = chance.choice(VICTIMS)
                began = time.monotonic()
                try:
                    async with asyncio.timeout(5 * PATIENCE):
                        await one_round(place, victim)
                except Exception as error:  # noqa: BLE001 -- a round that went wrong is counted, and the next one runs
                    wrong += 1
                    print(f"round {number}, {victim}: {type(error).__name__}: {error}", flush=True)
                    for program, start in (
                        (place.office.relay, place.office.start_relay),
                        (place.office.ca, place.office.start_ca),
                    ):
                        if not program.running:
                            await start()
                done[victim] += 1
                memory = resident_mib(place.office.relay.pid)
                took = time.monotonic() - began
                print(f"round {number:5}  {victim:10}  {took:5.1f} s  relay {memory:.0f} MiB", flush=True)
    print(f"{sum(done.values())} rounds ({dict(done)}), {wrong} went wrong; seed {options.seed}")
    return wrong


def filter_checks(messages: int) -> int:
    """The filter's fuzz and its mutants, each in a process of its own; how many failed."""
    fuzz = [sys.executable, "-m", "tests.fuzz.filter_fuzz", "--messages", str(messages)]
    mutants = [sys.executable, "-m", "tests.fuzz.mutate_filter"]
    return sum(subprocess.run(command, check=False).returncode != 0 for command in (fuzz, mutants))


def main() -> int:
    """Run; exit code 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=0, help="100; with --windows 1000, with --monitors 10")
    parser.add_argument(
        "--windows", action="store_true", help="both programs with their windows instead, none of them lost"
    )
    parser.add_argument("--keys", action="store_true", help="a helper's keys instead; no rounds")
    parser.add_argument("--characters", type=int, default=2000, help="with --keys: for each program and layout")
    parser.add_argument("--programs", nargs="*", choices=PROGRAMS, default=(), help="with --keys: these alone")
    parser.add_argument(
        "--screens", action="store_true", help="odd screens and viewers instead: depths, formats, sizes up to 8K"
    )
    parser.add_argument("--monitors", action="store_true", help="changes of the screens instead; --rounds: of each, 10")
    parser.add_argument("--breaks", type=int, default=0, help="so many breaks of one session's connections instead")
    parser.add_argument("--database", type=int, default=0, help="so many restarts of a PostgreSQL under load instead")
    parser.add_argument(
        "--faults", type=int, default=0, help="so many rounds of every fault that alerts are for instead"
    )
    parser.add_argument("--hours", type=float, default=0.0, help="as long as this, instead of a number of rounds")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument(
        "--messages", type=int, default=20_000_000, help="for the filter's fuzz; 0: neither fuzz nor mutants"
    )
    parser.add_argument(
        "--move", type=int, default=0, help="the relay moves to another name with so many agents instead"
    )
    parser.add_argument("--restore", type=int, default=0, help="backups restored with so many agents instead")
    options = parser.parse_args()
    setup(json=False, level="warning")  # a hundred agents in this process would drown what is printed
    if options.monitors:
        return 1 if run(lambda: soak_monitors(options.rounds or 10)) else 0
    if options.database:
        return run(lambda: soak_database(options.database, options.seed))
    if options.faults:

        async def faults() -> int:
            from tests.soak.faults import soak_faults  # it needs the loop that `run` installs

            return await soak_faults(options.faults, options.seed)

        return 1 if run(faults) else 0
    if options.restore:
        run(lambda: soak_restore(options.restore))
        return 0
    if options.move:
        run(lambda: soak_move(options.move))
        return 0
    if options.breaks:
        return 1 if run(lambda: soak_breaks(options.breaks, options.seed)) else 0
    options.rounds = options.rounds or (1000 if options.windows else 100)
    if options.keys:
        return 1 if soak_keys(options.characters, options.seed, options.programs) else 0
    if options.screens:
        return 1 if run(soak_screens) else 0
    if options.windows:
        return 1 if run(lambda: soak_windows(options.rounds)) else 0
    outcome = run(lambda: soak(options))
    if options.messages:
        outcome += filter_checks(options.messages)
    return 1 if outcome else 0


if __name__ == "__main__":
    sys.exit(main())
