"""The composition root: everything that a relay is made of, put together, started, and stopped in order."""

import asyncio
import os
import random
import resource
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from twisted.python.log import PythonLoggingObserver

from common.host.errors import TasukiError
from common.host.files import FolderLock, write_atomic
from common.host.log import get_logger
from common.net.bridge import Background
from common.net.certificates import CertificateError, chain_from_pem, chain_to_pem
from common.net.revocation import RevocationList
from common.net.server_tls import RelayTls
from common.protocol.certificate_requests import CertificateRequest, Issued
from relay import listening
from relay.bus.inprocess import InProcessBus
from relay.ca.client import AuthorityClient, AuthorityRefusedError
from relay.ca.renewal import RelayCertificate
from relay.clock import LoopClock, ReactorClock, utc_now
from relay.control import ControlServer, operator
from relay.core.admission import AddressRate, Gate
from relay.core.ports import Clock
from relay.core.storing import StoreError
from relay.core.tickets import TicketTable
from relay.dataplane import Dataplane
from relay.orders import carry_out
from relay.place import Place
from relay.readings import readings_of
from relay.settings import Limits, Settings
from relay.store.sql import open_store
from relay.web.asgi import Budget
from relay.web.desk import Desk
from relay.web.door import Door
from relay.web.front import House, Tally
from relay.web.metrics import MetricsFactory
from relay.web.numbers import DeskNumbers
from relay.web.rest import RefusedError, build

log = get_logger()

Announce = Callable[[dict[str, Any]], None]


@asynccontextmanager
async def open_desk(
    place: Place, *, clock: Clock, authority: AuthorityClient, tickets: TicketTable, plane: Dataplane | None
) -> AsyncIterator[Desk]:
    """The desk on the store of this folder, whose lock the caller holds; it is not started. Raises TasukiError."""
    settings = place.settings
    root = trusted_root(place, authority)
    try:
        store = await open_store(place.database, wait=settings.timing.group_commit)
    except StoreError as error:
        raise TasukiError("relay_store_unusable", detail=error) from error
    try:
        yield Desk(
            store=store,
            tickets=tickets,
            dataplane=plane,
            bus=InProcessBus(),
            authority_root=root,
            organisation=settings.organisation,
            relay=settings.host,
            legs=settings.public_legs(),
            numbers=desk_numbers(settings),
            clock=clock,
            random=os.urandom,
        )
    finally:
        await store.close()


async def serve(place: Place, *, announce: Announce) -> None:
    """Run until cancelled. `announce` is told once everything listens. Raises TasukiError."""
    from twisted.internet import reactor as installed

    reactor: Any = installed
    observer = PythonLoggingObserver()  # type: ignore[no-untyped-call]
    observer.start()
    raise_open_files(place.settings.limits)
    with FolderLock(place.folder):
        try:
            async with AsyncExitStack() as stack:
                await _Relay(place, reactor, stack).run(announce)
        finally:
            observer.stop()
            log.info("relay_stopped")


