"""The relay's public port, tickets, legs, splice and audit log in a process, as `serve` composes them; tickets for the asking.

Orders on standard input (see tests.bench.peers.Worker): {"do": "tickets", "pairs": N} → {"port": N, "tickets": [[user, helper], …]};
{"do": "settle"} → once every row that was handed in is on the disk. With --certificate, the certificate and key are written there.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common.host.clock import LoopClock
from common.net.loop import install, run

install()

from twisted.internet import reactor as _reactor  # noqa: E402 — the reactor must be installed first

from common.host.log import setup  # noqa: E402
from common.net.bridge import as_future  # noqa: E402
from common.net.server_tls import RelayTls  # noqa: E402
from common.net.websocket import Listener  # noqa: E402
from common.protocol.tickets import digest, new_id, new_ticket  # noqa: E402
from relay.core.admission import Gate  # noqa: E402
from relay.core.leg_messages import FromLegs, HoldTicket, PairBytes, PairEnded, PairJoined, TicketHeld, TicketShown  # noqa: E402
from relay.core.records import AuditEntry  # noqa: E402
from relay.core.storing import Store  # noqa: E402
from relay.core.tickets import Side  # noqa: E402
from relay.dataplane.plane import Dataplane  # noqa: E402
from relay.settings import RelayLimits, RelayTiming  # noqa: E402
from relay.web.exchange import Budget  # noqa: E402
from relay.web.factory import ConnectionFactory  # noqa: E402
from relay.web.public_port import PublicPort, RequestCounts  # noqa: E402
from tests.support.stores import store_in  # noqa: E402

reactor: Any = _reactor


class Recorder:
    """Writes the two audit rows that a session costs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writing: set[asyncio.Task[None]] = set()
        self._bytes: dict[str, PairBytes] = {}

    def hear(self, message: FromLegs) -> None:
        """A session began, or ended."""
        match message:
            case TicketHeld() | TicketShown():
                pass
            case PairJoined():
                self._row(message.session, "session.active", {})
            case PairBytes():
                self._bytes[message.session] = message
            case PairEnded():
                counted = self._bytes.pop(message.session, None)
                up, down = (counted.up, counted.down) if counted is not None else (0, 0)
                self._row(message.session, "session.over", {"why": message.why.value, "up": up, "down": down})

    def _row(self, session: str, event: str, facts: dict[str, str | int | None]) -> None:
        entry = AuditEntry(at=datetime.now(UTC), actor="relay", event=event, subject=session, facts=facts)
        task = asyncio.ensure_future(self._store.write(lambda unit: unit.audit(entry)))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def settle(self) -> None:
        """Every row handed in so far is on the disk."""
        await asyncio.gather(*self._writing)


def make_certificate(path: Path) -> None:
    """A self-signed P-256 certificate and its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(certificate.public_bytes(pem) + private)


def no_matching(address: str, *, host: str, identified: Callable[[], None]) -> Listener:
    """Nobody comes for matching here."""
    raise ConnectionRefusedError(address, identified)


def _ticket(plane: Dataplane, session: str, side: Side) -> str:
    ticket = new_ticket(os.urandom)
    plane.order(HoldTicket(session=session, pair=0, side=side, digest=digest(ticket)))
    return ticket


async def serve(folder: Path, certificate: Path) -> None:
    """Serve until standard input ends."""
    setup(json=True, stream=Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 — until the end; `serve` writes a line per event too
    make_certificate(certificate)
    limits = RelayLimits(unauthenticated_per_address=100_000, unauthenticated_total=100_000)
    timing = RelayTiming(parked=3600, silent=3600, ticket=3600)
    store = await store_in(folder / "relay.db", group_commit=timing.group_commit)
    recorder = Recorder(store)
    plane = Dataplane(clock=LoopClock(), limits=limits, timing=timing)
    plane.report_to(recorder.hear)
    public_port = PublicPort(
        legs=plane,
        matching=no_matching,
        routes={},
        clock=LoopClock(),
        limits=limits,
        timing=timing,
        bodies=Budget(total=limits.request_body),
        counts=RequestCounts(),
    )
    gate = Gate(per_address=100_000, total=100_000, early_drop=1.0, random=random.random)
    tls = RelayTls(certificate=certificate, key=certificate)
    factory = ConnectionFactory(public_port=public_port, gate=gate, tls=tls.connection)
    port = reactor.listenTCP(0, factory, backlog=1024, interface="127.0.0.1")
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        outcome: dict[str, Any] = {}
        if order["do"] == "tickets":
            names = [new_id(os.urandom) for _ in range(order["pairs"])]
            pairs = [[_ticket(plane, name, side) for side in (Side.USER, Side.HELPER)] for name in names]
            outcome = {"port": port.getHost().port, "tickets": pairs}
        else:
            await recorder.settle()
        print(json.dumps(outcome), flush=True)
    await as_future(port.stopListening())
    await plane.stop()
    await recorder.settle()
    await store.close()


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate", type=Path)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sys.exit(run(lambda: serve(folder, options.certificate or folder / "bench.pem")))


if __name__ == "__main__":
    main()
