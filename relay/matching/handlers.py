"""What is done with each message of an agent that has identified itself."""

from datetime import datetime
from typing import assert_never

import structlog

from common.protocol.messages import (
    Accept,
    Active,
    Cancel,
    Code,
    Decline,
    End,
    Error,
    Feature,
    FromAgent,
    Here,
    Identify,
    Mode,
    ModeNow,
    Next,
    Over,
    Request,
    SetStatus,
    Ticket,
    To,
    ToGroup,
    ToHelper,
    Transfer,
    Watch,
    Yours,
)
from common.protocol.reasons import Why
from common.protocol.tickets import new_id
from relay.core import requests
from relay.core.availability import Availability
from relay.core.life import RELAY, Life
from relay.core.permissions import check_target, may_take, most_of, named
from relay.core.records import Participant, RequestState
from relay.core.request_inputs import Input
from relay.core.storing import StoreUnavailableError, WriteRefusedError
from relay.matching.hub import Hub
from relay.matching.open_requests import KnownRequestError, OpenRequest
from relay.matching.ports import AgentConnection
from relay.matching.queue_list import entry_of
from relay.matching.refusing import MessageRefusedError, Rates, check
from relay.matching.session_handlers import SessionHandlers

log = structlog.get_logger()


PASSED_OVER = frozenset({Code.TOO_LATE, Code.NOT_ALLOWED, Code.NOT_NOW, Code.USER_AWAY})
"""Whom a helper who takes the next one cannot take: then it is the one behind."""