class _Relay:
    """One run of `serve`. What is put on the stack last is stopped first."""

    def __init__(self, place: Place, reactor: Any, stack: AsyncExitStack) -> None:
        self._place = place
        self._settings = place.settings
        self._reactor = reactor
        self._stack = stack

    async def run(self, announce: Announce) -> None:
        """Start everything, then wait for the end."""
        settings, stack = self._settings, self._stack
        authority = _authority(self._place)
        tickets = TicketTable(random=os.urandom, lifetime=settings.timing.ticket)
        plane = Dataplane(tickets=tickets, clock=self._reactor, limits=settings.limits, timing=settings.timing)
        clock = ReactorClock(self._reactor)
        desk = await stack.enter_async_context(
            open_desk(self._place, clock=clock, authority=authority, tickets=tickets, plane=plane)
        )
        plane.report_to(desk)
        own = RelayCertificate(certificate=self._place.certificate, key=self._place.key, clock=utc_now)
        tls = await self._tls(own, authority)
        door, gate, tally = self._door(desk, plane, authority, tls)
        stack.push_async_callback(self._hang_up, door)
        stack.push_async_callback(plane.stop)
        await desk.start()
        stack.push_async_callback(desk.stop)
        background = Background(on_failure=_log_failure)
        stack.push_async_callback(background.close)
        crl = authority.crl()
        if crl is not None:
            await desk.crl_changed(crl.der)
        background.spawn(authority.watch(lambda crl: _take_crl(background, desk, crl)))
        background.spawn(self._watch_files(tls))
        if settings.tls.renew:
            background.spawn(own.keep(authority, lambda: _reload(tls)))
        control = ControlServer(
            path=self._place.control, handler=lambda order, arguments, by: carry_out(desk, order, arguments, by=by)
        )
        await control.start()
        stack.push_async_callback(control.stop)
        told = {"listening": self._listen(door)}
        told |= self._metrics(readings_of(gate=gate, door=door, tally=tally, plane=plane, desk=desk))
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _reload, tls)
        stack.callback(asyncio.get_running_loop().remove_signal_handler, signal.SIGHUP)
        stack.callback(listening.notify, "STOPPING=1", dict(os.environ))
        log.info("relay_serving", **told)
        announce(told)
        listening.notify("READY=1", os.environ)
        await asyncio.Event().wait()

    async def _tls(self, own: RelayCertificate, authority: AuthorityClient) -> RelayTls:
        """The certificate that is there; where there is none that can be used, a new one from the CA."""
        place = self._place
        if self._settings.tls.renew and own.due():
            try:
                own.put(await authority.submit(own.request()))
            except (AuthorityRefusedError, CertificateError, OSError) as error:
                if not place.certificate.exists():
                    raise TasukiError("relay_certificate_refused", detail=error) from error
                log.warning("relay_certificate_not_renewed", error=str(error))
        return RelayTls(certificate=place.certificate, key=place.key)

    def _door(
        self, desk: Desk, plane: Dataplane, authority: AuthorityClient, tls: RelayTls
    ) -> tuple[Door, Gate, Tally]:
        limits, timing = self._settings.limits, self._settings.timing
        gate = Gate(
            per_address=limits.unauthenticated_per_address,
            total=limits.unauthenticated_total,
            early_drop=limits.early_drop,
            random=random.SystemRandom().random,
        )
        tally = Tally()
        application = build(
            accounts=desk,
            authority=_certified_by(authority),
            root=chain_from_pem(self._place.root.read_bytes())[0],
            rate=AddressRate(count=limits.enrolments_per_minute, window=60.0),
            seconds=self._reactor.seconds,
        )
        house = House(
            legs=plane,
            matching=desk.listener,
            application=application,
            clock=self._reactor,
            now=time.time,
            limits=limits,
            timing=timing,
            bodies=Budget(total=limits.request_bodies),
            tally=tally,
        )
        return Door(house=house, gate=gate, tls=tls.connection), gate, tally

    def _listen(self, door: Door) -> list[str]:
        sockets = listening.inherited(os.environ, pid=os.getpid()) or listening.opened(self._settings.listen)
        told = listening.addresses(sockets)
        for port in listening.adopt(self._reactor, sockets, door):
            self._stack.push_async_callback(_stop_listening, port)
        return told

    def _metrics(self, readings: Any) -> dict[str, Any]:
        listen = self._settings.listen
        if listen.metrics_port < 0:
            return {}
        factory = MetricsFactory(readings=readings, clock=self._reactor, now=time.time)
        try:
            port = self._reactor.listenTCP(listen.metrics_port, factory, interface=listen.metrics_address)
        except OSError as error:
            where = f"{listen.metrics_address}:{listen.metrics_port}"
            raise TasukiError("relay_cannot_listen", address=where, detail=error) from error
        self._stack.push_async_callback(_stop_listening, port)
        return {"metrics": f"{listen.metrics_address}:{port.getHost().port}"}

    async def _hang_up(self, door: Door) -> None:
        """Desk and dataplane have said goodbye; what is still open has its time to take it, then is cut."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.timing.drain
        for connection in tuple(door.open):
            connection.loseConnection()
        while door.open and loop.time() < deadline:  # noqa: ASYNC110 — the peers decide, one by one
            await asyncio.sleep(0.05)
        for connection in tuple(door.open):
            connection.abortConnection()

    # what goes on meanwhile

    async def _watch_files(self, tls: RelayTls) -> None:
        files = (self._place.certificate, self._place.key)
        seen = [_changed_at(path) for path in files]
        while True:
            await asyncio.sleep(self._settings.timing.watch_files)
            now = [_changed_at(path) for path in files]
            if now != seen:
                seen = now
                _reload(tls)


def trusted_root(place: Place, authority: AuthorityClient) -> bytes:
    """The organisation's root (DER): the one kept in the folder since the first time, which the mailbox cannot change.

    Raises TasukiError (ca_mailbox, relay_root_changed).
    """
    offered = authority.root()
    try:
        kept = chain_from_pem(place.root.read_bytes())[0]
    except FileNotFoundError:
        write_atomic(place.root, chain_to_pem([offered]))
        return offered
    except CertificateError as error:
        raise TasukiError("tls_files_unusable", certificate=place.root, detail=error) from error
    if kept != offered:
        raise TasukiError("relay_root_changed", mailbox=place.mailbox, path=place.root)
    return kept


def desk_numbers(settings: Settings) -> DeskNumbers:
    """The desk's numbers, from the settings."""
    timing, limits = settings.timing, settings.limits
    return DeskNumbers(
        waiting=timing.waiting,
        held=timing.user_away,
        granted=timing.granted,
        missed_to_away=limits.missed_requests,
        retickets=limits.tickets_per_session,
        identify=timing.identify,
        ping=timing.ping,
        ping_spread=timing.ping_jitter,
        missed_pings=timing.missed_pings,
        list_interval=timing.list_every,
        list_batch=limits.list_batch,
        agent_message=limits.agent_message,
        cut_grace=timing.reason,
        missed_after=timing.missed_after,
        present=timing.just_left,
        requests_a_minute=limits.requests_per_minute,
        open_requests=limits.open_requests,
        helper_sessions=limits.helper_sessions,
        messages_in_10_s=limits.matching_messages,
    )


