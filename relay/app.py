"""The composition root: everything that a relay is made of, put together, started, and stopped in order.

One room, though a large one: what stops before what is seen only where everything is started.
"""

import asyncio
import os
import random
import resource
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from twisted.python.log import PythonLoggingObserver

from common.host.background import Background
from common.host.clock import LoopClock, utc_now
from common.host.errors import TasukiError
from common.host.files import FolderLock, write_atomic
from common.host.log import get_logger
from common.net.certificates import CertificateError, chain_from_pem, chain_to_pem
from common.net.heartbeat import Heartbeat, Pulse
from common.net.host_list import HostList
from common.net.revocation import RevocationList
from common.net.server_tls import RelayTls
from common.protocol.certificate_requests import CertificateRequest, Issued, Refusal, RevokeRequest
from common.protocol.clock import Clock
from relay import erased_list, listening
from relay.admin.dispatch import carry_out
from relay.admin.enrolment import EnrolmentService
from relay.admin.service import AdminService
from relay.admin.socket import ControlServer
from relay.admin.store_faults import store_failure
from relay.ca.client import AuthorityClient, AuthorityRefusedError
from relay.ca.renewal import RelayCertificate
from relay.core.admission import Gate
from relay.core.leg_messages import SendToLegs
from relay.core.records import RevocationRecord
from relay.core.storing import StoreBehindError, StoreError
from relay.dataplane import Dataplane
from relay.erased_list import ErasedList
from relay.folder import RelayFolder
from relay.heads import TOLD, HeadKeeper, HeadRefusedError, NotSignedError, SignHead, places
from relay.loop_lag import LoopLag
from relay.matching.ports import AgentSocket, StartHeartbeat
from relay.matching.revocations import NotRevokedError, Revoke
from relay.matching.service import MatchingService
from relay.matching.services import Services
from relay.metric_sources import Measured, metrics_of
from relay.retention import Retention
from relay.settings import RelayLimits, RelayTiming
from relay.store.sql import accept_store_loss, migrate_store, open_store
from relay.web.enrolment_handlers import EnrolmentHandlers, EnrolmentLimits, NotIssuedError, Submit
from relay.web.exchange import Budget
from relay.web.factory import ConnectionFactory
from relay.web.metrics import MetricsFactory, MetricSources
from relay.web.public_port import PublicPort, RequestCounts

log = get_logger()

TAKEN_OVER = 1.0
"""Seconds for peers to take what is left, where another relay has begun already: it is that one that they are to come to."""

Announce = Callable[[dict[str, Any]], None]


@asynccontextmanager
async def open_matching(
    folder: RelayFolder, *, clock: Clock, authority: AuthorityClient, to_legs: SendToLegs
) -> AsyncIterator[MatchingService]:
    """Matching on the store of this folder, whose lock the caller holds; it is not started.

    Raises TasukiError, also where the store fails within the block.
    """
    settings = folder.settings
    root = await trusted_root(folder, authority)
    try:
        store = await open_store(folder.database, timing=settings.timing, clock=clock, last_written=folder.last_written)
    except StoreError as error:
        raise store_failure(error) from error
    try:
        await erased_list.bring(store, ErasedList(folder.path), clock=utc_now)
        yield MatchingService(
            Services(
                store=store,
                to_legs=to_legs,
                authority_root=root,
                organisation=settings.organisation,
                relay=settings.host,
                other_names=settings.other_hosts,
                legs=settings.public_legs(),
                limits=settings.limits,
                timing=settings.timing,
                desk=settings.desk,
                clock=clock,
                random=os.urandom,
                start_heartbeat=heartbeats(settings.timing, clock),
            )
        )
    except StoreError as error:
        raise store_failure(error) from error
    finally:
        await store.close()


async def migrate(folder: RelayFolder, url: str | None) -> str:
    """Bring the tables up to date, as the role in `url` where there is one: the relay's own role, where that is another.

    Raises TasukiError (folder_in_use, relay_store_…, relay_store_newer).
    """
    with FolderLock(folder.path):
        try:
            return await migrate_store(
                url or folder.database, timing=folder.settings.timing, clock=LoopClock(), used_by=folder.database
            )
        except StoreError as error:
            raise store_failure(error) from error