class Handlers:
    """A method for each kind of message."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._services = hub.services
        self._open_requests = hub.open_requests
        limits = hub.services.limits
        self._request_rates = Rates(hub.services, count=limits.requests_per_minute)
        self._sessions = SessionHandlers(hub)

    async def handle(self, connection: AgentConnection, message: FromAgent) -> None:
        """Do what it wants; what cannot be is answered with `error`. Messages of one connection come one at a time."""
        try:
            await self._handle(connection, message)
        except MessageRefusedError as refused:
            connection.refuse(message, refused.code)
        except StoreUnavailableError:
            connection.refuse(message, Code.BUSY)
        except WriteRefusedError as error:
            log.warning("message_not_kept", message=str(message.__struct_config__.tag), fault=str(error))
            connection.refuse(message, Code.MALFORMED)

    async def _handle(self, connection: AgentConnection, message: FromAgent) -> None:
        for_helpers = isinstance(message, Accept | Next | Decline | Transfer | SetStatus)
        for_users = isinstance(message, Request | Cancel | Here | Active | ModeNow)
        if (for_helpers and not connection.is_helper) or (for_users and connection.is_helper):
            raise MessageRefusedError(Code.NOT_ALLOWED)
        match message:
            case Watch():
                self._hub.watch(connection, message.on)
            case SetStatus():
                account = connection.identified.account.identifier
                self._hub.helper_presence.change(account, lambda availability: availability.says(message.status))
                connection.look()
            case Request():
                await self._request(connection, message)
            case Cancel():
                await self._cancel(connection, message)
            case Accept():
                await self._accept(connection, message)
            case Next():
                await self._next(connection)
            case Decline():
                await self._decline(connection, message)
            case Transfer():
                await self._transfer(connection, message)
            case Ticket():
                await self._sessions.ticket(connection, message)
            case Active():
                await self._sessions.active(connection, message)
            case ModeNow():
                await self._sessions.mode(connection, message)
            case End():
                await self._sessions.end(connection, message)
            case Here():
                await self._here(connection, message)
            case Identify():
                raise MessageRefusedError(Code.NOT_NOW)
            case _:
                assert_never(message)

    # users

    async def _request(self, connection: AgentConnection, message: Request) -> None:
        user = connection.identified.participant
        known = self._open_requests.find(message.request)
        if known is not None:
            await self._take_up(connection, known, message)
            return
        self._request_rates.count(user.account)
        code = check_target(message.to, user.account, self._services.directory)
        if code is not None:
            raise MessageRefusedError(code)
        self._check_most(connection, message)
        now = self._services.clock.now()
        until = self._call_back_until(now) if message.call_back else None
        others = len(self._open_requests) - self._open_requests.call_backs
        if until is None and others >= self._services.limits.open_requests:
            raise MessageRefusedError(Code.TOO_MANY)
        asked = requests.ask(user=user, message=message, now=now, call_back_until=until)
        try:
            await self._make_room(connection, message.request)
            await self._open_requests.open(asked, bound=connection, called=self._called(message.to))
            connection.look()
        except KnownRequestError as error:
            if error.record.user.account != user.account:
                raise MessageRefusedError(Code.NOT_ALLOWED) from None
            connection.send(Over(request=message.request, why=error.record.why or Why.FAILED))

    async def _take_up(self, connection: AgentConnection, request: OpenRequest, message: Request) -> None:
        user = connection.identified.participant
        if request.life.request.user.account != user.account:
            raise MessageRefusedError(Code.NOT_ALLOWED)
        renewed = (
            request.life.request.user.certificate != user.certificate
        )  # only its agent knows a request's identifier
        if renewed:
            self._request_rates.count(
                user.account
            )  # it is written; the same again from the same agent is not, and tells nobody
        again = request.bound is connection
        request.bind(connection)
        if renewed:
            now = self._services.clock.now()
            await self._open_requests.apply(request, lambda machine: machine.renewed(user, now))
        await self._reword(connection, request, message.topic)
        if message.call_back:
            await self._leave_as_call_back(request)
        if again and request.life.request.state is RequestState.GRANTED:
            return  # its new words have crossed the grant
        if not again and await self._is_here(request):
            return
        check(await self._open_requests.apply(request, lambda machine: machine.asked_again()))
        connection.look()

    async def _leave_as_call_back(self, request: OpenRequest) -> None:
        """Once: how long it stays counts from when it was left."""
        now = self._services.clock.now()
        until = self._call_back_until(now)

        def choose(life: Life) -> Input | None:
            left = life.request.call_back_until is not None or life.request.state is not RequestState.WAITING
            return None if left or until is None else lambda machine: machine.left_as_call_back(until, now)

        await self._open_requests.apply_if(request, choose)

    def _called(self, to: To) -> str:
        """The name that the list shows of the helper who is named; of one who is not there, the one of the newest certificate."""
        helper = self._services.directory.helper(to.uri) if isinstance(to, ToHelper) else None
        return "" if helper is None else self._hub.helper_presence.name(helper.identifier) or helper.name

    def _call_back_until(self, now: datetime) -> datetime | None:
        """None where none can be left, or none more: then it is a request as any other."""
        full = self._open_requests.call_backs >= self._services.limits.call_backs
        return None if full else self._hub.desk.call_back_until(now)

    async def _reword(self, connection: AgentConnection, request: OpenRequest, topic: str) -> None:
        """The same request about something else. Where that comes too often, the words stay and only they are refused."""
        record = request.life.request
        if record.state is not RequestState.WAITING or record.topic == topic:
            return
        try:
            self._request_rates.count(record.user.account)
        except MessageRefusedError as refused:
            connection.send(Error(about="topic", code=refused.code, request=record.identifier))
            return
        now = self._services.clock.now()
        await self._open_requests.apply(request, lambda machine: machine.reworded(topic, now))

    async def _make_room(self, connection: AgentConnection, identifier: str) -> None:
        """One for each person. What is sent again and was over long ago (a call back of another computer's) takes no place."""
        account = connection.identified.participant.account
        other = self._open_requests.of_user(account)
        if other is None:
            return
        await self._open_requests.check_new(identifier)
        await self._replace(connection, other)
        if self._open_requests.of_user(account) is not None:
            raise MessageRefusedError(Code.OPEN_REQUEST)

    async def _replace(self, connection: AgentConnection, request: OpenRequest) -> None:
        """An agent that was started anew knows nothing of its old request, which nobody waits for then."""

        def choose(life: Life) -> Input | None:
            mine = life.request.user.certificate == connection.identified.participant.certificate
            mine = mine or life.request.call_back_until is not None  # left on another computer, perhaps for days
            spliced = life.session is not None and life.session.spliced_at is not None
            running = life.request.state is RequestState.ACTIVE or life.cut is not None or spliced
            if not mine or request.bound is not None or running:
                return None
            now = self._services.clock.now()
            return lambda machine: machine.ended(RELAY, Why.REPLACED, now)

        await self._open_requests.apply_if(request, choose)

    async def _cancel(self, connection: AgentConnection, message: Cancel) -> None:
        request = self._find(message.request)
        if request is None:
            return
        if request.life.request.user.account != connection.identified.participant.account:
            raise MessageRefusedError(Code.NOT_ALLOWED)
        now = self._services.clock.now()
        await self._open_requests.apply(request, lambda machine: machine.cancelled(now))

    async def _here(self, connection: AgentConnection, message: Here) -> None:
        request = self._find(message.request)
        if request is None:
            return
        if request.life.request.user.account != connection.identified.participant.account:
            raise MessageRefusedError(Code.NOT_ALLOWED)
        if request.bound is connection:  # else that is not where the request is
            await self._is_here(request)

    async def _is_here(self, request: OpenRequest) -> bool:
        """Its user's agent is there: whoever wants it has it. False where nobody did."""

        def choose(life: Life) -> Input | None:
            if life.probed is None:
                return None
            helper, now = life.probed.helper, self._services.clock.now()
            resumable, most = self._is_resumable(request, helper), self._most(request, helper)
            return lambda machine: machine.here(resumable, now, most=most)

        probed = request.life.probed
        try:
            return await self._open_requests.apply_if(request, choose, required=True) is not None
        except StoreUnavailableError:
            if probed is None:
                raise
            await self._open_requests.apply(request, lambda machine: machine.withdrawn(probed.helper.account))
            self._hub.connections.send(
                probed.helper, Error(about=_tag(Accept), code=Code.BUSY, request=request.identifier)
            )
            return False

    def _is_resumable(self, request: OpenRequest, helper: Participant) -> bool:
        """Whether both agents can take a session up again whose legs were lost."""
        connection = self._hub.connections.of(helper.certificate)
        theirs = connection.features if connection is not None else frozenset[str]()
        return Feature.RESUME in theirs and Feature.RESUME in (request.features or ())

    def _most(self, request: OpenRequest, helper: Participant) -> Mode:
        """What a session may begin with. Of an agent that knows nothing of it, both sides have to hear the mode that it asked with."""
        if Feature.MOST not in (request.features or ()):
            return Mode.CONTROL
        return most_of(request.life.request.to, helper.account, self._services.directory)

    def _check_most(self, connection: AgentConnection, message: Request) -> None:
        """Who asks for control where only looking may be allowed, with an agent that would not keep to that. Raises MessageRefusedError."""
        to, directory = message.to, self._services.directory
        helper = directory.helper(to.uri) if isinstance(to, ToHelper) else None
        known = isinstance(to, ToGroup) or helper is not None
        most = most_of(to, helper.identifier if helper is not None else "", directory) if known else Mode.CONTROL
        if message.mode is Mode.CONTROL and most is Mode.VIEW and Feature.MOST not in connection.features:
            raise MessageRefusedError(Code.NOT_ALLOWED)

    # helpers

    async def _accept(self, connection: AgentConnection, message: Accept) -> None:
        who = connection.identified
        request = self._find(message.request)
        if request is None:
            raise MessageRefusedError(Code.TOO_LATE)
        self._hub.helper_presence.change(who.account.identifier, Availability.answered)
        await self._take(connection, request)

    async def _next(self, connection: AgentConnection) -> None:
        """Whoever has waited longest, or the one behind, where another helper was faster: what two say at once takes two requests."""
        self._hub.helper_presence.change(connection.identified.account.identifier, Availability.answered)
        for record in self._hub.visible(connection):
            request = self._open_requests.find(record.identifier)
            if request is None:
                continue
            try:
                await self._take(connection, request, as_next=True)
            except MessageRefusedError as refused:
                if refused.code in PASSED_OVER:
                    continue
                raise
            except StoreUnavailableError:
                connection.refuse(Accept(request=record.identifier), Code.BUSY)
            return
        raise MessageRefusedError(Code.NOBODY_WAITS)

    async def _take(self, connection: AgentConnection, request: OpenRequest, *, as_next: bool = False) -> None:
        """The helper has it, once its user has answered. `as_next`: the helper hears which it is, just before. Raises MessageRefusedError, StoreUnavailableError."""
        who, session = connection.identified, new_id(self._services.random)

        def choose(life: Life) -> Input | None:
            if as_next and (life.request.state is not RequestState.WAITING or life.probed or life.unreachable):
                raise MessageRefusedError(Code.TOO_LATE)
            taker = (
                life.session.helper
                if life.session is not None
                else life.probed.helper
                if life.probed is not None
                else None
            )
            if taker is not None and taker.certificate == who.participant.certificate:
                return None  # said twice
            if life.request.state is RequestState.WAITING:
                if not may_take(who.account, life.request, self._services.directory):
                    raise MessageRefusedError(Code.NOT_ALLOWED)
                if request.called not in {"", who.participant.name}:
                    raise MessageRefusedError(
                        Code.NOT_ALLOWED
                    )  # its user's agent would find another name in the certificate
                if who.account.identifier in life.not_now:
                    raise MessageRefusedError(Code.NOT_NOW)
                if life.request.call_back_until is not None and request.bound is None:
                    raise MessageRefusedError(Code.USER_AWAY)
                if self._held(who.account.identifier) >= self._services.limits.helper_sessions:
                    raise MessageRefusedError(Code.TOO_MANY)
            if as_next:
                self._hub.connections.send(who.participant, Yours(entry=entry_of(life.request)))
            now = self._services.clock.now()
            if request.features is None or Feature.HERE in request.features:
                return lambda machine: machine.wanted(who.participant, session, now)
            resumable, most = self._is_resumable(request, who.participant), self._most(request, who.participant)
            return lambda machine: machine.accepted(who.participant, session, resumable, now, most=most)

        check(await self._open_requests.apply_if(request, choose, required=True))
        if self._hub.connections.of(who.participant.certificate) is None:  # gone meanwhile
            await self._open_requests.withdraw(request, who.participant.certificate)

    def _held(self, account: str) -> int:
        """How many sessions this helper has, and will have once their users have answered."""
        return len(self._hub.sessions_of(account)) + len(self._open_requests.probed_by(account))

    async def _decline(self, connection: AgentConnection, message: Decline) -> None:
        who = connection.identified
        request = self._find(message.request)
        if request is None:
            return
        note = message.why

        def choose(life: Life) -> Input | None:
            if life.request.state is not RequestState.WAITING or who.account.identifier in life.request.declined:
                return None
            if not may_take(who.account, life.request, self._services.directory):
                raise MessageRefusedError(Code.NOT_ALLOWED)
            now = self._services.clock.now()
            stays = life.request.call_back_until is not None  # for those who come tomorrow
            others = stays or self._hub.others_left(life.request, who.account.identifier)
            if not named(life.request) and others:
                return lambda machine: machine.declined(who.participant, now)
            return lambda machine: machine.declined_by_all(who.participant.uri, note, now)

        self._hub.helper_presence.change(who.account.identifier, Availability.answered)
        await self._open_requests.apply_if(request, choose)

    async def _transfer(self, connection: AgentConnection, message: Transfer) -> None:
        helper = connection.identified.participant
        request = self._find(message.request)
        if request is None:
            raise MessageRefusedError(Code.TOO_LATE)
        if isinstance(message.to, ToHelper) and message.to.uri == helper.uri:
            raise MessageRefusedError(Code.NOT_ALLOWED)
        code = check_target(message.to, request.life.request.user.account, self._services.directory)
        if code is not None:
            raise MessageRefusedError(Code.NOT_FOR_USER if code is Code.NOT_ALLOWED else code)

        def choose(life: Life) -> Input:
            if life.session is None or life.session.helper.account != helper.account:
                raise MessageRefusedError(Code.NOT_ALLOWED)
            now = self._services.clock.now()
            return lambda machine: machine.transferred(helper, message.to, message.note, now)

        check(await self._open_requests.apply_if(request, choose, required=True))

    # both

    def _find(self, identifier: str) -> OpenRequest | None:
        """The request; None where it was over lately. Raises MessageRefusedError where there never was such a request."""
        request = self._open_requests.find(identifier)
        if request is None and not self._open_requests.was_over(identifier):
            raise MessageRefusedError(Code.NO_SUCH_REQUEST)
        return request


def _tag(kind: type[FromAgent]) -> str:
    return str(kind.__struct_config__.tag)
