"""The desk: the application service of matching. The front gives it connections, the command line and REST give it orders.

Nothing here knows HTTP, TLS or SQL. It is also the dataplane's listener (relay.dataplane.events.SessionEvents).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from common.net.certificates import CertificateError, load_crl, verify_issued
from common.protocol.messages import Code, Crl, Ended
from common.protocol.reasons import Why
from relay.core import requests
from relay.core.accounts import Directory
from relay.core.life import RELAY, Life, Step
from relay.core.ports import Bus, Clock, SessionEnder
from relay.core.records import Certificate, Enrolment, RequestRecord, SessionRecord, State
from relay.core.storing import Store, Unit
from relay.core.tickets import TicketTable
from relay.web.handlers import Handlers
from relay.web.identification import fingerprint
from relay.web.matching import MatchingListener, Owner
from relay.web.numbers import DeskNumbers
from relay.web.office import Office
from relay.web.orders import DeskError, Orders
from relay.web.recorder import writing
from relay.web.services import Services

__all__ = ["Desk", "DeskError"]


class Desk(Orders):
    """One relay's desk. `relay` is the name that agents sign for, `legs` the public addresses given out with tickets.

    `authority_root` is the root's DER. `dataplane` may be set later, before `start`.
    """

    def __init__(
        self,
        *,
        store: Store,
        tickets: TicketTable,
        dataplane: SessionEnder | None,
        bus: Bus,
        authority_root: bytes,
        organisation: str,
        relay: str,
        legs: Sequence[tuple[str, int]],
        numbers: DeskNumbers,
        clock: Clock,
        random: Callable[[int], bytes],
    ) -> None:
        self._services = Services(
            store=store,
            tickets=tickets,
            dataplane=dataplane,
            bus=bus,
            authority_root=authority_root,
            organisation=organisation,
            relay=relay,
            legs=legs,
            numbers=numbers,
            clock=clock,
            random=random,
            directory=Directory(organisation=organisation),
        )
        super().__init__(Office(self._services))
        self._owner = Owner(office=self._office, handle=Handlers(self._office).handle)

    @property
    def dataplane(self) -> SessionEnder | None:
        """What ends legs."""
        return self._services.dataplane

    @dataplane.setter
    def dataplane(self, dataplane: SessionEnder) -> None:
        self._services.dataplane = dataplane

    async def start(self) -> None:
        """Take up what the store holds: no session stays open, waiting requests wait for their users to come back.

        Raises StoreUnavailableError.
        """
        store, office = self._services.store, self._office
        self._services.directory = Directory(
            organisation=self._services.organisation, accounts=await store.accounts(), groups=await store.groups()
        )
        for group in self._services.directory.groups():
            office.attendance.group_changed(group.name)
        await self._take_up(await store.open_requests(), await store.open_sessions())
        office.started = True

    async def _take_up(self, records: Sequence[RequestRecord], sessions: Sequence[SessionRecord]) -> None:
        now = self._services.clock.now()
        left = {session.identifier: session for session in sessions}
        steps: list[Step] = []
        for record in records:
            if record.state is State.WAITING:
                self._office.book.restore(Life(request=record, away_since=now))
                self._office.enqueue(record)
            else:
                life = Life(request=record, session=left.pop(record.session or "", None))
                steps.append(requests.step(life, lambda machine: machine.ended(RELAY, Why.RELAY_RESTARTED, now)))
        # A session without its request is no state that is ever written; none is left open all the same.
        orphans = [replace(session, ended_at=now, why=Why.RELAY_RESTARTED) for session in left.values()]

        def work(unit: Unit) -> None:
            for step in steps:
                write = writing(step)
                if write is not None:
                    write(unit)
            for session in orphans:
                unit.put_session(session)

        if steps or orphans:
            await self._services.store.write(work)
        for session in (*(step.session for step in steps), *orphans):
            if session is not None:
                message = Ended(session=session.identifier, why=Why.RELAY_RESTARTED)
                self._office.post.send_ended(session.user, message)
                self._office.post.send_ended(session.helper, message)

    async def stop(self) -> None:
        """End what is live (RELAY_STOPPED), close every matching connection (1001). Waiting requests wait on in the store."""
        office = self._office
        office.started = False
        for page in office.book:
            if page.life.session is not None:
                await self._end(page, RELAY, Why.RELAY_STOPPED)
        office.stop()
        for connection in office.post:
            connection.going_away()
        await office.tasks.settle()
        office.stop()

    @property
    def ready(self) -> bool:
        """Whether new work can be taken: started, a CRL is there that is not stale, the store can be written. For /healthz."""
        crl = self._office.crl
        if crl is None or not self._office.started or not self._services.store.writable:
            return False
        return crl.this_update <= self._services.clock.now() <= crl.next_update

    def counts(self) -> dict[str, int]:
        """How many of what there are now, for metrics."""
        helpers = sum(connection.is_helper for connection in self._office.post)
        return {
            "users": len(self._office.post) - helpers,
            "helpers": helpers,
            "waiting": len(self._office.queue),
            "sessions": len(self.live_sessions()),
            "unwritten": self._office.recorder.owing,
        }

    def listener(self, address: str, *, identified: Callable[[], None] = lambda: None) -> MatchingListener:
        """A listener (common.net.websocket) for one new matching connection from `address`, which is for the log.

        `identified` is called once, when the agent has proved who it is: the front then counts it as known.
        """
        return MatchingListener(owner=self._owner, address=address, on_identified=identified)

    async def crl_changed(self, der: bytes) -> None:
        """The CA signed a newer CRL: push it, end what the revoked certificates have. Called at start as well.

        Raises CertificateError for a list that is not the CA's, or older than the one there is.
        """
        office = self._office
        minimum = 0 if office.crl is None else office.crl.number
        crl = load_crl(der, self._services.authority_root, minimum=minimum)
        fresh = office.crl is None or crl.number > office.crl.number
        office.crl = crl
        if not fresh:
            return
        office.post.send_to_all(Crl(der=der))
        for certificate, serial in list(office.serials.items()):
            if crl.is_revoked(serial):
                await self._revoked(certificate)

    async def _revoked(self, certificate: str) -> None:
        for page in self._office.book:
            session = page.life.session
            held_by = {page.life.request.user.certificate}
            if session is not None:
                held_by.add(session.helper.certificate)
            if certificate in held_by:
                await self._end(page, RELAY, Why.REVOKED)
        connection = self._office.post.of(certificate)
        if connection is not None:
            connection.dismiss(Code.CERTIFICATE_REVOKED)
        del self._office.serials[certificate]

    # the dataplane's events

    def spliced(self, session: str) -> None:
        """Both legs are here and got `ready`."""
        page = self._office.book.of_session(session)
        if page is not None:
            now = self._services.clock.now()
            self._office.tasks.spawn(self._office.book.act(page, lambda machine: machine.spliced(now)))

    def over(self, session: str, why: Why, up: int, down: int) -> None:
        """A session that had a leg has none any more."""
        page = self._office.book.of_session(session)
        if page is not None:
            now = self._services.clock.now()
            self._office.tasks.spawn(self._office.book.act(page, lambda machine: machine.legs_over(why, up, down, now)))
            return
        ended = self._office.report_for(session)
        if ended is not None:
            self._office.tasks.spawn(self._office.recorder.session_bytes(replace(ended, up=up, down=down)))

    # enrolment, for REST

    def may_renew(self, account: str) -> bool:
        """Whether this account is known and enabled."""
        found = self._services.directory.account(account)
        return found is not None and found.enabled

    async def enrolled(self, leaf: bytes, *, renewed: bool = False) -> None:
        """The CA has answered an enrolment or a renewal with this certificate (DER): keep it.

        Raises DeskError (no_account, account_disabled, bad_certificate, unwritable).
        """
        try:
            peer = verify_issued([leaf], self._services.authority_root)
        except CertificateError as error:
            raise DeskError("bad_certificate", str(error)) from None
        account = self._account(peer.uri.account)
        if self._services.directory.uri(account) != str(peer.uri):
            raise DeskError("no_account", str(peer.uri))
        if not account.enabled:
            raise DeskError("account_disabled", account.name)
        now = self._services.clock.now()
        certificate = Certificate(
            fingerprint=fingerprint(leaf),
            account=account.identifier,
            serial=f"{peer.serial:x}",
            not_after=peer.not_after,
            seen_at=now,
        )
        prepared = [one for one in await self._services.store.enrolments(account.identifier) if one.used_at is None]
        event = "account.renewed" if renewed else "account.enrolled"

        def work(unit: Unit) -> None:
            unit.put_certificate(certificate)
            if not renewed:
                latest = prepared[-1] if prepared else Enrolment(account=account.identifier, created_at=now)
                unit.put_enrolment(replace(latest, used_at=now))

        await self._write(work, self._entry(str(peer.uri), event, account.identifier, serial=certificate.serial))
