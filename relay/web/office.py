"""What stands behind the desk: everything that is known just now, and what is done once a step was written."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from common.net.certificates import RevocationList
from common.protocol.messages import Ended, Granted, Over, Peer, ToHelper
from common.protocol.reasons import Why
from relay.core.life import Close, Grant, Listed, NotFor, Refuse, SayOver, SayWaiting, Step, Unlisted
from relay.core.permissions import may_take
from relay.core.presence import Presence
from relay.core.queue import Queue, line_of, lines_of_helper
from relay.core.records import Person, RequestRecord, SessionRecord, State
from relay.core.tickets import Side
from relay.web.attendance import Attendance
from relay.web.book import Book, Page
from relay.web.post import Post
from relay.web.queueing import Places, RequestBoard
from relay.web.recorder import Recorder
from relay.web.services import Services
from relay.web.tasks import Tasks
from relay.web.watching import HelperBoard

if TYPE_CHECKING:
    from relay.web.matching import MatchingListener

UNANSWERED = frozenset({Why.EXPIRED, Why.CANCELLED, Why.USER_GONE})
"""A named request that waited long and went like this was missed by the helper."""

REPORTS_AWAITED = 10_000
"""So many ended sessions whose byte counts are to come are kept."""


class Office:
    """The state of one relay's desk."""

    def __init__(self, services: Services) -> None:
        numbers, clock = services.numbers, services.clock
        self.services = services
        self.tasks = Tasks()
        self.recorder = Recorder(services, self.tasks)
        self.post = Post(missed_ends=numbers.missed_ends)
        self.queue = Queue()
        self.helpers = HelperBoard(clock=clock, interval=numbers.list_interval, batch=numbers.list_batch)
        self.requests = RequestBoard(
            clock=clock, interval=numbers.list_interval, batch=numbers.list_batch, largest=numbers.agent_message
        )
        self.places = Places(
            clock=clock, interval=numbers.list_interval, queue=self.queue, record=self._waiting, send=self.post.send
        )
        self.attendance = Attendance(services, board=self.helpers, queue=self.queue)
        self.book = Book(services, recorder=self.recorder, tasks=self.tasks, after=self._after)
        self.crl: RevocationList | None = None
        self.serials: dict[str, int] = {}  # of certificates that have identified themselves, by fingerprint
        self.started = False
        self.watching: set[MatchingListener] = set()  # helpers who watch the queue
        self._sessions: dict[str, set[str]] = {}  # live ones, by the helper's account
        self._reports: dict[str, SessionRecord] = {}  # ended ones whose legs are still to report

    # who comes and goes

    def arrives(self, connection: "MatchingListener") -> None:
        """An agent has identified itself. What it missed is sent, and a grant that it never used is sent again."""
        who = connection.identified
        older = self.post.add(connection, who.person)
        if older is not None:
            self._lets_go(older)
            older.replaced()
        if who.person.certificate not in self.serials:
            self.serials[who.person.certificate] = who.serial
            seen = who.certificate(self.services.clock.now())
            self.tasks.spawn(self.recorder.write(lambda unit: unit.put_certificate(seen), required=False))
        self.post.send_missed(connection, who.person.account)
        if not connection.is_helper:
            page = self.book.of_user(who.person.account)
            if page is not None:
                self._is_of(page, page.life.request.user, who.person)
            return
        self.attendance.arrives(who.person)
        limit = self.services.numbers.retickets
        for session in self.sessions_of(who.person.account):
            page = self.book.of_session(session)
            if page is None or page.life.session is None or not self._is_of(page, page.life.session.helper, who.person):
                continue
            if self.services.tickets.unused(session, Side.HELPER):  # perhaps it never heard of it
                self.tasks.spawn(self.book.act(page, lambda machine: machine.ticket_wanted(Side.HELPER, limit)))

    def _is_of(self, page: Page, holder: Person, person: Person) -> bool:
        """Whether the certificate that just came is the one that holds this page, or has taken the place of one that is gone."""
        if holder.certificate == person.certificate:
            return True
        if self.post.of(holder.certificate) is not None:
            return False
        now = self.services.clock.now()
        self.tasks.spawn(self.book.act(page, lambda machine: machine.renewed(person, now)))
        return True

    def leaves(self, connection: "MatchingListener") -> None:
        """An identified connection is lost. A waiting request is held; a session is no matter of this connection."""
        who = connection.identified
        if not self.post.remove(connection, who.person):
            return  # a newer one has its place
        self._lets_go(connection)
        if connection.is_helper and not self.post.of_account(who.person.account):
            self.attendance.leaves(who.person.account)

    def _lets_go(self, connection: "MatchingListener") -> None:
        self.helpers.leave(connection)
        self.requests.leave(connection)
        self.watching.discard(connection)
        page = self.book.of_user(connection.identified.person.account)
        if page is not None and page.bound is connection:
            page.bound = None
            now = self.services.clock.now()
            self.tasks.spawn(self.book.act(page, lambda machine: machine.user_left(now)))

    def takes_again(self, connection: "MatchingListener") -> None:
        """A connection has read what it was sent: it may get lists again."""
        if connection.is_helper:
            self.requests.flush()
        self.helpers.resumed(connection)

    # what may be seen

    def watch(self, connection: "MatchingListener", on: bool) -> None:
        """The lists of this role, from the beginning; or no longer. A helper's colleagues are those it may hand over to."""
        self.helpers.watch(connection, on)
        if not connection.is_helper:
            return
        if on:
            self.watching.add(connection)
            self.requests.watch(connection, self.visible(connection))
        else:
            self.watching.discard(connection)
            self.requests.pause(connection)

    def sessions_of(self, account: str) -> frozenset[str]:
        """Live sessions of this helper."""
        return frozenset(self._sessions.get(account, ()))

    def visible(self, connection: "MatchingListener") -> list[RequestRecord]:
        """The waiting requests that this helper may take, in the order they were asked."""
        account = connection.identified.account
        directory = self.services.directory
        lines = lines_of_helper(connection.identified.person.uri, directory.groups_of(account.identifier))
        records = [self._waiting(request) for line in lines for request in self.queue.line(line)]
        mine = [one for one in records if one is not None and may_take(account, one, directory)]
        return sorted(mine, key=lambda one: one.asked_at)

    def review(self, connection: "MatchingListener") -> None:
        """What this helper may see has changed: send the list anew where it is watched."""
        if connection in self.watching:
            self.requests.watch(connection, self.visible(connection))

    def others_left(self, record: RequestRecord, but: str) -> bool:
        """Whether a helper other than `but` is there who may take this."""
        directory = self.services.directory
        return any(one.identifier != but and may_take(one, record, directory) for one in self.attendance.around())

    def _waiting(self, request: str) -> RequestRecord | None:
        page = self.book.page(request)
        return page.life.request if page is not None and page.life.request.state is State.WAITING else None

    # after a step

    def _after(self, step: Step) -> None:
        record = step.life.request
        for effect in step.effects:
            match effect:
                case Grant():
                    self._grant(step, effect.side)
                case Close():
                    self._close(effect.session, effect.why)
                case SayWaiting():
                    self.places.tell(record)
                case SayOver():
                    self.post.send(record.user, Over(request=record.identifier, why=effect.why, note=effect.note))
                case Listed():
                    self.enqueue(record)
                case Unlisted():
                    self._dequeue(record, effect.why)
                case NotFor():
                    for connection in self.post.of_account(effect.account):
                        self.requests.hide(connection, record.identifier, Why.DECLINED)
                    self.requests.flush()
                case Refuse():
                    pass  # for whoever asked, who has the step

    def _grant(self, step: Step, side: Side) -> None:
        session = step.life.session
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
            to=step.life.request.to,
        )
        self.post.send(me, message)

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
        self.post.send_ended(session.user, message)
        self.post.send_ended(session.helper, message)

    def report_for(self, session: str) -> SessionRecord | None:
        """The ended session whose byte counts were still to come; it is given out once."""
        return self._reports.pop(session, None)

    def _count_sessions(self, account: str) -> None:
        count = len(self._sessions.get(account, ()))
        self.attendance.change(account, lambda presence: presence.holding(count))

    # the queue

    def enqueue(self, record: RequestRecord) -> None:
        """It waits: it has a place, and helpers who may take it see it."""
        self.queue.add(record)
        line = line_of(record.to)
        if self.queue.position(record.identifier) != self.queue.length(line):
            self.places.changed(line)
        self.attendance.line_changed(line)
        self._for_helpers(lambda connection: self._show(connection, record))

    def _show(self, connection: "MatchingListener", record: RequestRecord) -> None:
        if may_take(connection.identified.account, record, self.services.directory):
            self.requests.show(connection, record)

    def _dequeue(self, record: RequestRecord, why: Why) -> None:
        self.queue.remove(record.identifier)
        self.places.forget(record)
        self.attendance.line_changed(line_of(record.to))
        self._for_helpers(lambda connection: self.requests.hide(connection, record.identifier, why))
        if isinstance(record.to, ToHelper) and why in UNANSWERED and record.over_at is not None:
            waited = (record.over_at - record.waiting_since).total_seconds()
            helper = self.services.directory.helper(record.to.uri)
            if helper is not None and waited >= self.services.numbers.missed_after:
                self.attendance.change(helper.identifier, Presence.missed_one)

    def _for_helpers(self, do: Callable[["MatchingListener"], None]) -> None:
        for connection in self.watching:
            do(connection)
        self.requests.flush()

    def stop(self) -> None:
        """No more timers."""
        for part in (self.helpers, self.requests, self.places, self.recorder, self.book):
            part.stop()
