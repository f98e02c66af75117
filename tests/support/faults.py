"""The faults that a relay is watched for: each injected into one that runs, seen, mended, and the alerts that it raises.

How it is read: `FAULTS` has them by name; `play` takes a relay through one.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from cryptography.x509 import random_serial_number

from common.host.files import write_atomic
from common.net.certificates import chain_from_pem, chain_to_pem, key_from_pem, make_csr, new_key
from common.protocol.certificate_requests import EnrolRequest
from common.protocol.identity import Role
from relay.admin.client import ask
from relay.admin.orders import AddGroup, EndSession, JoinGroup, LeavePerson
from relay.ca.issuing import Issuer
from tests.support.alerts import check, series
from tests.support.front import LOOPBACK, frame, upgrade
from tests.support.raw_agents import RawAgent, RawLink, RawPerson, granted
from tests.support.relay_program import secured
from tests.support.watched_relay import WatchedRelay

Samples = dict[str, float]
LATE: Final = 0.3
"""Seconds; from 0.5 on there is an alert."""


def value(samples: Samples, name: str, **labels: str) -> float:
    """A metric's number; NaN where there is none, which is neither more nor less than anything."""
    return samples.get(series(f"tasuki_{name}", labels), float("nan"))


@dataclass(frozen=True, kw_only=True)
class WatchedFault:
    """`inject`: the block is the time until it is mended. `shows`: whether a scrape has it; `word`: what /healthz says meanwhile, "ok" else."""

    alerts: frozenset[str]
    inject: Callable[[WatchedRelay], AbstractAsyncContextManager[None]]
    shows: Callable[[Samples], bool]
    word: str = "ok"
    rises: bool = False  # a counter, which is not taken back


def well(samples: Samples) -> bool:
    """Whether the machine keeps up, the CA answers with the same time, and everything is written."""
    return (
        value(samples, "loop_lag_seconds") < LATE
        and abs(value(samples, "clock_ahead_seconds")) < 1
        and value(samples, "records_owed") == 0
        and value(samples, "revocations_owed") == 0
    )


async def play(place: WatchedRelay, fault: WatchedFault) -> float:
    """Inject it, see it, mend it; that exactly its alerts fire. How many seconds it took until /healthz was 200 again.

    Raises AssertionError.
    """

    def beside(
        samples: Samples,
    ) -> bool:  # a busy machine is a fault of its own; so is a clock that was set while the CA was asked
        late = "TasukiLoopLags" not in fault.alerts and value(samples, "loop_lag_seconds") > LATE
        off = "TasukiClockOff" not in fault.alerts and abs(value(samples, "clock_ahead_seconds")) > 1
        return not late and not off and fault.shows(samples)

    before = await place.seen(well)
    async with fault.inject(place):
        during = await place.seen(beside)
        status = 200 if fault.word == "ok" else 503
        await place.told(status, fault.word)
    took = await place.told(200, "ok")
    after = await place.seen(lambda samples: (fault.rises or not fault.shows(samples)) and well(samples))
    await asyncio.to_thread(check, before, during, after, fire=fault.alerts, rises=fault.rises)
    return took


# what is written


@asynccontextmanager
async def full_disk(place: WatchedRelay) -> AsyncIterator[None]:
    """To the last byte; somebody orders something."""
    disk = place.small_disk
    disk.fill()
    try:
        await place.order()
        yield
    finally:
        disk.clear()


@asynccontextmanager
async def full_disk_in_a_session(place: WatchedRelay) -> AsyncIterator[None]:
    """The same, and a session ends meanwhile."""
    async with in_session(place) as session:
        disk = place.small_disk
        disk.fill()
        try:
            await ask(place.folder / "control.sock", EndSession(session=session))
            yield
        finally:
            disk.clear()


@asynccontextmanager
async def locked(place: WatchedRelay) -> AsyncIterator[None]:
    """Another program has begun to write, and does not end."""
    with place.database() as other:
        other("BEGIN IMMEDIATE")
        try:
            await place.order()
            yield
        finally:
            other("ROLLBACK")


@asynccontextmanager
async def no_audit_log(place: WatchedRelay) -> AsyncIterator[None]:
    """Its table is not there."""
    with place.database() as other:
        other("ALTER TABLE audit RENAME TO audit_away")
        try:
            await place.order()
            yield
        finally:
            other("ALTER TABLE audit_away RENAME TO audit")


@asynccontextmanager
async def refused_record(place: WatchedRelay) -> AsyncIterator[None]:
    """The database takes no session, whatever it is."""
    async with in_session(place) as session:
        with place.database() as other:
            other("CREATE TRIGGER refused BEFORE INSERT ON sessions BEGIN SELECT RAISE(ABORT, 'no'); END")
            try:
                await ask(place.folder / "control.sock", EndSession(session=session))
                yield
            finally:
                other("DROP TRIGGER refused")


# the certificate authority


