"""Everything that matching knows just now, and what is done once a transition was written."""

from collections.abc import Callable
from typing import assert_never

from common.host.background import Background
from common.net.certificates import RevocationList
from common.protocol.messages import Ended, Granted, Over, Peer, ToHelper
from common.protocol.reasons import Why
from relay.core.availability import Availability
from relay.core.life import Close, Grant, Listed, NotFor, Refuse, SayOver, SayWaiting, Transition, Unlisted
from relay.core.permissions import may_take
from relay.core.queue import Queue, line_of, lines_of_helper
from relay.core.records import Participant, RequestRecord, RequestState, SessionRecord
from relay.core.tickets import Side
from relay.matching.connections import ConnectionCounts, Connections
from relay.matching.helper_list import HelperList
from relay.matching.helper_presence import HelperPresence
from relay.matching.open_requests import OpenRequest, OpenRequests
from relay.matching.ports import AgentConnection
from relay.matching.queue_list import QueueList, QueuePositions
from relay.matching.recorder import TransitionRecorder
from relay.matching.services import Services

UNANSWERED = frozenset({Why.EXPIRED, Why.CANCELLED, Why.USER_GONE})
"""A named request that waited long and went like this was missed by the helper."""

REPORTS_AWAITED = 10_000
"""So many ended sessions whose byte counts are to come are kept."""


