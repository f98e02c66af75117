"""`make bench`: the relay beside HAProxy (TLS in, TLS out, one thread) and OpenSSH (-R and -L), in one run.

Only ratios and counts mean something: machines differ and are noisy, so every number stands beside a peer's of the same
run, or is a count. Prints a table, and the same as JSON into the file named by --json.
"""

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.demo.ports import free_port
from tests.bench.measure import cpu_seconds, descendants, resident_kib
from tests.bench.peers import HaProxy, OpenSsh, Worker, end

GB = 1_000_000_000
FRAMES = (65536, 16384, 1400)
Ends = tuple[Worker, Worker]


@dataclass(frozen=True)
class Row:
    """One line of the table. `goal` is what `ours` is to be compared with, as text."""

    what: str
    unit: str
    ours: float
    haproxy: float | None = None
    openssh: float | None = None
    goal: str = ""
    good: bool | None = None


def throughput(ends: Ends, pids: Callable[[], list[int]], *, size: int, frame: int) -> tuple[float, float]:
    """(MB/s, the relay's CPU seconds per GB) for `size` bytes in messages of `frame` bytes."""
    source, sink = ends
    size = size // frame * frame
    before = cpu_seconds(pids())
    sink.order(do="take", bytes=size)
    source.order(do="send", bytes=size, frame=frame)
    source.outcome()
    seconds = float(sink.outcome()["seconds"])
    return size / seconds / 1e6, (cpu_seconds(pids()) - before) / size * GB


def round_trip(ends: Ends, *, times: int) -> tuple[float, float]:
    """p50 and p99 of a 64-byte question and its answer, in microseconds."""
    source, sink = ends
    sink.order(do="echo", times=times, bytes=64)
    answer = source.do(do="ask", times=times, bytes=64)
    sink.outcome()
    return float(answer["p50"]) * 1e6, float(answer["p99"]) * 1e6


@dataclass
class Numbers:
    """What was measured of one relay: per frame size (MB/s, CPU s/GB), and the round trip."""

    flow: dict[int, tuple[float, float]]
    trip: tuple[float, float]


