"""`python -m tests.bench.lists`: what a change of one helper's status costs the relay where very many watch the list.

A relay as people run it, in a process of its own; WATCHERS users in CLASSES classes (each class may ask one restricted group),
connected by TLS, and a helper whom all of them see. Prints the CPU seconds of the relay for one change, the median of TIMES.
"""

import argparse
import asyncio
import resource
import statistics
import tempfile
import threading
from pathlib import Path
from typing import Final

from common.protocol.identity import Role
from relay.admin.client import ask
from relay.admin.orders import AddGroup, AllowAskers
from relay.folder import control_socket
from tests.bench.measure import cpu_seconds
from tests.support.raw_agents import Issuing, RawAgent, RawPerson
from tests.support.relay_program import LOOPBACK, run, serving

MOST: Final = 0.3  # CPU seconds for a change
AT_ONCE: Final = 16


def prepare(folder: Path) -> None:
    """A relay's folder as `init` makes it, on a port of its own."""
    run(folder, "init", "--organisation", "example", "--host", LOOPBACK, "--port", "8443")
    settings = folder / "relay.toml"
    text = settings.read_text(encoding="utf-8")
    ports = 'matching_port = 0\nvnc_port = 0\nmetrics_port = -1\naddresses = ["127.0.0.1"]\n'
    settings.write_text(text.replace("matching_port = 8443\n", ports), encoding="utf-8")


async def measured(folder: Path, *, watchers: int, classes: int, times: int) -> list[float]:
    """CPU seconds of each change; every watcher has heard of each."""
    issuing = Issuing(folder, organisation="example")
    with serving(folder) as relay:
        pid, log = relay.process.pid, relay.process.stderr
        assert log is not None
        threading.Thread(target=log.read, daemon=True).start()  # or the relay waits for somebody to read it
        hana = await issuing.person(Role.HELPER, "Hana")
        users: list[RawPerson] = []
        for start in range(0, watchers, AT_ONCE):
            numbers = range(start, min(watchers, start + AT_ONCE))
            users += await asyncio.gather(*(issuing.person(Role.USER, f"User {number}") for number in numbers))
        for number in range(classes):
            await ask(control_socket(folder), AddGroup(name=f"Group {number}"))
            mine = tuple(one.account for one in users[number::classes])
            await ask(control_socket(folder), AllowAskers(name=f"Group {number}", users=mine))
        helper = await RawAgent.come(relay.port, hana.identity)
        agents: list[RawAgent] = []
        for start in range(0, watchers, AT_ONCE):
            coming = (RawAgent.come(relay.port, one.identity) for one in users[start : start + AT_ONCE])
            agents += await asyncio.gather(*coming)
        for one in agents:
            one.say(type="watch", on=True)
        for one in agents:
            await one.the("helpers")
        costs = []
        for status in ("busy", "available") * times:
            await asyncio.sleep(1.5)
            before = cpu_seconds([pid])
            helper.say(type="status", status=status)
            for one in agents:
                heard = await one.the("helpers")
                assert [entry["status"] for entry in heard["set"]] == [status]
            costs.append(cpu_seconds([pid]) - before)
        return costs


def main() -> None:
    """Run and print; ends with 1 where a change costs too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=2000)
    parser.add_argument("--classes", type=int, default=12)
    parser.add_argument("--times", type=int, default=3, help="pairs of changes")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "relay"
        prepare(folder)
        costs = asyncio.run(measured(folder, watchers=options.watchers, classes=options.classes, times=options.times))
    cost = statistics.median(costs)
    print(
        f"a change of status, {options.watchers} who watch in {options.classes} classes: {cost:.2f} s of the relay's CPU "
        f"(of {', '.join(f'{one:.2f}' for one in sorted(costs))}; goal ≤ {MOST})"
    )
    raise SystemExit(cost > MOST)


if __name__ == "__main__":
    main()