def raise_open_files(limits: Limits) -> None:
    """As many descriptors as the settings ask and the hard limit allows: one a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.open_files if hard == resource.RLIM_INFINITY else min(limits.open_files, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _certified_by(authority: AuthorityClient) -> Callable[[CertificateRequest], Awaitable[Issued]]:
    async def submit(request: CertificateRequest) -> Issued:
        try:
            return await authority.submit(request)
        except AuthorityRefusedError as error:
            raise RefusedError(error.code, error.status) from error

    return submit


def _take_crl(background: Background, desk: Desk, crl: RevocationList) -> None:
    background.spawn(desk.crl_changed(crl.der))


def _reload(tls: RelayTls) -> None:
    try:
        tls.reload()
    except TasukiError as error:
        log.warning("certificate_not_reloaded", error=str(error))
    else:
        log.info("certificate_reloaded")


def _log_failure(error: BaseException) -> None:
    log.error("task_failed", error=repr(error), exc_info=error)


def _changed_at(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_mtime_ns
    return 0


async def _stop_listening(port: Any) -> None:
    stopped = port.stopListening()
    if stopped is not None:
        await stopped.asFuture(asyncio.get_running_loop())


async def carry_out_offline(place: Place, order: str, arguments: dict[str, Any]) -> Any:
    """An order while no relay runs, under the folder's lock. Raises TasukiError (folder_in_use, …), OrderError."""
    clock = LoopClock(asyncio.get_running_loop())
    tickets = TicketTable(random=os.urandom)
    with FolderLock(place.folder):
        async with open_desk(place, clock=clock, authority=_authority(place), tickets=tickets, plane=None) as desk:
            await desk.start()
            try:
                return await carry_out(desk, order, arguments, by=operator(os.getuid()))
            finally:
                await desk.stop()


def _authority(place: Place) -> AuthorityClient:
    return AuthorityClient(folder=place.mailbox, random=os.urandom, at_once=place.settings.limits.mailbox_requests)
