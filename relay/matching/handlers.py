"""What is done with each message of an agent that has identified itself."""

from typing import assert_never

import structlog

from common.protocol.identity import Role
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
from common.protocol.reasons import VAGUE, Why
from common.protocol.sayers import MAY_SAY
from common.protocol.tickets import new_id
from relay.core import requests
from relay.core.availability import Availability
from relay.core.life import RELAY, Life, Refuse, Transition
from relay.core.permissions import check_target, may_take, named
from relay.core.records import RequestState, SessionRecord
from relay.core.request_inputs import Input
from relay.core.storing import StoreUnavailableError, WriteRefusedError
from relay.core.tickets import Side
from relay.core.token_bucket import TokenBucket
from relay.matching.hub import Hub
from relay.matching.open_requests import KnownRequestError, OpenRequest
from relay.matching.ports import AgentConnection

log = structlog.get_logger()


class MessageRefusedError(Exception):
    """Answer with `error{code}`."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


class Handlers:
    """A method for each kind of message."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._services = hub.services
        self._open_requests = hub.open_requests
        self._rates: dict[str, TokenBucket] = {}

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
        for_helpers = isinstance(message, Accept | Decline | Transfer | SetStatus)
        for_users = isinstance(message, Request | Cancel | Active)
        if (for_helpers and not connection.is_helper) or (for_users and connection.is_helper):
            raise MessageRefusedError(Code.NOT_ALLOWED)
        match message:
            case Watch():
                self._hub.watch(connection, message.on)
            case SetStatus():
                account = connection.identified.account.identifier
                self._hub.helper_presence.change(account, lambda availability: availability.says(message.status))
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
        self._count_request(user.account)
        code = check_target(message.to, self._services.directory)
        if code is not None:
            raise MessageRefusedError(code)
        if len(self._open_requests) >= self._services.limits.open_requests:
            raise MessageRefusedError(Code.TOO_MANY)
        other = self._open_requests.of_user(user.account)
        if other is not None:
            await self._replace(connection, other)
        if self._open_requests.of_user(user.account) is not None:
            raise MessageRefusedError(Code.OPEN_REQUEST)
        asked = requests.ask(user=user, message=message, now=self._services.clock.now())
        try:
            await self._open_requests.open(asked, bound=connection)
        except KnownRequestError as error:
            if error.record.user.account != user.account:
                raise MessageRefusedError(Code.NOT_ALLOWED) from None
            connection.send(Over(request=message.request, why=error.record.why or Why.FAILED))

    async def _take_up(self, connection: AgentConnection, request: OpenRequest, message: Request) -> None:
        user = connection.identified.participant
        if request.life.request.user.account != user.account:
            raise MessageRefusedError(Code.NOT_ALLOWED)
        again, request.bound = request.bound is connection, connection
        if request.life.request.user.certificate != user.certificate:  # only its agent knows a request's identifier
            now = self._services.clock.now()
            await self._open_requests.apply(request, lambda machine: machine.renewed(user, now))
        await self._reword(connection, request, message.topic)
        if again and request.life.request.state is RequestState.GRANTED:
            return  # its new words have crossed the grant
        limit = self._services.limits.tickets_per_session
        _check(await self._open_requests.apply(request, lambda machine: machine.asked_again(limit)))

    async def _reword(self, connection: AgentConnection, request: OpenRequest, topic: str) -> None:
        """The same request about something else. Where that comes too often, the words stay and only they are refused."""
        record = request.life.request
        if record.state is not RequestState.WAITING or record.topic == topic:
            return
        try:
            self._count_request(record.user.account)
        except MessageRefusedError as refused:
            connection.send(Error(about="topic", code=refused.code, request=record.identifier))
            return
        now = self._services.clock.now()
        await self._open_requests.apply(request, lambda machine: machine.reworded(topic, now))

    async def _replace(self, connection: AgentConnection, request: OpenRequest) -> None:
        """An agent that was started anew knows nothing of its old request, which nobody waits for then."""

        def choose(life: Life) -> Input | None:
            mine = life.request.user.certificate == connection.identified.participant.certificate
            spliced = life.session is not None and life.session.spliced_at is not None
            running = life.request.state is RequestState.ACTIVE or life.cut is not None or spliced
            if not mine or request.bound is not None or running:
                return None
            now = self._services.clock.now()
            return lambda machine: machine.ended(RELAY, Why.REPLACED, now)

        await self._open_requests.apply_if(request, choose)

    def _count_request(self, account: str) -> None:
        now = self._services.clock.monotonic()
        if account not in self._rates:
            if len(self._rates) > 1000:
                self._rates = {key: rate for key, rate in self._rates.items() if not rate.idle(now)}
            self._rates[account] = TokenBucket(count=self._services.limits.requests_per_minute, seconds=60)
        if not self._rates[account].allow(now):
            raise MessageRefusedError(Code.TOO_MANY)

    async def _cancel(self, connection: AgentConnection, message: Cancel) -> None:
        request = self._find(message.request)
        if request is None:
            return
        if request.life.request.user.account != connection.identified.participant.account:
            raise MessageRefusedError(Code.NOT_ALLOWED)
        now = self._services.clock.now()
        await self._open_requests.apply(request, lambda machine: machine.cancelled(now))

    # helpers

    async def _accept(self, connection: AgentConnection, message: Accept) -> None:
        who = connection.identified
        request = self._find(message.request)
        if request is None:
            raise MessageRefusedError(Code.TOO_LATE)
        session = new_id(self._services.random)

        def choose(life: Life) -> Input | None:
            if life.session is not None and life.session.helper.certificate == who.participant.certificate:
                return None  # said twice
            if life.request.state is RequestState.WAITING:
                if not may_take(who.account, life.request, self._services.directory):
                    raise MessageRefusedError(Code.NOT_ALLOWED)
                if len(self._hub.sessions_of(who.account.identifier)) >= self._services.limits.helper_sessions:
                    raise MessageRefusedError(Code.TOO_MANY)
            now = self._services.clock.now()
            return lambda machine: machine.accepted(who.participant, session, now)

        self._hub.helper_presence.change(who.account.identifier, Availability.answered)
        _check(await self._open_requests.apply_if(request, choose, required=True))

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
            if not named(life.request) and self._hub.others_left(life.request, who.account.identifier):
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
        code = check_target(message.to, self._services.directory)
        if code is not None:
            raise MessageRefusedError(code)

        def choose(life: Life) -> Input:
            if life.session is None or life.session.helper.account != helper.account:
                raise MessageRefusedError(Code.NOT_ALLOWED)
            now = self._services.clock.now()
            return lambda machine: machine.transferred(helper, message.to, message.note, now)

        _check(await self._open_requests.apply_if(request, choose, required=True))
        if request.bound is None:  # the user's agent was lost during the session: held as for any other that went away
            now = self._services.clock.now()
            await self._open_requests.apply(request, lambda machine: machine.user_left(now))

    # both

    async def _ticket(self, connection: AgentConnection, message: Ticket) -> None:
        request, session = self._session(connection, message.session)
        side = _side(connection, session)
        limit = self._services.limits.tickets_per_session
        _check(await self._open_requests.apply(request, lambda machine: machine.ticket_wanted(side, limit)))

    async def _active(self, connection: AgentConnection, message: Active) -> None:
        request, _ = self._session(connection, message.session)

        def choose(life: Life) -> Input:
            if life.session is not None and life.session.spliced_at is None:
                raise MessageRefusedError(Code.NOT_NOW)  # without legs there was no HELLO
            now = self._services.clock.now()
            return lambda machine: machine.activated(now)

        await self._open_requests.apply_if(request, choose)

    async def _end(self, connection: AgentConnection, message: End) -> None:
        try:
            request, session = self._session(connection, message.session)
        except MessageRefusedError:
            return  # both sides say it, one of them is late
        role = Role.USER if _side(connection, session) is Side.USER else Role.HELPER
        # In somebody else's name it is not recorded, and told to nobody: what happened is a breach. The log has whose.
        why = message.why if message.why in MAY_SAY[role] else Why.PROTOCOL
        uri = connection.identified.participant.uri

        def choose(life: Life) -> Input | None:
            another = life.session is None or life.session.identifier != message.session
            if another:
                return None
            now = self._services.clock.now()
            if why in VAGUE:
                return lambda machine: machine.parted(uri, why, now)
            return lambda machine: machine.session_ended(uri, why, now)

        await self._open_requests.apply_if(request, choose)

    def _find(self, identifier: str) -> OpenRequest | None:
        """The request; None where it was over lately. Raises MessageRefusedError where there never was such a request."""
        request = self._open_requests.find(identifier)
        if request is None and not self._open_requests.was_over(identifier):
            raise MessageRefusedError(Code.NO_SUCH_REQUEST)
        return request

    def _session(self, connection: AgentConnection, identifier: str) -> tuple[OpenRequest, SessionRecord]:
        """A live session that this account is an end of. Raises MessageRefusedError, the same for every other."""
        request = self._open_requests.of_session(identifier)
        session = None if request is None else request.life.session
        mine = connection.identified.participant.account
        if request is None or session is None or mine not in {session.user.account, session.helper.account}:
            raise MessageRefusedError(Code.NO_SUCH_SESSION)
        return request, session


def _side(connection: AgentConnection, session: SessionRecord) -> Side:
    return Side.USER if connection.identified.participant.account == session.user.account else Side.HELPER


def _check(transition: Transition | None) -> None:
    for effect in transition.effects if transition is not None else ():
        if isinstance(effect, Refuse):
            raise MessageRefusedError(effect.code)
