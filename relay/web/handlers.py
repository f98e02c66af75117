"""What the desk does with each message of an agent that has identified itself."""

from typing import TYPE_CHECKING, assert_never

from common.protocol.messages import (
    Accept,
    Active,
    Cancel,
    Code,
    Decline,
    End,
    Error,
    FromAgent,
    Identify,
    Over,
    Request,
    SetStatus,
    Ticket,
    ToHelper,
    Transfer,
    Watch,
)
from common.protocol.reasons import AGENTS_MAY_SAY, VAGUE, Why
from common.protocol.tickets import new_id
from relay.core import requests
from relay.core.life import RELAY, Life, Refuse, Step
from relay.core.permissions import check_target, may_take, named
from relay.core.presence import Presence
from relay.core.rates import Rate
from relay.core.records import SessionRecord, State
from relay.core.storing import StoreUnavailableError
from relay.core.tickets import Side
from relay.web.book import KnownRequestError, Page, Tell
from relay.web.office import Office

if TYPE_CHECKING:
    from relay.web.matching import MatchingListener


class RefusalError(Exception):
    """Answer with `error{code}`."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


class Handlers:
    """One for a desk."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._rates: dict[str, Rate] = {}

    async def handle(self, connection: "MatchingListener", message: FromAgent) -> None:
        """Do what it wants; what cannot be is answered with `error`. Messages of one connection come one at a time."""
        try:
            await self._handle(connection, message)
        except RefusalError as refusal:
            connection.refuse(message, refusal.code)
        except StoreUnavailableError:
            connection.refuse(message, Code.BUSY)

    async def _handle(self, connection: "MatchingListener", message: FromAgent) -> None:
        for_helpers = isinstance(message, Accept | Decline | Transfer | SetStatus)
        for_users = isinstance(message, Request | Cancel | Active)
        if (for_helpers and not connection.is_helper) or (for_users and connection.is_helper):
            raise RefusalError(Code.NOT_ALLOWED)
        match message:
            case Watch():
                self._office.watch(connection, message.on)
            case SetStatus():
                account = connection.identified.account.identifier
                self._office.attendance.change(account, lambda presence: presence.says(message.status))
            case Request():
                await self._request(connection, message)
            case Cancel():
                await self._cancel(connection, message)
            case Accept():
                await self._accept(connection, message)
            case Decline():
                await self._decline(connection, message)
            case Transfer():
                await self._transfer(connection, message)
            case Ticket():
                await self._ticket(connection, message)
            case Active():
                await self._active(connection, message)
            case End():
                await self._end(connection, message)
            case Identify():
                raise RefusalError(Code.NOT_NOW)
            case _:
                assert_never(message)

    # users

    async def _request(self, connection: "MatchingListener", message: Request) -> None:
        office, person = self._office, connection.identified.person
        page = office.book.page(message.request)
        if page is not None:
            await self._take_up(connection, page, message)
            return
        self._count_request(person.account)
        code = check_target(message.to, office.services.directory)
        if code is not None:
            raise RefusalError(code)
        if len(office.book) >= office.services.numbers.open_requests:
            raise RefusalError(Code.TOO_MANY)
        other = office.book.of_user(person.account)
        if other is not None:
            await self._replace(connection, other)
        if office.book.of_user(person.account) is not None:
            raise RefusalError(Code.OPEN_REQUEST)
        step = requests.ask(user=person, message=message, now=office.services.clock.now())
        try:
            await office.book.open(step, bound=connection)
        except KnownRequestError as known:
            if known.record.user.account != person.account:
                raise RefusalError(Code.NOT_ALLOWED) from None
            connection.send(Over(request=message.request, why=known.record.why or Why.FAILED))

    async def _take_up(self, connection: "MatchingListener", page: Page, message: Request) -> None:
        person = connection.identified.person
        if page.life.request.user.account != person.account:
            raise RefusalError(Code.NOT_ALLOWED)
        again, page.bound = page.bound is connection, connection
        if page.life.request.user.certificate != person.certificate:  # only its agent knows a request's identifier
            now = self._office.services.clock.now()
            await self._office.book.act(page, lambda machine: machine.renewed(person, now))
        await self._reword(connection, page, message.topic)
        if again and page.life.request.state is State.GRANTED:
            return  # its new words have crossed the grant
        limit = self._office.services.numbers.retickets
        _check(await self._office.book.act(page, lambda machine: machine.asked_again(limit)))

    async def _reword(self, connection: "MatchingListener", page: Page, topic: str) -> None:
        """The same request about something else. Where that comes too often, the words stay and only they are refused."""
        if page.life.request.state is not State.WAITING or page.life.request.topic == topic:
            return
        try:
            self._count_request(page.life.request.user.account)
        except RefusalError as refusal:
            connection.send(Error(about="topic", code=refusal.code, request=page.life.request.identifier))
            return
        now = self._office.services.clock.now()
        await self._office.book.act(page, lambda machine: machine.reworded(topic, now))

    async def _replace(self, connection: "MatchingListener", page: Page) -> None:
        """An agent that was started anew knows nothing of its old request, which nobody waits for then."""

        def choose(life: Life) -> Tell | None:
            mine = life.request.user.certificate == connection.identified.person.certificate
            running = life.request.state is State.ACTIVE or life.cut or (life.session and life.session.spliced_at)
            if not mine or page.bound is not None or running:
                return None
            now = self._office.services.clock.now()
            return lambda machine: machine.ended(RELAY, Why.REPLACED, now)

        await self._office.book.act_if(page, choose)

    def _count_request(self, account: str) -> None:
        now = self._office.services.clock.monotonic()
        if account not in self._rates:
            if len(self._rates) > 1000:
                self._rates = {key: rate for key, rate in self._rates.items() if not rate.idle(now)}
            self._rates[account] = Rate(count=self._office.services.numbers.requests_a_minute, seconds=60)
        if not self._rates[account].allow(now):
            raise RefusalError(Code.TOO_MANY)

    async def _cancel(self, connection: "MatchingListener", message: Cancel) -> None:
        page = self._page(message.request)
        if page is None:
            return
        if page.life.request.user.account != connection.identified.person.account:
            raise RefusalError(Code.NOT_ALLOWED)
        now = self._office.services.clock.now()
        await self._office.book.act(page, lambda machine: machine.cancelled(now))

    # helpers

    async def _accept(self, connection: "MatchingListener", message: Accept) -> None:
        office, who = self._office, connection.identified
        page = self._page(message.request)
        if page is None:
            raise RefusalError(Code.TOO_LATE)
        session = new_id(office.services.random)

        def choose(life: Life) -> Tell | None:
            if life.session is not None and life.session.helper.certificate == who.person.certificate:
                return None  # said twice
            if life.request.state is State.WAITING:
                if not may_take(who.account, life.request, office.services.directory):
                    raise RefusalError(Code.NOT_ALLOWED)
                if len(office.sessions_of(who.account.identifier)) >= office.services.numbers.helper_sessions:
                    raise RefusalError(Code.TOO_MANY)
            now = office.services.clock.now()
            return lambda machine: machine.accepted(who.person, session, now)

        office.attendance.change(who.account.identifier, Presence.answered)
        _check(await office.book.act_if(page, choose, required=True))

    async def _decline(self, connection: "MatchingListener", message: Decline) -> None:
        office, who = self._office, connection.identified
        page = self._page(message.request)
        if page is None:
            return
        note = message.why

        def choose(life: Life) -> Tell | None:
            if life.request.state is not State.WAITING or who.account.identifier in life.request.declined:
                return None
            if not may_take(who.account, life.request, office.services.directory):
                raise RefusalError(Code.NOT_ALLOWED)
            now = office.services.clock.now()
            if not named(life.request) and office.others_left(life.request, who.account.identifier):
                return lambda machine: machine.declined(who.person, now)
            return lambda machine: machine.declined_by_all(who.person.uri, note, now)

        office.attendance.change(who.account.identifier, Presence.answered)
        await office.book.act_if(page, choose)

    async def _transfer(self, connection: "MatchingListener", message: Transfer) -> None:
        office, person = self._office, connection.identified.person
        page = self._page(message.request)
        if page is None:
            raise RefusalError(Code.TOO_LATE)
        if isinstance(message.to, ToHelper) and message.to.uri == person.uri:
            raise RefusalError(Code.NOT_ALLOWED)
        code = check_target(message.to, office.services.directory)
        if code is not None:
            raise RefusalError(code)

        def choose(life: Life) -> Tell:
            if life.session is None or life.session.helper.account != person.account:
                raise RefusalError(Code.NOT_ALLOWED)
            now = office.services.clock.now()
            return lambda machine: machine.transferred(person, message.to, message.note, now)

        _check(await office.book.act_if(page, choose, required=True))
        if (
            page.bound is None
        ):  # the user's agent lost its connection during the session: held as any other that went away
            now = office.services.clock.now()
            await office.book.act(page, lambda machine: machine.user_left(now))

    # both

    async def _ticket(self, connection: "MatchingListener", message: Ticket) -> None:
        page, session = self._session(connection, message.session)
        side = _side(connection, session)
        limit = self._office.services.numbers.retickets
        _check(await self._office.book.act(page, lambda machine: machine.ticket_wanted(side, limit)))

    async def _active(self, connection: "MatchingListener", message: Active) -> None:
        page, _ = self._session(connection, message.session)

        def choose(life: Life) -> Tell:
            if life.session is not None and life.session.spliced_at is None:
                raise RefusalError(Code.NOT_NOW)  # without legs there was no HELLO
            now = self._office.services.clock.now()
            return lambda machine: machine.activated(now)

        await self._office.book.act_if(page, choose)

    async def _end(self, connection: "MatchingListener", message: End) -> None:
        try:
            page, session = self._session(connection, message.session)
        except RefusalError:
            return  # both sides say it, one of them is late
        own = Why.USER_ENDED if _side(connection, session) is Side.USER else Why.HELPER_ENDED
        why = message.why if message.why in AGENTS_MAY_SAY else own  # the log has who said it
        uri = connection.identified.person.uri

        def choose(life: Life) -> Tell | None:
            another = life.session is None or life.session.identifier != message.session
            if another or (life.cut is not None and why in VAGUE):
                return None
            now = self._office.services.clock.now()
            return lambda machine: machine.session_ended(uri, why, now)

        await self._office.book.act_if(page, choose)

    def _page(self, request: str) -> Page | None:
        """The page; None where it was over lately. Raises RefusalError where there never was such a request."""
        page = self._office.book.page(request)
        if page is None and not self._office.book.was_over(request):
            raise RefusalError(Code.NO_SUCH_REQUEST)
        return page

    def _session(self, connection: "MatchingListener", identifier: str) -> tuple[Page, SessionRecord]:
        """A live session that this account is an end of. Raises RefusalError, the same for every other."""
        page = self._office.book.of_session(identifier)
        session = None if page is None else page.life.session
        mine = connection.identified.person.account
        if page is None or session is None or mine not in {session.user.account, session.helper.account}:
            raise RefusalError(Code.NO_SUCH_SESSION)
        return page, session


def _side(connection: "MatchingListener", session: SessionRecord) -> Side:
    return Side.USER if connection.identified.person.account == session.user.account else Side.HELPER


def _check(step: Step | None) -> None:
    for effect in step.effects if step is not None else ():
        if isinstance(effect, Refuse):
            raise RefusalError(effect.code)