@asynccontextmanager
async def no_ca(place: WatchedRelay) -> AsyncIterator[None]:
    """It does not run."""
    await place.ca.end()
    try:
        yield
    finally:
        await place.start_ca()


@asynccontextmanager
async def no_ca_to_revoke(place: WatchedRelay) -> AsyncIterator[None]:
    """It does not run, and somebody leaves who had a certificate."""
    place.orders += 1
    leaving = await place.issuing.person(Role.USER, f"Jiro {place.orders}")
    async with no_ca(place):
        await ask(place.folder / "control.sock", LeavePerson(who=leaving.account))
        yield


@asynccontextmanager
async def no_mailbox(place: WatchedRelay) -> AsyncIterator[None]:
    """The folder for requests is not there, as where it was not mounted."""
    requests = place.folder / "mailbox" / "requests"
    requests.rename(place.folder / "away")
    try:
        yield
    finally:
        (place.folder / "away").rename(requests)


def short_list(life: float) -> Callable[[WatchedRelay], AbstractAsyncContextManager[None]]:
    """The CA signs lists that are good for so many seconds, and seldom one."""

    @asynccontextmanager
    async def inject(place: WatchedRelay) -> AsyncIterator[None]:
        await place.restart_ca(crl_life=life)
        try:
            yield
        finally:
            await place.restart_ca(crl_life=86400.0)

    return inject


@asynccontextmanager
async def old_certificate(place: WatchedRelay) -> AsyncIterator[None]:
    """The relay's own is of four weeks ago, and was not renewed."""
    file, ca = place.folder / "relay-cert.pem", place.folder / "ca"
    good = file.read_bytes()
    root = chain_from_pem((ca / "root.pem").read_bytes())[0]
    now = datetime.now(UTC)
    leaf = Issuer(key=key_from_pem((ca / "root-key.pem").read_bytes()), root=root).relay(
        key_from_pem((place.folder / "relay-key.pem").read_bytes()).public_key(),
        hosts=[LOOPBACK],
        organisation="example",
        serial=random_serial_number(),
        not_before=now - timedelta(days=28),
        not_after=now + timedelta(days=2),
    )
    write_atomic(file, chain_to_pem([leaf, root]))
    try:
        yield
    finally:
        write_atomic(file, good)


@asynccontextmanager
async def wrong_clock(place: WatchedRelay) -> AsyncIterator[None]:
    """The relay's is two hours ahead."""
    place.set_clock("relay", 7200)
    try:
        yield
    finally:
        place.set_clock("relay", 0)


# what people notice, and what others try


@asynccontextmanager
async def late_loop(place: WatchedRelay) -> AsyncIterator[None]:
    """The relay stands still for more than a second."""
    await asyncio.to_thread(place.stop_loop, 1.5)
    yield


@asynccontextmanager
async def long_wait(place: WatchedRelay) -> AsyncIterator[None]:
    """Somebody asked a group a quarter of an hour ago."""
    place.orders += 1
    group, control = f"Desk {place.orders}", place.folder / "control.sock"
    async with people(place) as (user, _helper, helping):
        await ask(control, AddGroup(name=group))
        await ask(control, JoinGroup(name=group, members=(helping.account,)))
        request = os.urandom(16).hex()
        user.say(type="request", request=request, to={"kind": "group", "group": group}, mode="view")
        await user.the("waiting", request=request)
        try:
            for program in ("ca", "relay"):
                place.set_clock(program, 900)
            yield
        finally:
            user.say(type="cancel", request=request)
            await user.the("over", request=request)
            for program in ("ca", "relay"):
                place.set_clock(program, 0)


@asynccontextmanager
async def strangers(place: WatchedRelay) -> AsyncIterator[None]:
    """Who show certificates that are none."""
    lie = msgspec.json.encode(
        {"type": "identify", "chain": ["eA=="], "signature": "eA==", "agent": "x/1", "features": []}
    )

    async def one() -> None:
        link = await RawLink.open(place.port, upgrade("/v1/matching", "tasuki.matching.v1"), heard=lambda *_: None)
        assert await link.upgraded == 101
        link.send(frame(1, lie))
        await link.over

    for _ in range(15):
        await asyncio.gather(*(one() for _ in range(8)))
    yield


@asynccontextmanager
async def guessed_codes(place: WatchedRelay) -> AsyncIterator[None]:
    """Enrolments with codes that nobody was given."""
    csr, context = make_csr(new_key()), ssl.create_default_context(cafile=str(place.folder / "root.pem"))

    def one() -> bytes:
        body = msgspec.json.encode(
            EnrolRequest(id=os.urandom(32).hex(), role=Role.USER, csr=csr, proof=os.urandom(32).hex())
        )
        head = f"POST /api/v1/enrol HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        with secured(context, place.port) as tls:
            tls.sendall(head.encode() + body)
            return tls.recv(12)

    for _ in range(5):
        answers = await asyncio.gather(*(asyncio.to_thread(one) for _ in range(6)))
        assert set(answers) == {b"HTTP/1.1 404"}
    yield


