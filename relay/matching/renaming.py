"""Certificates with a name that is no longer their owner's: their agents are asked to renew, and then they are revoked.

Who asked, or was asked, under the old name is served by the old certificate: an agent is asked to renew while nothing of that is open.
The CA says which certificates these are (common.protocol.notices), and does the revoking.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

import structlog

from common.host.background import Background
from common.protocol.messages import Feature, RenewNow, ToHelper
from common.protocol.notices import CaNotices, Outdated
from common.protocol.reasons import Why
from relay.core.life import RELAY, Life, Transition
from relay.core.queue import Queue, line_of, lines_of
from relay.core.records import AuditEntry, Participant, RequestState, RevocationRecord
from relay.core.request_inputs import Input
from relay.core.storing import StoreError
from relay.matching.connections import Connections
from relay.matching.open_requests import OpenRequest, OpenRequests
from relay.matching.ports import AgentConnection
from relay.matching.recorder import TransitionRecorder
from relay.matching.revocations import Revocations
from relay.matching.services import Services

log = structlog.get_logger()


class Renaming:
    """Over what the hub knows: `serials` are those of certificates by fingerprint, `sessions_of` gives a helper's live sessions."""

    def __init__(
        self,
        services: Services,
        *,
        connections: Connections,
        open_requests: OpenRequests,
        queue: Queue,
        revocations: Revocations,
        recorder: TransitionRecorder,
        background: Background,
        serials: Mapping[str, int],
        sessions_of: Callable[[str], Collection[str]],
    ) -> None:
        self._services = services
        self._connections = connections
        self._open_requests = open_requests
        self._queue = queue
        self._revocations = revocations
        self._recorder = recorder
        self._background = background
        self._serials = serials
        self._sessions_of = sessions_of
        self._outdated: dict[int, Outdated] = {}
        self._before: dict[int, list[int]] = {}  # by a certificate: those that it has taken the place of
        self._asked: set[AgentConnection] = set()
        self._superseded: set[int] = (
            set()
        )  # what is being revoked, or is and the CA's notices say otherwise for a moment yet
        self._since: dict[int, datetime] = {}  # when it was first seen that another has taken its place

    def told(self, notices: CaNotices) -> None:
        """All that the CA says now."""
        self._outdated = {int(one.serial, 16): one for one in notices.outdated}
        self._before = {}
        for serial, one in self._outdated.items():
            for successor in one.by:
                self._before.setdefault(int(successor, 16), []).append(serial)
        self._superseded &= self._outdated.keys()
        self._since = {serial: at for serial, at in self._since.items() if serial in self._outdated}
        for connection in self._connections:
            self.look(connection)

    def left(self, connection: AgentConnection) -> None:
        """It is over."""
        self._asked.discard(connection)

    def shown(self, connections: Sequence[AgentConnection]) -> Participant | None:
        """By which certificate somebody is shown who has these connections, the newest last: one with the present name, if there is one."""
        present = [one for one in connections if one.identified.serial not in self._outdated]
        best = [*connections, *present][-1:]
        return best[0].identified.participant if best else None

    def after(self, transition: Transition) -> None:
        """What somebody had open may be over."""
        if not self._outdated:
            return
        record, session = transition.life.request, transition.session
        accounts = {record.user.account}
        if session is not None:
            accounts |= {session.user.account, session.helper.account}
        helper = self._services.directory.helper(record.to.uri) if isinstance(record.to, ToHelper) else None
        if helper is not None:
            accounts.add(helper.identifier)
        for account in accounts:
            self._look_at(account)

    def _look_at(self, account: str) -> None:
        for connection in self._connections.of_account(account):
            self.look(connection)

    def look(self, connection: AgentConnection) -> None:
        """Ask its agent to renew, or have what it has renewed revoked, where it is time."""
        who = connection.identified
        obeys = who.serial in self._outdated and Feature.RENEW in connection.features
        if obeys and connection not in self._asked and not self._under_old_name(connection):
            self._asked.add(connection)
            connection.send(RenewNow())
        for serial in self._before.get(who.serial, ()):
            self._since.setdefault(serial, self._services.clock.now())
            if self._may_go(self._outdated[serial], serial):
                self._superseded.add(serial)
                self._background.spawn(self._supersede(self._outdated[serial], serial))

    def _under_old_name(self, connection: AgentConnection) -> bool:
        """Whether something that was asked under the name of this connection's certificate is open. Call backs wait for days, and follow."""
        who = connection.identified.participant
        if not connection.is_helper:
            asked = self._open_requests.of_user(who.account)
            if asked is None or asked.life.request.user.name != who.name:
                return False
            return not _is_call_back(asked.life)
        held = [self._open_requests.of_session(session) for session in self._sessions_of(who.account)]
        if any(one is not None and one.life.session and one.life.session.helper.name == who.name for one in held):
            return True
        if any(
            one.life.probed and one.life.probed.helper.name == who.name
            for one in self._open_requests.probed_by(who.account)
        ):
            return True
        waiting = map(self._open_requests.find, self._queue.line(line_of(ToHelper(uri=who.uri))))
        return any(one is not None and one.called == who.name and not _is_call_back(one.life) for one in waiting)

    # requests that name a helper who is called otherwise now

    def misnamed(self, uri: str, account: str) -> list[OpenRequest]:
        """Those who wait for this helper under a name that no connected certificate has: in vain. None while nobody is connected."""
        names = {one.identified.participant.name for one in self._connections.of_account(account)}
        waiting = [
            self._open_requests.find(one) for line in lines_of(ToHelper(uri=uri)) for one in self._queue.line(line)
        ]
        return [one for one in waiting if names and one is not None and one.called not in {"", *names}]

    async def end(self, misnamed: Sequence[OpenRequest]) -> None:
        """These end, and it is said why: they can be asked again under the name that the list shows."""
        for request in misnamed:
            await self._open_requests.apply_if(request, partial(self._without_its_name, request))

    def _without_its_name(self, request: OpenRequest, life: Life) -> Input | None:
        if life.request.state is not RequestState.WAITING:
            return None
        knows = Feature.RENEW in (request.features or ())
        now = self._services.clock.now()
        return lambda machine: machine.ended(RELAY, Why.RENAMED if knows else Why.DECLINED, now)

    # the old certificate

    def _may_go(self, one: Outdated, serial: int) -> bool:
        """Whether nothing that is open is held by it, and it is not being revoked already."""
        if serial in self._superseded or any(
            owed.serial and int(owed.serial, 16) == serial for owed in self._revocations.of(one.account)
        ):
            return False
        for request in self._open_requests:
            session = request.life.session
            if (
                session is not None
                and one.account in {session.user.account, session.helper.account}
                and session.granted_at <= self._since[serial]
            ):
                return False  # it was begun with it, whichever the agent has shown since
            held = [request.life.request.user, *([session.user, session.helper] if session is not None else [])]
            for participant in held:
                # One that has not been here since the start may be it.
                if participant.account == one.account and self._serials.get(participant.certificate, serial) == serial:
                    return False
        return True

    async def _supersede(self, one: Outdated, serial: int) -> None:
        services = self._services
        now = services.clock.now()
        owed = RevocationRecord(
            identifier=services.random(16).hex(),
            account=one.account,
            serial=f"{serial:x}",
            superseded=True,
            asked_at=now,
        )
        entry = AuditEntry(
            at=now, actor=RELAY, event="certificate.superseded", subject=one.account, facts={"serial": owed.serial}
        )
        try:
            await self._recorder.write_change(lambda unit: unit.put_revocation(owed), entry)
        except StoreError as error:
            log.warning("supersede_failed", account=one.account, error=str(error))
            self._superseded.discard(serial)
            services.clock.call_later(services.timing.revocation_retry, lambda: self._look_at(one.account))
        else:
            self._revocations.owe([owed])


def _is_call_back(life: Life) -> bool:
    """One that waits, and that nobody wants at this moment."""
    record = life.request
    return record.call_back_until is not None and record.state is RequestState.WAITING and life.probed is None
