"""The application service of matching: the public port gives it connections, the dataplane tells it what becomes of legs.

Nothing here knows HTTP, TLS or SQL. It is the dataplane's listener (relay.dataplane.events.SessionEvents); what operators
order comes by relay.admin, which works on the same hub.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from common.net.certificates import load_crl
from common.protocol.messages import Code, Crl, Ended
from common.protocol.reasons import Why
from relay.core import requests
from relay.core.accounts import Directory
from relay.core.life import RELAY, Life, Transition
from relay.core.readiness import NotReady
from relay.core.records import RequestRecord, RequestState, SessionRecord
from relay.core.storing import Unit
from relay.matching.agent_connection import MatchingListener
from relay.matching.handlers import Handlers
from relay.matching.hub import Hub
from relay.matching.recorder import writing
from relay.matching.services import Services


class MatchingService:
    """One relay's matching. `hub` is its state, for relay.admin."""

    def __init__(self, services: Services) -> None:
        self.hub = Hub(services)
        self._services = services
        self._handlers = Handlers(self.hub)

    async def start(self) -> None:
        """Take up what the store holds: no session stays open, waiting requests wait for their users to come back.

        Raises StoreUnavailableError.
        """
        store = self._services.store
        self._services.directory = Directory(
            organisation=self._services.organisation, accounts=await store.accounts(), groups=await store.groups()
        )
        for group in self._services.directory.groups():
            self.hub.helper_presence.group_changed(group.name)
        await self._take_up(await store.open_requests(), await store.open_sessions())
        self.hub.started = True

    async def _take_up(self, records: Sequence[RequestRecord], sessions: Sequence[SessionRecord]) -> None:
        now = self._services.clock.now()
        left = {session.identifier: session for session in sessions}
        transitions: list[Transition] = []
        for record in records:
            if record.state is RequestState.WAITING:
                self.hub.open_requests.restore(Life(request=record, away_since=now))
                self.hub.enqueue(record)
            else:
                life = Life(request=record, session=left.pop(record.session or "", None))
                transitions.append(requests.step(life, lambda machine: machine.ended(RELAY, Why.RELAY_RESTARTED, now)))
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
            if session is not None:
                message = Ended(session=session.identifier, why=Why.RELAY_RESTARTED)
                self.hub.connections.send_ended(session.user, message)
                self.hub.connections.send_ended(session.helper, message)

    async def stop(self) -> None:
        """End what is live (RELAY_STOPPED), close every matching connection (1001). Waiting requests wait on in the store."""
        hub = self.hub
        hub.started, hub.stopped = False, True
        for request in hub.open_requests:
            if request.life.session is not None:
                await hub.open_requests.end(request, RELAY, Why.RELAY_STOPPED)
        hub.stop()
        for connection in hub.connections:
            connection.going_away()
        await hub.background.settle()
        hub.stop()

    @property
    def not_ready(self) -> NotReady | None:
        """Why no new work can be taken; None where it can. For /healthz."""
        hub, now = self.hub, self._services.clock.now()
        if not hub.started:
            return NotReady.STOPPING if hub.stopped else NotReady.STARTING
        if self._services.store.damaged:
            return NotReady.DAMAGED
        if not self._services.store.writable:
            return NotReady.DATABASE
        if hub.crl is None or not hub.crl.this_update <= now <= hub.crl.next_update:
            return NotReady.CRL
        return None

    def listener(self, address: str, *, identified: Callable[[], None] = lambda: None) -> MatchingListener:
        """What listens to the WebSocket of one new matching connection from `address`, which is for the log.

        `identified` is called once, when the agent has proved who it is: the public port then counts it as known.
        """
        return MatchingListener(hub=self.hub, handle=self._handlers.handle, address=address, on_identified=identified)

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
                await self._revoked(certificate)

    async def _revoked(self, certificate: str) -> None:
        for request in self.hub.open_requests:
            session = request.life.session
            held_by = {request.life.request.user.certificate}
            if session is not None:
                held_by.add(session.helper.certificate)
            if certificate in held_by:
                await self.hub.open_requests.end(request, RELAY, Why.REVOKED)
        connection = self.hub.connections.of(certificate)
        if connection is not None:
            connection.dismiss(Code.CERTIFICATE_REVOKED)
        del self.hub.serials[certificate]

    # SessionEvents, for the dataplane

    def spliced(self, session: str) -> None:
        """Both legs are here and got `ready`."""
        request = self.hub.open_requests.of_session(session)
        if request is not None:
            now = self._services.clock.now()
            self.hub.background.spawn(self.hub.open_requests.apply(request, lambda machine: machine.spliced(now)))

    def over(self, session: str, why: Why, up: int, down: int) -> None:
        """A session that had a leg has none any more."""
        request = self.hub.open_requests.of_session(session)
        if request is not None:
            now = self._services.clock.now()
            self.hub.background.spawn(
                self.hub.open_requests.apply(request, lambda machine: machine.legs_over(why, up, down, now))
            )
            return
        ended = self.hub.report_for(session)
        if ended is not None:
            self.hub.background.spawn(self.hub.recorder.session_bytes(replace(ended, up=up, down=down)))
