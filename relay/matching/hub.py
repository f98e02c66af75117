"""Everything that matching knows just now, and what is done once a transition was written.

One room, though a large one: each effect of a transition touches several of the same few sets, and they have to agree.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import assert_never

from common.host.background import Background
from common.net.certificates import RevocationList
from common.net.host_list import HostList
from common.protocol.messages import (
    Accept,
    Code,
    Ended,
    Error,
    Feature,
    Granted,
    GrantedBefore,
    Over,
    Peer,
    Probe,
    Status,
    ToHelper,
    Yours,
)
from common.protocol.reasons import Why
from relay.core.availability import Availability
from relay.core.leg_messages import CloseSession, DropPair
from relay.core.life import (
    RELAY,
    AskThere,
    Close,
    DropLegs,
    Grant,
    Hidden,
    Life,
    Listed,
    NotFor,
    NotThere,
    Refuse,
    SayOver,
    SayWaiting,
    Transition,
    Unlisted,
)
from relay.core.permissions import check_target, may_take, most_of
from relay.core.queue import Queue, lines_of_helper, standing_in
from relay.core.records import Participant, RequestRecord, RequestState, SessionRecord
from relay.core.request_inputs import Input, TicketLimits
from relay.core.tickets import Side
from relay.matching.computers import Computers
from relay.matching.connections import ConnectionCounts, Connections
from relay.matching.desk import HelpDesk
from relay.matching.grants import Grants
from relay.matching.helper_list import HelperList, Sees
from relay.matching.helper_presence import HelperPresence
from relay.matching.open_requests import OpenRequest, OpenRequests
from relay.matching.ports import AgentConnection
from relay.matching.queue_list import QueueList, QueuePositions, entry_of
from relay.matching.recorder import TransitionRecorder
from relay.matching.renaming import Renaming
from relay.matching.revocations import Revocations
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
        self.grants = Grants(to_legs=services.to_legs, send=self.connections.send, random=services.random)
        self.desk = HelpDesk(services.desk, clock=clock, connections=self.connections)
        self.queue = Queue()
        self.helper_list = HelperList(clock=clock, list_every=timing.list_every, list_batch=limits.list_batch)
        self.queue_list = QueueList(
            clock=clock,
            list_every=timing.list_every,
            list_batch=limits.list_batch,
            agent_message=limits.agent_message,
            here=self._is_here,
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
        self.computers = Computers(
            services, connections=self.connections, recorder=self.recorder, background=self.background
        )
        self.revocations = Revocations(services, recorder=self.recorder, background=self.background)
        self.crl: RevocationList | None = None
        self.hosts: HostList | None = None
        self.serials: dict[str, int] = {}  # of certificates that have identified themselves, by fingerprint
        self.renaming = Renaming(
            services,
            connections=self.connections,
            open_requests=self.open_requests,
            queue=self.queue,
            revocations=self.revocations,
            recorder=self.recorder,
            background=self.background,
            serials=self.serials,
            sessions_of=self.sessions_of,
        )
        self.started = False
        self.stopped = False
        self.watching: set[AgentConnection] = set()  # helpers who watch the queue
        self.ticket_limits = TicketLimits(
            before=limits.tickets_per_session, interrupted=limits.tickets_per_interruption
        )
        self._most = 0  # agents at one time, since the start
        self._sessions: dict[str, set[str]] = {}  # live ones, by the helper's account
        self._reports: dict[str, SessionRecord] = {}  # ended ones whose legs are still to report

    # who comes and goes

    def arrived(self, connection: AgentConnection) -> asyncio.Task[None] | None:
        """An agent has identified itself. What it missed is sent, and a grant that it never used is sent again.

        What comes back is the work that an older connection of it has still to do.
        """
        who = connection.identified
        older = self.connections.add(connection, who.participant)
        before = None
        if older is not None:
            self.release(older)
            before = older.replaced()
        self.serials[who.participant.certificate] = who.serial
        self.computers.arrived(who)
        self.connections.send_missed(connection, who.participant.account)
        self.renaming.look(connection)
        if not connection.is_helper:
            request = self.open_requests.of_user(who.participant.account)
            live = None if request is None else request.life.session
            if (
                request is not None
                and self._is_of(request, request.life.request.user, who.participant)
                and live is not None
                and live.interrupted_at is not None
            ):
                self._grant_again(request, live, Side.USER)
            return before
        self._show_helper(connection)
        for request in self.open_requests.probed_by(who.participant.account):
            probed = request.life.probed
            if probed is not None and probed.helper.certificate == who.participant.certificate:
                self._say_whose(connection, request)
        for session in self.sessions_of(who.participant.account):
            request = self.open_requests.of_session(session)
            live = None if request is None else request.life.session
            if request is not None and live is not None and self._is_of(request, live.helper, who.participant):
                if request.life.request.state is RequestState.GRANTED:
                    self._say_whose(connection, request)
                self._grant_again(request, live, Side.HELPER)
        return before

    @staticmethod
    def _say_whose(connection: AgentConnection, request: OpenRequest) -> None:
        """A helper is back who was taking it: what was said of it may have been lost with the connection."""
        if Feature.HELD in connection.features:
            connection.send(Yours(entry=entry_of(request.life.request)))

    def _grant_again(self, request: OpenRequest, session: SessionRecord, side: Side) -> None:
        """Its agent is back, and has a ticket that nobody has shown: perhaps it never heard of it."""
        if self.grants.unused(session.identifier, side):
            limits, now = self.ticket_limits, self.services.clock.now()

            def choose(life: Life) -> Input | None:
                if life.session is None or life.session.identifier != session.identifier:
                    return None
                if life.request.state is RequestState.GRANTED:
                    return lambda machine: machine.told_again(side)
                return lambda machine: machine.ticket_wanted(side, limits, now)

            self.background.spawn(self.open_requests.apply_if(request, choose))

    def _is_of(self, request: OpenRequest, holder: Participant, participant: Participant) -> bool:
        """Whether the certificate that just came is the one that holds this request, or takes the place of one that is gone."""
        if holder.certificate == participant.certificate:
            return True
        session = request.life.session
        if self.connections.of(holder.certificate) is not None or (session is not None and session.interrupted_at):
            return False  # who comes back to a session knows its name, and says so (`ticket`)
        now = self.services.clock.now()
        self.background.spawn(self.open_requests.apply(request, lambda machine: machine.renewed(participant, now)))
        return True

    def left(self, connection: AgentConnection) -> None:
        """An identified connection is lost. A waiting request is held; a session is no matter of this connection."""
        who = connection.identified
        if not self.connections.remove(connection, who.participant):
            return  # a newer one has its place
        self.computers.left(who)
        self.release(connection)
        account = who.participant.account
        if not connection.is_helper:
            return
        for request in self.open_requests.probed_by(account):
            self.background.spawn(self.open_requests.withdraw(request, who.participant.certificate))
        if not self._show_helper(connection):
            self.helper_presence.left(account)

    def _show_helper(self, connection: AgentConnection) -> bool:
        """A helper came or went: shown by a certificate that is connected. False where none of the account is."""
        who = connection.identified.participant
        shown = self.renaming.shown(self.connections.of_account(who.account))
        if shown is not None:
            self.helper_presence.arrived(shown)
            misnamed = self.renaming.misnamed(who.uri, who.account)
            if misnamed:
                self.background.spawn(self.renaming.end(misnamed))
        return shown is not None

    def release(self, connection: AgentConnection) -> None:
        """Nothing is shown to it any more, and no request is bound to it."""
        self.helper_list.leave(connection)
        self.queue_list.leave(connection)
        self.watching.discard(connection)
        self.renaming.left(connection)
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
        self.helper_list.watch(connection, on, self._sees(connection))
        if not connection.is_helper:
            return
        if on:
            self.watching.add(connection)
            self.queue_list.watch(connection, self.visible(connection))
        else:
            self.watching.discard(connection)
            self.queue_list.pause(connection)

    def _sees(self, connection: AgentConnection) -> Sees:
        if connection.is_helper:
            return None
        return self.services.directory.sees(connection.identified.account.identifier)

    async def groups_changed(self) -> None:
        """Groups, their members, or who may ask them, are otherwise than before: lists follow, and who waits for nobody any more waits no longer."""
        self.helper_presence.rules_changed()
        for connection in self.connections:
            self.helper_list.sees_now(connection, self._sees(connection))
            self.review(connection)
        for request in self.open_requests:
            await self.open_requests.apply_if(request, self._without_target)

    def _without_target(self, life: Life) -> Input | None:
        record, now = life.request, self.services.clock.now()
        if record.state is not RequestState.WAITING:
            return None
        if check_target(record.to, record.user.account, self.services.directory) is None:
            return None
        return lambda machine: machine.declined_by_all(RELAY, "", now)

    def sessions_of(self, account: str) -> frozenset[str]:
        """Live sessions of this helper."""
        return frozenset(self._sessions.get(account, ()))

    def visible(self, connection: AgentConnection) -> list[RequestRecord]:
        """The waiting requests that this helper may take, in the order they were asked, call backs last: some are days old, and their users wait for nobody."""
        account = connection.identified.account
        directory = self.services.directory
        lines = lines_of_helper(connection.identified.participant.uri, directory.groups_of(account.identifier))
        records = [self._waiting(request) for line in lines for request in self.queue.line(line)]
        mine = [one for one in records if one is not None and self._suits(connection, one)]
        return sorted(mine, key=lambda one: (one.call_back_until is not None, one.asked_at))

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

    # what an agent is told when it comes, and how closely it is watched

    def active_sessions(self, participant: Participant) -> list[str]:
        """Sessions of this very certificate that were active, interrupted or not: an agent that knows nothing of one was started anew."""
        asked = self.open_requests.of_user(participant.account)
        held = [self.open_requests.of_session(one) for one in sorted(self.sessions_of(participant.account))]
        lives = [one.life for one in (asked, *held) if one is not None and one.life.cut is None]
        return [
            life.session.identifier
            for life in lives
            if life.session is not None
            and life.request.state is RequestState.ACTIVE
            and participant.certificate in {life.session.user.certificate, life.session.helper.certificate}
        ]

    def granted_sessions(self, participant: Participant) -> list[GrantedBefore]:
        """Those granted to this very certificate that have not begun: a program that was started anew gives them back at once."""
        asked = self.open_requests.of_user(participant.account)
        held = [self.open_requests.of_session(one) for one in sorted(self.sessions_of(participant.account))]
        lives = [one.life for one in (asked, *held) if one is not None]
        return [
            GrantedBefore(request=life.request.identifier, session=life.session.identifier)
            for life in lives
            if life.session is not None
            and life.request.state is RequestState.GRANTED
            and participant.certificate in {life.session.user.certificate, life.session.helper.certificate}
        ]

    def spread(self) -> float:
        """How many seconds those who lose this relay spread their return over."""
        self._most = max(self._most, len(self.connections) + 1)
        return min(self.services.timing.spread, self._most / self.services.limits.returns_per_second)

    def awaited(self, connection: AgentConnection) -> bool:
        """Whether somebody waits for what comes of this connection: a user who asks, or whom a helper has taken; a helper who is free."""
        account = connection.identified.account.identifier
        if connection.is_helper:
            return self.helper_presence.status(account) is Status.AVAILABLE
        request = self.open_requests.of_user(account)
        return request is not None and request.life.request.state is not RequestState.ACTIVE

    # after a transition

    def _after(self, transition: Transition) -> None:
        self._announce(transition)
        self.renaming.after(transition)

    def _announce(self, transition: Transition) -> None:
        record = transition.life.request
        for effect in transition.effects:
            match effect:
                case Grant():
                    self._grant(transition, effect.side)
                case DropLegs():
                    self.grants.forget(effect.session)
                    self.services.to_legs(DropPair(session=effect.session))
                case AskThere():
                    self._ask_there(record)
                case NotThere():
                    self._not_there(record, effect.helper)
                case Hidden():
                    self._hide(record, effect.why)
                case Close():
                    self._close(effect.session, effect.why)
                case SayWaiting():
                    self.positions.send(record)
                case SayOver():
                    over = Over(request=record.identifier, why=effect.why, note=effect.note)
                    self.connections.send(record.user, over)
                case Listed():
                    self.enqueue(record)
                    self._check_line(record)
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

    def _ask_there(self, record: RequestRecord) -> None:
        request = self.open_requests.find(record.identifier)
        if request is not None:
            request.asked = request.bound
        self.connections.send(record.user, Probe(request=record.identifier))

    def _not_there(self, record: RequestRecord, helper: Participant) -> None:
        refused = Error(about=str(Accept.__struct_config__.tag), code=Code.NOT_HERE, request=record.identifier)
        self.connections.send(helper, refused)
        request = self.open_requests.find(record.identifier)
        if request is not None and request.bound is not None and request.bound is request.asked:
            request.bound.silent()  # a newer one is no answer's debtor: its agent is back

    def _hide(self, record: RequestRecord, why: Why) -> None:
        self._for_helpers(lambda connection: self.queue_list.hide(connection, record.identifier, why))

    def _grant(self, transition: Transition, side: Side) -> None:
        session = transition.life.session
        if session is None:
            raise RuntimeError("a grant without a session")
        me, peer = (session.user, session.helper) if side is Side.USER else (session.helper, session.user)
        self.holds(session)
        connection = self.connections.of(me.certificate)
        message = Granted(
            request=session.request,
            session=session.identifier,
            ticket="",
            legs=self.services.legs_by(self.services.relay if connection is None else connection.relay),
            peer=Peer(uri=peer.uri, name=peer.name),
            mode=session.mode,
            to=transition.life.request.to,
            note=transition.life.request.note if side is Side.USER else "",
            interruption=session.interruptions if session.interrupted_at is not None else 0,
            asked=session.retickets_user if side is Side.USER else session.retickets_helper,
            most=most_of(transition.life.request.to, session.helper.account, self.services.directory),
        )
        self.grants.give(me, message, side=side, pair=transition.life.legs.pair)

    def holds(self, session: SessionRecord) -> None:
        """Its helper has this session."""
        mine = self._sessions.setdefault(session.helper.account, set())
        if session.identifier not in mine:
            mine.add(session.identifier)
            self._count_sessions(session.helper.account)

    def _close(self, session: SessionRecord, why: Why) -> None:
        self.grants.forget(session.identifier)
        self._reports[session.identifier] = session
        if len(self._reports) > REPORTS_AWAITED:
            del self._reports[next(iter(self._reports))]
        self.services.to_legs(CloseSession(session=session.identifier, why=why))
        account = session.helper.account
        self._sessions.get(account, set()).discard(session.identifier)
        if not self._sessions.get(account, True):
            del self._sessions[account]
        self._count_sessions(account)
        message = Ended(session=session.identifier, why=why)
        self.connections.send_ended(session.user, message)
        self.connections.send_ended(session.helper, message)

    def forget_reports(self, accounts: Collection[str]) -> None:
        """Nobody waits any more for the byte counts of ended sessions of these accounts: written down, they would bring their names along."""
        self._reports = {
            key: one
            for key, one in self._reports.items()
            if one.user.account not in accounts and one.helper.account not in accounts
        }

    def report_for(self, session: str) -> SessionRecord | None:
        """The ended session whose byte counts were still to come; it is given out once."""
        return self._reports.pop(session, None)

    def _count_sessions(self, account: str) -> None:
        count = len(self._sessions.get(account, ()))
        self.helper_presence.change(account, lambda availability: availability.holding(count))

    # the queue

    def enqueue(self, record: RequestRecord) -> None:
        """It waits: it has a position, and helpers who may take it see it."""
        before, line = self.queue.standing(record.identifier), standing_in(record)
        self.queue.add(record)
        if before is not None and before != line:
            self.positions.changed(before)
            self.helper_presence.line_changed(before)
        if self.queue.position(record.identifier) != self.queue.length(line):
            self.positions.changed(line)
        self.helper_presence.line_changed(line)
        self._for_helpers(lambda connection: self._show(connection, record))

    def _check_line(self, record: RequestRecord) -> None:
        """Whom it was asked of went while it was granted, or handed on: it came back to a line that nobody serves."""
        request = self.open_requests.find(record.identifier)
        if request is not None and self._without_target(request.life) is not None:
            self.background.spawn(self.open_requests.apply_if(request, self._without_target))

    def _is_here(self, identifier: str) -> bool:
        request = self.open_requests.find(identifier)
        return request is not None and request.bound is not None

    def _show(self, connection: AgentConnection, record: RequestRecord) -> None:
        if self._suits(connection, record):
            self.queue_list.show(connection, record)

    def _suits(self, connection: AgentConnection, record: RequestRecord) -> bool:
        """Whether this helper may take it, under the name of this certificate, and its user did not say *not now* to this one just before."""
        helper, name = connection.identified.account, connection.identified.participant.name
        request = self.open_requests.find(record.identifier)
        if request is not None and (request.life.unreachable or helper.identifier in request.life.not_now):
            return False
        if request is not None and request.called not in {"", name}:
            return False
        return may_take(helper, record, self.services.directory)

    def _dequeue(self, record: RequestRecord, why: Why) -> None:
        self.queue.remove(record.identifier)
        self.positions.forget(record)
        self.helper_presence.line_changed(standing_in(record))
        self._for_helpers(lambda connection: self.queue_list.hide(connection, record.identifier, why))
        by_name = isinstance(record.to, ToHelper) and record.call_back_until is None
        if isinstance(record.to, ToHelper) and by_name and why in UNANSWERED and record.over_at is not None:
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
        parts = (self.helper_list, self.queue_list, self.positions, self.recorder, self.open_requests, self.desk)
        for part in (*parts, self.computers, self.revocations, self.helper_presence):
            part.stop()
