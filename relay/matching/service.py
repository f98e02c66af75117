"""The application service of matching: the public port gives it connections, the dataplane tells it what becomes of legs.

Nothing here knows HTTP, TLS or SQL. The data plane is heard in messages (relay.core.leg_messages); what operators
order comes by relay.admin, which works on the same hub.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import assert_never

import structlog

from common.net.certificates import RevocationList, load_crl
from common.net.host_list import load_hosts
from common.protocol.messages import Crl, Ended, Hosts
from common.protocol.notices import CaNotices
from common.protocol.reasons import Why
from relay.core import request_ends, requests
from relay.core.accounts import Directory
from relay.core.leg_messages import FromLegs, PairBytes, PairEnded, PairJoined, TicketHeld, TicketShown
from relay.core.life import RELAY, Legs, Life, Transition
from relay.core.readiness import NotReady
from relay.core.records import Participant, RequestRecord, RequestState, SessionRecord
from relay.core.request_inputs import Input, LegsOver
from relay.core.storing import StoreError, StoreFault, Unit
from relay.matching.agent_connection import MatchingListener
from relay.matching.expulsion import expel
from relay.matching.handlers import Handlers
from relay.matching.hub import Hub
from relay.matching.recorder import writing
from relay.matching.services import Services

log = structlog.get_logger()


class MatchingService:
    """One relay's matching. `hub` is its state, for relay.admin."""

    def __init__(self, services: Services) -> None:
        self.hub = Hub(services)
        self._services = services
        self._handlers = Handlers(self.hub)
        self._bytes: dict[str, PairBytes] = {}  # by session, between PairBytes and PairEnded

    async def start(self) -> None:
        """Take up what the store holds: waiting requests wait for their users to come back, sessions that may go on for both their agents.

        Raises StoreUnavailableError.
        """
        store = self._services.store
        self._services.directory = Directory(
            organisation=self._services.organisation,
            people=await store.people(),
            accounts=await store.accounts(),
            groups=await store.groups(),
        )
        for group in self._services.directory.groups():
            self.hub.helper_presence.group_changed(group.name)
        await self.hub.revocations.start()
        await self._take_up(await store.open_requests(), await store.open_sessions())
        for certificate in self.hub.revocations.barred:
            await expel(self.hub, certificate)
        self.hub.desk.begin()
        self.hub.started = True

    async def _take_up(self, records: Sequence[RequestRecord], sessions: Sequence[SessionRecord]) -> None:
        now = self._services.clock.now()
        left = {session.identifier: session for session in sessions}
        transitions: list[Transition] = []
        for record in records:
            account = self._services.directory.account(record.user.account)
            if account is None or not account.enabled:
                life = Life(request=record, session=left.pop(record.session or "", None))
                transitions.append(requests.step(life, lambda machine: machine.ended(RELAY, Why.DISABLED, now)))
            elif record.state is RequestState.WAITING:
                self.hub.open_requests.restore(Life(request=record, away_since=now))
                self.hub.enqueue(record)
            elif self._can_go_on(left.get(record.session or "")):
                life = Life(request=record, session=left.pop(record.session or ""), legs=Legs(spent=True))
                if record.state is RequestState.ACTIVE:
                    transition = requests.step(life, lambda machine: machine.interrupted(Why.RELAY_RESTARTED, now))
                    transitions.append(transition)
                    life = transition.life
                self._goes_on(life)
            else:
                life = Life(request=record, session=left.pop(record.session or "", None))
                transition = requests.step(life, request_ends.end_of(life, RELAY, Why.RELAY_RESTARTED, now))
                transitions.append(transition)
                if transition.life.request.state is RequestState.WAITING:
                    self.hub.open_requests.restore(replace(transition.life, away_since=now))
                    self.hub.enqueue(transition.life.request)
        # A session without its request is no state that is ever written; none is left open all the same.
        orphans = [replace(session, ended_at=now, why=Why.RELAY_RESTARTED) for session in left.values()]

        def work(unit: Unit) -> None:
            for transition in transitions:
                write = writing(transition)
                if write is not None:
                    write(unit)
            for session in orphans:
                unit.put_session(session)

        if transitions or orphans:
            await self._services.store.write(work)
        for session in (*(transition.session for transition in transitions), *orphans):
            if session is not None and session.ended_at is not None:
                message = Ended(session=session.identifier, why=session.why or Why.RELAY_RESTARTED)
                self.hub.connections.send_ended(session.user, message)
                self.hub.connections.send_ended(session.helper, message)

    def _can_go_on(self, session: SessionRecord | None) -> bool:
        """Whether its agents may come back to it: they know how, and both people may still be here."""
        if session is None or not session.resumable:
            return False
        helper = self._services.directory.account(session.helper.account)
        return helper is not None and helper.enabled

    def _goes_on(self, life: Life) -> None:
        self.hub.open_requests.restore(life)
        if life.session is not None:
            self.hub.holds(life.session)

    async def stop(self) -> None:
        """Interrupt what may be taken up again, end what else is live (RELAY_STOPPED), close every matching connection (1001).

        Waiting requests and interrupted sessions wait in the store.
        """
        hub = self.hub
        hub.started, hub.stopped = False, True
        for request in hub.open_requests:
            if request.life.session is not None:
                await hub.open_requests.apply_if(request, self._end_by_stop)
        hub.stop()
        await hub.computers.write()
        for connection in hub.connections:
            connection.going_away()
        await hub.background.settle()
        hub.stop()

    async def taken_over(self) -> None:
        """Return once another relay has taken the records over: this one can keep nothing any more, and is to end."""
        await self._services.store.taken_over()

    async def settle(self) -> None:
        """After `stop`, and after the data plane's: what came of its last messages is written."""
        await self.hub.background.settle()
        self.hub.stop()

    def _end_by_stop(self, life: Life) -> Input | None:
        if self._can_go_on(life.session) and (life.cut is None or not life.cut.said):
            if life.request.state is RequestState.GRANTED:
                return None  # the next relay has it as it is
            now = self._services.clock.now()
            return lambda machine: machine.interrupted(Why.RELAY_STOPPED, now)
        return request_ends.end_of(life, RELAY, Why.RELAY_STOPPED, self._services.clock.now())

    @property
    def not_ready(self) -> NotReady | None:
        """Why no new work can be taken; None where it can. For /healthz."""
        hub, now = self.hub, self._services.clock.now()
        if not hub.started:
            return NotReady.STOPPING if hub.stopped else NotReady.STARTING
        match self._services.store.fault:
            case None:
                pass
            case StoreFault.DAMAGED:
                return NotReady.DAMAGED
            case StoreFault.AUDIT:
                return NotReady.AUDIT
            case StoreFault.BEHIND:
                return NotReady.BEHIND
            case _:
                return NotReady.DATABASE
        if hub.crl is None or not hub.crl.this_update <= now <= hub.crl.next_update:
            return NotReady.CRL
        return None

    def listener(
        self, address: str, *, host: str = "", identified: Callable[[], None] = lambda: None
    ) -> MatchingListener:
        """What listens to the WebSocket of one new matching connection from `address`, which is for the log, to the name `host`.

        `identified` is called once, when the agent has proved who it is: the public port then counts it as known.
        """
        relay = self._services.name_for(host)
        return MatchingListener(
            hub=self.hub, handle=self._handlers.handle, address=address, relay=relay, on_identified=identified
        )

    async def crl_changed(self, der: bytes) -> None:
        """The CA signed a newer CRL: push it, end what the revoked certificates have. Called at start as well.

        Raises CertificateError for a list that is not the CA's, or older than the one there is.
        """
        hub = self.hub
        minimum = 0 if hub.crl is None else hub.crl.number
        crl = load_crl(der, self._services.authority_root, minimum=minimum)
        fresh = hub.crl is None or crl.number > hub.crl.number
        hub.crl = crl
        if not fresh:
            return
        hub.connections.send_to_all(Crl(der=der))
        for certificate, serial in list(hub.serials.items()):
            if crl.is_revoked(serial):
                await expel(hub, certificate)
        for request in hub.open_requests:
            await self._check_absent(request.life.request.user, crl)
            if request.life.session is not None:
                await self._check_absent(request.life.session.helper, crl)

    def hosts_changed(self, document: bytes) -> None:
        """The CA signed a newer list of host names: hand it on. Called at start as well.

        Raises CertificateError for a list that is not the CA's, or older than the one there is.
        """
        hub = self.hub
        known = hub.hosts
        hub.hosts = load_hosts(document, self._services.authority_root, known=known)
        if known is None or hub.hosts.number > known.number:
            hub.connections.send_to_all(Hosts(signed=document))

    def notices_changed(self, notices: CaNotices) -> None:
        """What the CA has to tell is otherwise than before. Called at start as well."""
        self.hub.renaming.told(notices)

    async def _check_absent(self, user: Participant, crl: RevocationList) -> None:
        """Who has not been here since the relay was started, and whose request waits: the store knows the certificate."""
        if user.certificate in self.hub.serials:
            return
        try:
            certificates = await self._services.store.certificates(user.account)
        except StoreError as error:  # the next list looks again
            log.warning("certificate_not_checked", account=user.account, fault=type(error).__name__)
            return
        for one in certificates:
            if one.fingerprint == user.certificate and crl.is_revoked(int(one.serial, 16)):
                await expel(self.hub, user.certificate)

    # from the data plane

    def heard(self, message: FromLegs) -> None:
        """What becomes of legs (relay.core.leg_messages.HearLegs)."""
        hub = self.hub
        match message:
            case TicketHeld():
                hub.grants.held(message)
            case TicketShown():
                hub.grants.shown(message)
            case PairJoined():
                hub.grants.forget(message.session)
                now = self._services.clock.now()
                self._happened(message.session, lambda machine: machine.spliced(message.pair, now))
            case PairBytes():
                self._bytes[message.session] = message
            case PairEnded():
                self._legs_ended(message)
            case _:
                assert_never(message)

    def _legs_ended(self, message: PairEnded) -> None:
        counted = self._bytes.pop(message.session, None)
        up, down = (counted.up, counted.down) if counted is not None else (0, 0)
        now = self._services.clock.now()
        legs = LegsOver(pair=message.pair, why=message.why, up=up, down=down)
        if self._happened(message.session, lambda machine: machine.legs_over(legs, now)):
            return
        ended = self.hub.report_for(message.session)
        if ended is not None and counted is not None:
            counts = replace(ended, up=(ended.up or 0) + up, down=(ended.down or 0) + down)
            self.hub.background.spawn(self.hub.recorder.session_bytes(counts))

    def _happened(self, session: str, happened: Input) -> bool:
        request = self.hub.open_requests.of_session(session)
        if request is None:
            return False
        self.hub.background.spawn(self.hub.open_requests.apply(request, happened))
        return True