class Hub:
    """The state of one relay's matching, and the only place where its parts meet."""

    def __init__(self, services: Services) -> None:
        limits, timing, clock = services.limits, services.timing, services.clock
        self.services = services
        self.background = Background()
        self.recorder = TransitionRecorder(services, self.background)
        self.connections = Connections()
        self.counts = ConnectionCounts()
        self.queue = Queue()
        self.helper_list = HelperList(clock=clock, list_every=timing.list_every, list_batch=limits.list_batch)
        self.queue_list = QueueList(
            clock=clock,
            list_every=timing.list_every,
            list_batch=limits.list_batch,
            agent_message=limits.agent_message,
        )
        self.positions = QueuePositions(
            clock=clock,
            list_every=timing.list_every,
            queue=self.queue,
            record=self._waiting,
            send=self.connections.send,
        )
        self.helper_presence = HelperPresence(services, helper_list=self.helper_list, queue=self.queue)
        self.open_requests = OpenRequests(
            services, recorder=self.recorder, background=self.background, after=self._after
        )
        self.crl: RevocationList | None = None
        self.serials: dict[str, int] = {}  # of certificates that have identified themselves, by fingerprint
        self.started = False
        self.stopped = False
        self.watching: set[AgentConnection] = set()  # helpers who watch the queue
        self._sessions: dict[str, set[str]] = {}  # live ones, by the helper's account
        self._reports: dict[str, SessionRecord] = {}  # ended ones whose legs are still to report

    # who comes and goes

    def arrived(self, connection: AgentConnection) -> None:
        """An agent has identified itself. What it missed is sent, and a grant that it never used is sent again."""
        who = connection.identified
        older = self.connections.add(connection, who.participant)
        if older is not None:
            self._release(older)
            older.replaced()
        if who.participant.certificate not in self.serials:
            self.serials[who.participant.certificate] = who.serial
            seen = who.certificate(self.services.clock.now())
            writing = self.recorder.write(lambda unit: unit.put_certificate(seen), required=False, subject=seen.account)
            self.background.spawn(writing)
        self.connections.send_missed(connection, who.participant.account)
        if not connection.is_helper:
            request = self.open_requests.of_user(who.participant.account)
            if request is not None:
                self._is_of(request, request.life.request.user, who.participant)
            return
        self.helper_presence.arrived(who.participant)
        limit = self.services.limits.tickets_per_session
        for session in self.sessions_of(who.participant.account):
            request = self.open_requests.of_session(session)
            live = None if request is None else request.life.session
            if request is None or live is None or not self._is_of(request, live.helper, who.participant):
                continue
            if self.services.tickets.unused(session, Side.HELPER):  # perhaps it never heard of it
                self.background.spawn(
                    self.open_requests.apply(request, lambda machine: machine.ticket_wanted(Side.HELPER, limit))
                )

    def _is_of(self, request: OpenRequest, holder: Participant, participant: Participant) -> bool:
        """Whether the certificate that just came is the one that holds this request, or takes the place of one that is gone."""
        if holder.certificate == participant.certificate:
            return True
        if self.connections.of(holder.certificate) is not None:
            return False
        now = self.services.clock.now()
        self.background.spawn(self.open_requests.apply(request, lambda machine: machine.renewed(participant, now)))
        return True

    def left(self, connection: AgentConnection) -> None:
        """An identified connection is lost. A waiting request is held; a session is no matter of this connection."""
        who = connection.identified
        if not self.connections.remove(connection, who.participant):
            return  # a newer one has its place
        self._release(connection)
        if connection.is_helper and not self.connections.of_account(who.participant.account):
            self.helper_presence.left(who.participant.account)

    def _release(self, connection: AgentConnection) -> None:
        self.helper_list.leave(connection)
        self.queue_list.leave(connection)
        self.watching.discard(connection)
        request = self.open_requests.of_user(connection.identified.participant.account)
        if request is not None and request.bound is connection:
            request.bound = None
            now = self.services.clock.now()
            self.background.spawn(self.open_requests.apply(request, lambda machine: machine.user_left(now)))

    def resumed(self, connection: AgentConnection) -> None:
        """A connection has read what it was sent: it may get lists again."""
        if connection.is_helper:
            self.queue_list.flush()
        self.helper_list.resumed(connection)

    # what may be seen

    def watch(self, connection: AgentConnection, on: bool) -> None:
        """The lists of this role, from the beginning; or no longer. A helper's colleagues are those it may hand over to."""
        self.helper_list.watch(connection, on)
        if not connection.is_helper:
            return
        if on:
            self.watching.add(connection)
            self.queue_list.watch(connection, self.visible(connection))
        else:
            self.watching.discard(connection)
            self.queue_list.pause(connection)

    def sessions_of(self, account: str) -> frozenset[str]:
        """Live sessions of this helper."""
        return frozenset(self._sessions.get(account, ()))

    def visible(self, connection: AgentConnection) -> list[RequestRecord]:
        """The waiting requests that this helper may take, in the order they were asked."""
        account = connection.identified.account
        directory = self.services.directory
        lines = lines_of_helper(connection.identified.participant.uri, directory.groups_of(account.identifier))
        records = [self._waiting(request) for line in lines for request in self.queue.line(line)]
        mine = [one for one in records if one is not None and may_take(account, one, directory)]
        return sorted(mine, key=lambda one: one.asked_at)

    def review(self, connection: AgentConnection) -> None:
        """What this helper may see has changed: send the list anew where it is watched."""
        if connection in self.watching:
            self.queue_list.watch(connection, self.visible(connection))

    def others_left(self, record: RequestRecord, but: str) -> bool:
        """Whether a helper other than `but` is there who may take this."""
        directory = self.services.directory
        return any(one.identifier != but and may_take(one, record, directory) for one in self.helper_presence.around())

    def _waiting(self, identifier: str) -> RequestRecord | None:
        request = self.open_requests.find(identifier)
        if request is None or request.life.request.state is not RequestState.WAITING:
            return None
        return request.life.request

    # after a transition

    def _after(self, transition: Transition) -> None:
        record = transition.life.request
        for effect in transition.effects:
            match effect:
                case Grant():
                    self._grant(transition, effect.side)
                case Close():
                    self._close(effect.session, effect.why)
                case SayWaiting():
                    self.positions.send(record)
                case SayOver():
                    over = Over(request=record.identifier, why=effect.why, note=effect.note)
                    self.connections.send(record.user, over)
                case Listed():
                    self.enqueue(record)
                case Unlisted():
                    self._dequeue(record, effect.why)
                case NotFor():
                    for connection in self.connections.of_account(effect.account):
                        self.queue_list.hide(connection, record.identifier, Why.DECLINED)
                    self.queue_list.flush()
                case Refuse():
                    pass  # for whoever asked, who has the transition
                case _:
                    assert_never(effect)

    def _grant(self, transition: Transition, side: Side) -> None:
        session = transition.life.session
        if session is None:
            raise RuntimeError("a grant without a session")
        services = self.services
        me, peer = (session.user, session.helper) if side is Side.USER else (session.helper, session.user)
        if services.dataplane is not None:
            services.dataplane.unpark(session.identifier, side)
        ticket = services.tickets.issue(session.identifier, side, services.clock.monotonic())
        mine = self._sessions.setdefault(session.helper.account, set())
        if session.identifier not in mine:
            mine.add(session.identifier)
            self._count_sessions(session.helper.account)
        message = Granted(
            request=session.request,
            session=session.identifier,
            ticket=ticket,
            legs=list(services.legs),
            peer=Peer(uri=peer.uri, name=peer.name),
            mode=session.mode,
            to=transition.life.request.to,
        )
        self.connections.send(me, message)

    def _close(self, session: SessionRecord, why: Why) -> None:
        reported = self.services.end_legs(session.identifier, why)
        if reported and session.up is None:
            self._reports[session.identifier] = session
            if len(self._reports) > REPORTS_AWAITED:
                del self._reports[next(iter(self._reports))]
        account = session.helper.account
        self._sessions.get(account, set()).discard(session.identifier)
        if not self._sessions.get(account, True):
            del self._sessions[account]
        self._count_sessions(account)
        message = Ended(session=session.identifier, why=why)
        self.connections.send_ended(session.user, message)
        self.connections.send_ended(session.helper, message)

    def report_for(self, session: str) -> SessionRecord | None:
        """The ended session whose byte counts were still to come; it is given out once."""
        return self._reports.pop(session, None)

    def _count_sessions(self, account: str) -> None:
        count = len(self._sessions.get(account, ()))
        self.helper_presence.change(account, lambda availability: availability.holding(count))

    # the queue

    def enqueue(self, record: RequestRecord) -> None:
        """It waits: it has a position, and helpers who may take it see it."""
        self.queue.add(record)
        line = line_of(record.to)
        if self.queue.position(record.identifier) != self.queue.length(line):
            self.positions.changed(line)
        self.helper_presence.line_changed(line)
        self._for_helpers(lambda connection: self._show(connection, record))

    def _show(self, connection: AgentConnection, record: RequestRecord) -> None:
        if may_take(connection.identified.account, record, self.services.directory):
            self.queue_list.show(connection, record)

    def _dequeue(self, record: RequestRecord, why: Why) -> None:
        self.queue.remove(record.identifier)
        self.positions.forget(record)
        self.helper_presence.line_changed(line_of(record.to))
        self._for_helpers(lambda connection: self.queue_list.hide(connection, record.identifier, why))
        if isinstance(record.to, ToHelper) and why in UNANSWERED and record.over_at is not None:
            waited = (record.over_at - record.waiting_since).total_seconds()
            helper = self.services.directory.helper(record.to.uri)
            if helper is not None and waited >= self.services.timing.missed_after:
                self.helper_presence.change(helper.identifier, Availability.missed_one)

    def _for_helpers(self, do: Callable[[AgentConnection], None]) -> None:
        for connection in self.watching:
            do(connection)
        self.queue_list.flush()

    def stop(self) -> None:
        """No more timers."""
        for part in (self.helper_list, self.queue_list, self.positions, self.recorder, self.open_requests):
            part.stop()