def measured(ends: Ends, pids: Callable[[], list[int]], *, size: int, times: int) -> Numbers:
    """Everything that is measured of a relay that is up, on one pair of ends."""
    throughput(ends, pids, size=size // 10, frame=65536)  # warm
    flow = {}
    for frame in FRAMES:
        amount = size if frame > 2000 else size // 4
        flow[frame] = throughput(ends, pids, size=amount, frame=frame)
    return Numbers(flow, round_trip(ends, times=times))


def of_haproxy(folder: Path, certificate: Path, *, size: int, times: int) -> Numbers:
    """The peer that does least: decrypts and encrypts again."""
    target = free_port()
    haproxy = HaProxy(folder, certificate=certificate, target=target)
    try:
        with end() as source, end() as sink:
            sink.order(
                do="connect", ways=[{"kind": "tls", "port": target, "listen": True, "certificate": str(certificate)}]
            )
            sink.outcome()
            source.do(do="connect", ways=[{"kind": "tls", "port": haproxy.port}])
            sink.outcome()
            return measured((source, sink), lambda: [haproxy.process.pid], size=size, times=times)
    finally:
        haproxy.stop()


def of_openssh(folder: Path, *, size: int, times: int) -> Numbers:
    """The peer that people use for this by hand."""
    target = free_port()
    ssh = OpenSsh(folder, target=target)
    try:
        with end() as source, end() as sink:
            sink.order(do="connect", ways=[{"kind": "tcp", "port": target, "listen": True}])
            sink.outcome()
            source.do(do="connect", ways=[{"kind": "tcp", "port": ssh.port}])
            sink.outcome()
            return measured((source, sink), lambda: descendants(ssh.server.pid), size=size, times=times)
    finally:
        ssh.stop()


def connect_legs(relay: Worker, ends: Ends, pairs: int, *, parked: bool = False) -> None:
    """So many pairs of legs (only the user's side of them where `parked`)."""
    given = relay.do(do="tickets", pairs=pairs)
    for side, worker in enumerate(ends):
        if not (parked and side):
            worker.order(
                do="connect",
                ways=[{"kind": "leg", "port": given["port"], "ticket": pair[side]} for pair in given["tickets"]],
            )
    for side, worker in enumerate(ends):
        if not (parked and side):
            worker.outcome()
    if not parked:
        for worker in ends:
            worker.order(do="ready")
        for worker in ends:
            worker.outcome()


def of_ours(*, size: int, times: int) -> Numbers:
    """Our relay: front, tickets, legs and the splice, as `serve` composes them."""
    with Worker("tests.bench.relay_process") as relay, end() as source, end() as sink:
        connect_legs(relay, (source, sink), 1)
        return measured((source, sink), lambda: [relay.process.pid], size=size, times=times)


def parked_kib(legs: int) -> float:
    """KiB of the relay per leg that waits for its partner."""
    with Worker("tests.bench.relay_process") as relay, end() as one, end() as two:
        warm(relay)
        before = resident_kib(relay.process.pid)
        connect_legs(relay, (one, two), legs // 2, parked=True)
        connect_legs(relay, (two, one), legs - legs // 2, parked=True)
        return (resident_kib(relay.process.pid) - before) / legs


def spliced_kib(legs: int) -> float:
    """KiB of the relay per leg of an idle pair that has carried 256 KiB each way."""
    with Worker("tests.bench.relay_process") as relay, end() as one, end() as two:
        warm(relay)
        before = resident_kib(relay.process.pid)
        connect_legs(relay, (one, two), legs // 2)
        for source, sink in ((one, two), (two, one)):
            sink.order(do="take", bytes=4 * 65536)
            source.order(do="send", bytes=4 * 65536, frame=65536)
            source.outcome()
            sink.outcome()
        return (resident_kib(relay.process.pid) - before) / legs


def legs_per_cpu_second(legs: int) -> float:
    """New legs, TLS handshake, ticket, pairing and audit rows included, per second of the relay's CPU."""
    with Worker("tests.bench.relay_process") as relay, end() as one, end() as two:
        warm(relay)
        before = cpu_seconds([relay.process.pid])
        connect_legs(relay, (one, two), legs // 2)
        for worker in (one, two):
            worker.do(do="close")
        relay.do(do="settle")
        return legs / (cpu_seconds([relay.process.pid]) - before)


def pages_per_cpu_second(folder: Path, certificate: Path, connections: int) -> float:
    """New connections, TLS handshake and one request that HAProxy answers itself included, per second of its CPU."""
    haproxy = HaProxy(folder, certificate=certificate, target=free_port())
    try:
        with end() as one:
            before = cpu_seconds([haproxy.process.pid])
            one.do(do="connect", ways=[{"kind": "page", "port": haproxy.page}] * connections)
            one.do(do="close")
            return connections / (cpu_seconds([haproxy.process.pid]) - before)
    finally:
        haproxy.stop()


def warm(relay: Worker) -> None:
    """A few pairs come and go first, so that what is loaded once is not counted."""
    with end() as one, end() as two:
        connect_legs(relay, (one, two), 20)


def rows(options: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure it all."""
    certificate = folder / "bench.pem"
    with Worker("tests.bench.relay_process", "--certificate", str(certificate)) as maker:
        maker.do(do="settle")
    size, times = options.megabytes * 1_000_000, options.trips
    ours = of_ours(size=size, times=times)
    haproxy = of_haproxy(folder, certificate, size=size, times=times)
    openssh = of_openssh(folder, size=size, times=times)
    table = [
        Row(f"throughput, {frame} B", "MB/s", ours.flow[frame][0], haproxy.flow[frame][0], openssh.flow[frame][0])
        for frame in FRAMES
    ]
    for frame in FRAMES:
        goal = "≤ 2.2 × HAProxy" if frame == 65536 else ""
        good = ours.flow[frame][1] <= 2.2 * haproxy.flow[frame][1] if goal else None
        table.append(
            Row(
                f"relay CPU, {frame} B",
                "s/GB",
                ours.flow[frame][1],
                haproxy.flow[frame][1],
                openssh.flow[frame][1],
                goal,
                good,
            )
        )
    for at, part in enumerate(("p50", "p99")):
        table.append(Row(f"round trip {part}", "µs", ours.trip[at], haproxy.trip[at], openssh.trip[at]))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    del soft
    for wanted in options.legs:
        legs = min(wanted, hard - 1000)
        if legs < wanted:
            print(f"descriptors: {hard} at most here, so {legs} legs instead of {wanted}", file=sys.stderr)
        parked, spliced = parked_kib(legs), spliced_kib(legs)
        table.append(Row(f"memory per parked leg, {legs} legs", "KiB", parked, goal="≤ 32", good=parked <= 32))
        table.append(Row(f"memory per idle spliced leg, {legs} legs", "KiB", spliced, goal="≤ 80", good=spliced <= 80))
    new, pages = legs_per_cpu_second(2000), pages_per_cpu_second(folder, certificate, 2000)
    table.append(Row("new legs (pages) per relay-CPU-second", "1/s", new, pages, goal="≥ 800", good=new >= 800))
    return table


def show(table: list[Row]) -> None:
    """As text, with the ratio to each peer."""
    print(f"{'':42}{'unit':>6}{'ours':>10}{'HAProxy':>10}{'ratio':>7}{'OpenSSH':>10}{'ratio':>7}  goal")
    for row in table:
        line = f"{row.what:42}{row.unit:>6}{row.ours:10.2f}"
        for peer in (row.haproxy, row.openssh):
            line += f"{peer:10.2f}{row.ours / peer:7.2f}" if peer else " " * 17
        verdict = "" if row.good is None else ("  yes" if row.good else "  NO")
        print(f"{line}  {row.goal}{verdict}")


def main() -> None:
    """Run, print, and write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000, help="payload for each measurement of throughput")
    parser.add_argument("--trips", type=int, default=3000, help="round trips")
    parser.add_argument("--legs", type=int, nargs="*", default=[2000, 10_000])
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    with tempfile.TemporaryDirectory() as name:
        table = rows(options, Path(name))
    show(table)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(
            json.dumps([asdict(row) for row in table], ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