async def accept_loss(folder: RelayFolder, *, by: str) -> StoreBehindError | None:
    """Go on with a database from which what was written last is missing, while no relay runs: what is; None where nothing is.

    Raises TasukiError (folder_in_use, relay_store_…).
    """
    with FolderLock(folder.path):
        try:
            return await accept_store_loss(
                folder.database,
                timing=folder.settings.timing,
                clock=LoopClock(),
                last_written=folder.last_written,
                actor=by,
            )
        except StoreError as error:
            raise store_failure(error) from error


def heartbeats(timing: RelayTiming, clock: Clock) -> StartHeartbeat:
    """What pings the agents of matching, as often as the settings say."""
    pulse = Pulse(ping=timing.ping, awaited=timing.ping_awaited, ping_jitter=timing.ping_jitter, pong=timing.pong)
    chance = random.SystemRandom().random

    def start(socket: AgentSocket, awaited: Callable[[], bool]) -> Heartbeat:
        heartbeat = Heartbeat(ws=socket, clock=clock, random=chance, pulse=pulse, awaited=awaited)
        heartbeat.start()
        return heartbeat

    return start


async def serve(folder: RelayFolder, *, announce: Announce) -> None:
    """Run until cancelled. `announce` is called once everything listens. Raises TasukiError."""
    from twisted.internet import reactor as installed

    reactor: Any = installed
    observer = PythonLoggingObserver()  # type: ignore[no-untyped-call]
    observer.start()
    raise_open_files(folder.settings.limits)
    with FolderLock(folder.path):
        try:
            async with AsyncExitStack() as stack:
                await _Relay(folder, reactor, stack).run(announce)
        finally:
            observer.stop()
            log.info("relay_stopped")


