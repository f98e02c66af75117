"""What is done with messages about a session: its tickets, that it runs, and that it is over."""

from common.protocol.identity import Role
from common.protocol.messages import Active, Code, End, Feature, ModeNow, Recorded, Ticket
from common.protocol.reasons import VAGUE, Why
from common.protocol.sayers import MAY_SAY
from relay.core import request_ends
from relay.core.life import Life
from relay.core.records import SessionRecord
from relay.core.request_inputs import Input
from relay.core.tickets import Side
from relay.matching.hub import Hub
from relay.matching.open_requests import OpenRequest
from relay.matching.ports import AgentConnection
from relay.matching.refusing import MessageRefusedError, Rates, check


class SessionHandlers:
    """A method for each kind of message."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._services = hub.services
        self._open_requests = hub.open_requests
        self._ticket_rates = Rates(hub.services, count=hub.services.limits.tickets_per_minute)
        self._mode_rates = Rates(hub.services, count=hub.services.limits.modes_per_minute)

    async def ticket(self, connection: AgentConnection, message: Ticket) -> None:
        """Another ticket for this side. Raises MessageRefusedError."""
        request, session = self._session(connection, message.session)
        who, side = connection.identified.participant, _side(connection, session)
        self._ticket_rates.count(who.account)
        limits, now = self._hub.ticket_limits, self._services.clock.now()
        if who.certificate not in {session.user.certificate, session.helper.certificate}:
            # Only its agent knows a session's name: it has renewed its certificate meanwhile.
            await self._open_requests.apply(request, lambda machine: machine.renewed(who, now))

        def choose(life: Life) -> Input | None:
            if life.session is None or life.session.identifier != message.session:
                raise MessageRefusedError(Code.NO_SUCH_SESSION)
            return lambda machine: machine.ticket_wanted(side, limits, now)

        check(await self._open_requests.apply_if(request, choose))

    async def active(self, connection: AgentConnection, message: Active) -> None:
        """Both HELLOs were exchanged. Raises MessageRefusedError."""
        request, _ = self._session(connection, message.session)

        def choose(life: Life) -> Input:
            if life.session is not None and life.session.spliced_at is None:
                raise MessageRefusedError(Code.NOT_NOW)  # without legs there was no HELLO
            now = self._services.clock.now()
            return lambda machine: machine.activated(now)

        check(await self._open_requests.apply_if(request, choose))
        connection.look()

    async def mode(self, connection: AgentConnection, message: ModeNow) -> None:
        """Which mode the session has now, by the side that decides it: it is written down, and both people hear that. Raises MessageRefusedError."""
        request, session = self._session(connection, message.session)
        self._mode_rates.count(connection.identified.participant.account)

        def choose(life: Life) -> Input | None:
            if life.session is None or life.session.identifier != message.session:
                raise MessageRefusedError(Code.NO_SUCH_SESSION)
            now = self._services.clock.now()
            return lambda machine: machine.mode_said(message.mode, now)

        transition = await self._open_requests.apply_if(request, choose)
        check(transition)
        changed = transition is not None and bool(transition.entries)
        told = (session.user, session.helper) if changed else (session.user,)
        for person in told:
            there = self._hub.connections.of(person.certificate)
            if there is not None and Feature.RECORD in there.features:
                there.send(Recorded(session=message.session, mode=message.mode))

    async def end(self, connection: AgentConnection, message: End) -> None:
        """It is over, by what this side knows. Raises MessageRefusedError."""
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
            if request_ends.goes_back(life, why, now, features=request.features or ()):
                return lambda machine: machine.put_back(uri, why, now)
            return lambda machine: machine.session_ended(uri, why, now)

        await self._open_requests.apply_if(request, choose)

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
