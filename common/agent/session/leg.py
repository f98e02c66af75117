"""A leg: one of the relay's addresses, one connection that shows the ticket, what came of it, and what is heard of it."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol, TypeAlias

from common.host.errors import TasukiError
from common.net.connect import connect_websocket
from common.net.tls import OuterTrust
from common.net.websocket import Listener, WebSocket
from common.protocol.messages import Granted
from common.protocol.proxies import ProxyUrl
from common.protocol.wire import LEG_PATH, LEG_SUBPROTOCOL

STAGGER: Final = 2.0  # seconds until the next address is tried beside those under way

ChooseProxy: TypeAlias = Callable[[str, int], ProxyUrl | None]


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
        proxy: ProxyUrl | None,
        headers: list[tuple[str, str]],
        claim: Callable[[], None],
        deadline: float,
    ) -> Coroutine[Any, Any, WebSocket]: ...


async def open_leg(
    granted: Granted,
    *,
    listener: Listener,
    trust: OuterTrust,
    proxy: ChooseProxy,
    deadline: float,
    connect: ConnectLeg = connect_websocket,
    stagger: float = STAGGER,
) -> WebSocket:
    """An open leg, from the first of the grant's addresses with which outer TLS is done, within `deadline` seconds in all.

    The next address is tried when one has failed, and beside it after `stagger` seconds: some networks drop what goes to
    a port without a word. The ticket travels in the WebSocket's request, after the outer TLS: the first connection that
    is so far sends it, and the others are given up. Raises TicketSpentError where that one fails; DialError where no
    address was reached.
    """
    race = _Race()
    running: dict[asyncio.Task[WebSocket], object] = {}
    waiting = list(granted.legs)
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    failed: TasukiError = TasukiError("relay_unreachable", address="", detail="no address")
    try:
        while running or (waiting and not race.taken and loop.time() < end):
            if waiting and not race.taken:
                host, port = waiting.pop(0)
                runner = object()
                dialling = connect(
                    host,
                    port,
                    target=LEG_PATH,
                    subprotocol=LEG_SUBPROTOCOL,
                    listener=listener,
                    trust=trust,
                    proxy=proxy(host, port),
                    headers=[("Authorization", f"Bearer {granted.ticket}")],
                    claim=functools.partial(race.claim, runner),
                    deadline=end - loop.time(),
                )
                running[asyncio.ensure_future(dialling)] = runner
            done, _ = await asyncio.wait(
                running, timeout=stagger if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                runner = running.pop(task)
                try:
                    return await task
                except _OvertakenError:
                    continue
                except TasukiError as error:
                    if race.taken is runner:
                        raise TicketSpentError(error) from None
                    failed = error
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    raise failed


class _OvertakenError(Exception):
    """Another connection shows the ticket."""


class _Race:
    """Who has the ticket: the first that claims it, for ever."""

    def __init__(self) -> None:
        self.taken: object = None

    def claim(self, runner: object) -> None:
        """Raises _OvertakenError for every claim but the first."""
        if self.taken is not None:
            raise _OvertakenError
        self.taken = runner


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