class _Relay:
    """One run of `serve`. What is put on the stack last is stopped first."""

    def __init__(self, folder: RelayFolder, reactor: Any, stack: AsyncExitStack) -> None:
        self._folder = folder
        self._settings = folder.settings
        self._reactor = reactor
        self._stack = stack
        self._clock = LoopClock()
        self._drain = folder.settings.timing.drain

    async def run(self, announce: Announce) -> None:
        """Start everything, then wait for the end."""
        settings, stack = self._settings, self._stack
        authority = authority_of(self._folder)
        dataplane = Dataplane(clock=self._clock, limits=settings.limits, timing=settings.timing)
        matching = await stack.enter_async_context(
            open_matching(self._folder, clock=self._clock, authority=authority, to_legs=dataplane.order)
        )
        admin = AdminService(matching.hub, ErasedList(self._folder.path, relay=True))
        dataplane.report_to(matching.heard)
        own = RelayCertificate(certificate=self._folder.certificate, key=self._folder.key, clock=utc_now)
        tls = await self._tls(own, authority)
        factory, gate, counts = self._public_port(matching, dataplane, authority, tls)
        stack.push_async_callback(self._hang_up, factory)
        stack.push_async_callback(matching.settle)
        stack.push_async_callback(dataplane.stop)
        await matching.start()
        stack.push_async_callback(matching.stop)
        matching.hub.revocations.by(_revoke_by(authority))
        background = Background()
        stack.push_async_callback(background.close)
        crl = await authority.crl()
        if crl is not None:
            await matching.crl_changed(crl.der)

        def take_hosts(hosts: HostList) -> None:
            matching.hosts_changed(hosts.document)
            own.want(hosts.names)
            self._compare_names(hosts)

        background.spawn(
            authority.watch(lambda crl: _take_crl(background, matching, crl), take_hosts, matching.notices_changed)
        )
        background.spawn(authority.keep_knocking(every=settings.timing.authority_check))
        background.spawn(self._watch_files(tls))
        store = matching.hub.services.store
        background.spawn(Retention(store=store, settings=settings.retention, clock=utc_now).keep())
        background.spawn(self._heads(matching, authority, await authority.root()).keep())
        if settings.tls.renew:
            background.spawn(own.keep(authority, lambda: _reload(tls)))
        control = ControlServer(path=self._folder.control, handler=lambda order, by: carry_out(admin, order, by=by))
        await control.start()
        stack.push_async_callback(control.stop)
        serving = {"listening": self._listen(factory)}
        lag = LoopLag(clock=self._clock, window=settings.timing.loop_lag)
        lag.start()
        stack.callback(lag.stop)
        serving |= self._metrics(
            metrics_of(
                Measured(
                    gate=gate,
                    factory=factory,
                    counts=counts,
                    dataplane=dataplane,
                    matching=matching,
                    tls=tls,
                    authority=authority.contact,
                    lag=lag,
                    clock=self._clock,
                )
            )
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _reload, tls)
        stack.callback(asyncio.get_running_loop().remove_signal_handler, signal.SIGHUP)
        stack.callback(listening.notify, "STOPPING=1", dict(os.environ))
        log.info("relay_serving", **serving)
        announce(serving)
        listening.notify("READY=1", os.environ)
        await matching.taken_over()
        self._drain = TAKEN_OVER
        raise TasukiError("relay_store_lost")

    async def _tls(self, own: RelayCertificate, authority: AuthorityClient) -> RelayTls:
        """The certificate that is there; where there is none that can be used, a new one from the CA."""
        folder = self._folder
        if self._settings.tls.renew and own.due():
            try:
                own.put(await authority.submit(own.request()))
            except (AuthorityRefusedError, CertificateError, OSError) as error:
                if not folder.certificate.exists():
                    raise TasukiError("relay_certificate_refused", detail=error) from error
                log.warning("relay_certificate_not_renewed", error=str(error))
        return RelayTls(certificate=folder.certificate, key=folder.key)

    def _public_port(
        self, matching: MatchingService, dataplane: Dataplane, authority: AuthorityClient, tls: RelayTls
    ) -> tuple[ConnectionFactory, Gate, RequestCounts]:
        limits, timing = self._settings.limits, self._settings.timing
        gate = Gate(
            per_address=limits.unauthenticated_per_address,
            total=limits.unauthenticated_total,
            early_drop=limits.early_drop,
            random=random.SystemRandom().random,
        )
        counts = RequestCounts()
        handlers = EnrolmentHandlers(
            enrolment=EnrolmentService(matching.hub),
            not_ready=lambda: matching.not_ready,
            submit=_submit_to(authority),
            root=chain_from_pem(self._folder.root.read_bytes())[0],
            limits=EnrolmentLimits(
                tries=limits.enrolment_tries,
                failures=limits.enrolments_per_minute,
                renewals=limits.renewals_per_minute,
                window=timing.enrolments,
            ),
            clock=self._clock,
            random=random.SystemRandom().random,
            counts=counts.certificates,
        )
        public_port = PublicPort(
            legs=dataplane,
            matching=matching.listener,
            routes=handlers.routes(),
            clock=self._clock,
            limits=limits,
            timing=timing,
            bodies=Budget(total=limits.request_bodies),
            counts=counts,
        )
        return ConnectionFactory(public_port=public_port, gate=gate, tls=tls.connection), gate, counts

    def _listen(self, factory: ConnectionFactory) -> list[str]:
        sockets = listening.inherited(os.environ, pid=os.getpid()) or listening.opened(self._settings.listen)
        addresses = listening.addresses(sockets)
        ports = listening.adopt(
            self._reactor,
            sockets,
            factory,
            most=self._settings.limits.accepted_at_once,
            unacknowledged=self._settings.timing.unacknowledged,
        )
        for port in ports:
            self._stack.push_async_callback(_stop_listening, port)
        return addresses

    def _metrics(self, sources: MetricSources) -> dict[str, Any]:
        listen = self._settings.listen
        if listen.metrics_port < 0:
            return {}
        factory = MetricsFactory(sources=sources, clock=self._clock)
        try:
            port = self._reactor.listenTCP(listen.metrics_port, factory, interface=listen.metrics_address)
        except OSError as error:
            where = f"{listen.metrics_address}:{listen.metrics_port}"
            raise TasukiError("relay_cannot_listen", address=where, detail=error) from error
        self._stack.push_async_callback(_stop_listening, port)
        return {"metrics": f"{listen.metrics_address}:{port.getHost().port}"}

    async def _hang_up(self, factory: ConnectionFactory) -> None:
        """Matching and dataplane have said goodbye; what is still open has its time to take it, then is cut."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._drain
        for connection in tuple(factory.open):
            connection.loseConnection()
        while factory.open and loop.time() < deadline:  # noqa: ASYNC110 — the peers decide, one by one
            await asyncio.sleep(0.05)
        for connection in tuple(factory.open):
            connection.abortConnection()

    def _heads(self, matching: MatchingService, authority: AuthorityClient, root: bytes) -> HeadKeeper:
        return HeadKeeper(
            store=matching.hub.services.store,
            sign=_sign_by(authority),
            root=root,
            places=places(self._settings.audit, self._folder.path),
            told=self._folder.path / TOLD,
            clock=utc_now,
            every=self._settings.audit.heads_every,
        )

    # what goes on meanwhile

    def _compare_names(self, hosts: HostList) -> None:
        """Agents dial what is on the list, and hang up where another name answers."""
        own = {self._settings.host, *self._settings.other_hosts}
        if own.isdisjoint(hosts.names):
            log.error("relay_name_not_listed", hosts=sorted(own), listed=list(hosts.names))
        elif not own.issuperset(hosts.names):
            log.warning("listed_names_not_ours", hosts=sorted(own), listed=list(hosts.names))

    async def _watch_files(self, tls: RelayTls) -> None:
        files = (self._folder.certificate, self._folder.key)
        seen = [_changed_at(path) for path in files]
        while True:
            await asyncio.sleep(self._settings.timing.watch_files)
            now = [_changed_at(path) for path in files]
            if now != seen:
                seen = now
                _reload(tls)


async def trusted_root(folder: RelayFolder, authority: AuthorityClient) -> bytes:
    """The organisation's root (DER): the one kept in the folder since the first time, which the mailbox cannot change.

    Where there is one, a mailbox that cannot be used is no reason not to run: what it holds is read when it can be.
    Raises TasukiError (ca_mailbox, relay_root_changed, tls_files_unusable).
    """
    try:
        kept = chain_from_pem(folder.root.read_bytes())[0]
    except FileNotFoundError:
        offered = await authority.root()
        write_atomic(folder.root, chain_to_pem([offered]))
        return offered
    except (CertificateError, OSError) as error:
        raise TasukiError("tls_files_unusable", certificate=folder.root, detail=error) from error
    try:
        offered = await authority.root()
    except TasukiError as error:
        log.warning("mailbox_unusable", error=str(error))
        authority.trust(kept)
        return kept
    if kept != offered:
        raise TasukiError("relay_root_changed", mailbox=folder.mailbox, path=folder.root)
    return kept


def raise_open_files(limits: RelayLimits) -> None:
    """As many descriptors as the settings ask and the hard limit allows: one a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.open_files if hard == resource.RLIM_INFINITY else min(limits.open_files, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def authority_of(folder: RelayFolder) -> AuthorityClient:
    """The relay's way to its CA."""
    return AuthorityClient(folder=folder.mailbox, random=os.urandom, at_once=folder.settings.limits.mailbox_requests)


def _submit_to(authority: AuthorityClient) -> Submit:
    async def submit(request: CertificateRequest) -> Issued:
        try:
            return await authority.submit(request)
        except AuthorityRefusedError as error:
            raise NotIssuedError(error.code, error.status, retry_after=error.retry_after) from error

    return submit


def _revoke_by(authority: AuthorityClient) -> Revoke:
    async def revoke(record: RevocationRecord) -> None:
        request = RevokeRequest(account=record.account, serial=record.serial, superseded=record.superseded)
        try:
            await authority.revoke(request)
        except AuthorityRefusedError as error:
            raise NotRevokedError(error.code) from error

    return revoke


def _sign_by(authority: AuthorityClient) -> SignHead:
    async def sign(number: int, digest: bytes) -> bytes:
        try:
            return await authority.sign_head(number, digest)
        except AuthorityRefusedError as error:
            refused = error.code in {Refusal.HEAD_LOWER, Refusal.HEAD_DIFFERS}
            raise (HeadRefusedError if refused else NotSignedError)(error.code) from error

    return sign


def _take_crl(background: Background, matching: MatchingService, crl: RevocationList) -> None:
    background.spawn(matching.crl_changed(crl.der))


def _reload(tls: RelayTls) -> None:
    try:
        tls.reload()
    except TasukiError as error:
        log.warning("certificate_not_reloaded", error=str(error))
    else:
        log.info("certificate_reloaded")


def _changed_at(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


async def _stop_listening(port: Any) -> None:
    stopped = port.stopListening()
    if stopped is not None:
        await stopped.asFuture(asyncio.get_running_loop())
