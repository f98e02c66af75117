"""A leg: one of the relay's addresses, one connection that shows the ticket, what came of it, and what is heard of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from common.host.errors import TasukiError
from common.net.addresses import STAGGER, Claim, Race, first_address
from common.net.connect import connect_websocket
from common.net.proxy_routes import ProxyRoutes
from common.net.tls import OuterTrust
from common.net.websocket import Listener, WebSocket
from common.protocol.messages import Granted
from common.protocol.wire import LEG_PATH, LEG_SUBPROTOCOL


class TicketSpentError(Exception):
    """The ticket was shown, and no leg came of it: it must not be shown again. `problem` says what happened."""

    def __init__(self, problem: TasukiError) -> None:
        super().__init__(problem.code)
        self.problem = problem


class ConnectLeg(Protocol):
    """common.net.connect.connect_websocket, or a test's."""

    def __call__(
        self,
        host: str,
        port: int,
        *,
        target: str,
        subprotocol: str,
        listener: Listener,
        trust: OuterTrust,
        routes: ProxyRoutes,
        headers: list[tuple[str, str]],
        claim: Callable[[], None],
        deadline: float,
    ) -> Coroutine[Any, Any, WebSocket]: ...


async def open_leg(
    granted: Granted,
    *,
    listener: Listener,
    trust: OuterTrust,
    routes: ProxyRoutes,
    deadline: float,
    connect: ConnectLeg = connect_websocket,
    stagger: float = STAGGER,
) -> WebSocket:
    """An open leg, from the first of the grant's addresses with which outer TLS is done, within `deadline` seconds in all.

    How they are tried: common.net.addresses. The ticket travels in the WebSocket's request, after the outer TLS: the first connection that
    is so far sends it, and the others are given up. Raises TicketSpentError where that one fails; DialError where no
    address was reached.
    """
    race = Race()

    def attempt(host: str, port: int, claim: Claim, seconds: float) -> Coroutine[Any, Any, WebSocket]:
        return connect(
            host,
            port,
            target=LEG_PATH,
            subprotocol=LEG_SUBPROTOCOL,
            listener=listener,
            trust=trust,
            routes=routes,
            headers=[("Authorization", f"Bearer {granted.ticket}")],
            claim=claim,
            deadline=seconds,
        )

    try:
        return await first_address(granted.legs, attempt, deadline=deadline, stagger=stagger, race=race)
    except TasukiError as error:
        if race.taken:
            raise TicketSpentError(error) from None
        raise


class LegOwner(Protocol):
    """Who hears of a leg: the session."""

    def leg_opened(self) -> None:
        """It is open."""

    def leg_message(self, payload: str | bytes) -> None:
        """Something came."""

    def leg_closed(self) -> None:
        """It is gone, and nobody here closed it."""

    def leg_paused(self, on: bool) -> None:
        """It takes no more, or takes again."""


class LegListener:
    """One leg's WebSocket listener. Once let go it tells its session nothing more; `gone` says when it is closed."""

    def __init__(self, session: LegOwner) -> None:
        self.ws: WebSocket | None = None
        self.gone = asyncio.Event()
        self._session: LegOwner | None = session

    def let_go(self) -> None:
        """Tell nothing from now on."""
        self._session = None
        if self.ws is None:
            self.gone.set()

    async def part(self, patience: float) -> None:
        """Give what was said last its time to go out, then cut what is left."""
        try:
            async with asyncio.timeout(patience):
                await self.gone.wait()
        except TimeoutError:
            if self.ws is not None:
                self.ws.abort()

    def opened(self, ws: WebSocket) -> None:
        """It is open; where nobody wants it any more it is closed again."""
        self.ws = ws
        if self._session is None:
            ws.close()
        else:
            self._session.leg_opened()

    def message(self, ws: WebSocket, payload: str | bytes) -> None:  # noqa: ARG002
        """Something came."""
        if self._session is not None:
            self._session.leg_message(payload)

    def closed(self, ws: WebSocket, code: int, reason: str) -> None:  # noqa: ARG002
        """It is gone."""
        self.ws = None
        self.gone.set()
        if self._session is not None:
            self._session.leg_closed()

    def paused(self, ws: WebSocket) -> None:  # noqa: ARG002
        """It takes no more."""
        if self._session is not None:
            self._session.leg_paused(True)

    def resumed(self, ws: WebSocket) -> None:  # noqa: ARG002
        """It takes again."""
        if self._session is not None:
            self._session.leg_paused(False)