# who is there


@asynccontextmanager
async def people(place: WatchedRelay) -> AsyncIterator[tuple[RawAgent, RawAgent, RawPerson]]:
    """A user's agent and a helper's, connected; and who the helper is."""
    place.orders += 1
    asking = await place.issuing.person(Role.USER, f"Hanako {place.orders}")
    helping = await place.issuing.person(Role.HELPER, f"Taro {place.orders}")
    user = await RawAgent.come(place.port, asking.identity)
    helper = await RawAgent.come(place.port, helping.identity)
    try:
        yield user, helper, helping
    finally:
        user.link.cut()
        helper.link.cut()


@asynccontextmanager
async def in_session(place: WatchedRelay) -> AsyncIterator[str]:
    """Both were granted a session."""
    async with people(place) as (user, helper, helping):
        mine, _theirs = await granted(user, helper, helping.uri)
        yield mine["session"]


def _store(fault: str) -> Callable[[Samples], bool]:
    return lambda samples: value(samples, "store_fault", fault=fault) == 1


def _one(name: str) -> frozenset[str]:
    return frozenset({f"Tasuki{name}"})


def _waits(samples: Samples) -> bool:
    oldest: list[float] = [number for name, number in samples.items() if name.startswith("tasuki_requests_oldest")]
    return max(oldest) > 600 and abs(value(samples, "clock_ahead_seconds")) < 30


def _flooded(name: str, code: str, more: int) -> Callable[[Samples], bool]:
    return lambda samples: value(samples, name, code=code) > more


FAULTS: Final[dict[str, WatchedFault]] = {
    "full disk": WatchedFault(alerts=_one("DiskFull"), inject=full_disk, shows=_store("full"), word="database"),
    "full disk in a session": WatchedFault(
        alerts=_one("DiskFull"),
        inject=full_disk_in_a_session,
        shows=lambda samples: value(samples, "records_owed") > 0 and _store("full")(samples),
        word="database",
    ),
    "locked database": WatchedFault(
        alerts=_one("DatabaseLocked"), inject=locked, shows=_store("locked"), word="database"
    ),
    "no audit log": WatchedFault(
        alerts=_one("AuditUnwritable"), inject=no_audit_log, shows=_store("audit"), word="audit"
    ),
    "refused record": WatchedFault(
        alerts=_one("RecordsSetAside"),
        inject=refused_record,
        shows=lambda samples: value(samples, "records_refused_total") > 0 and value(samples, "records_owed") == 0,
        rises=True,
    ),
    "no CA": WatchedFault(
        alerts=_one("AuthoritySilent"),
        inject=no_ca,
        shows=lambda samples: value(samples, "authority_answering") == 0,
    ),
    "no CA, and a revocation is owed": WatchedFault(
        alerts=_one("AuthoritySilent"),
        inject=no_ca_to_revoke,
        shows=lambda samples: value(samples, "authority_answering") == 0 and value(samples, "revocations_owed") > 0,
    ),
    "no mailbox": WatchedFault(
        alerts=_one("MailboxUnusable"), inject=no_mailbox, shows=lambda samples: value(samples, "mailbox_usable") == 0
    ),
    "list about to expire": WatchedFault(
        alerts=_one("RevocationListExpires"),
        inject=short_list(7200.0),
        shows=lambda samples: value(samples, "crl_left_seconds") < 8000,
    ),
    "list expired": WatchedFault(
        alerts=_one("RevocationListExpired"),
        inject=short_list(2.0),
        shows=lambda samples: value(samples, "crl_left_seconds") <= 0,
        word="crl",
    ),
    "certificate about to expire": WatchedFault(
        alerts=_one("CertificateExpires"),
        inject=old_certificate,
        shows=lambda samples: value(samples, "certificate_left_seconds") < 3 * 86400,
    ),
    "wrong clock": WatchedFault(
        alerts=_one("ClockOff"),
        inject=wrong_clock,
        shows=lambda samples: abs(value(samples, "clock_ahead_seconds")) > 30,
    ),
    "late loop": WatchedFault(
        alerts=_one("LoopLags"), inject=late_loop, shows=lambda samples: value(samples, "loop_lag_seconds") > 1
    ),
    "long wait": WatchedFault(alerts=_one("WaitingTooLong"), inject=long_wait, shows=_waits),
    "strangers": WatchedFault(
        alerts=_one("IdentificationsRefused"),
        inject=strangers,
        shows=_flooded("matching_refused_total", "bad_certificate", 100),
        rises=True,
    ),
    "guessed codes": WatchedFault(
        alerts=_one("EnrolmentsRefused"),
        inject=guessed_codes,
        shows=_flooded("certificates_refused_total", "code_unknown", 20),
        rises=True,
    ),
}
