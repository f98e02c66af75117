"""One HTTP request to the relay over dialling and outer TLS: JSON there and back. For enrolment and renewal; nothing is kept open.

h11 reads the answer; sizes and the whole time are bounded.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import h11
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.tls import BufferingTLSTransport
from twisted.python.failure import Failure

from common.host.sentences import marked
from common.host.words import _
from common.net.connect import open_tls
from common.net.dial import dial
from common.net.proxy_logins import ProxyLogins
from common.net.proxy_routes import DIRECT, ProxyRoutes, first_route
from common.net.tls import OuterTrust
from common.protocol.enrolment import format_address
from common.protocol.proxies import ProxyRoute

REQUEST_DEADLINE: Final = 30.0  # seconds, for dialling, TLS, request and answer together
ANSWER_LIMIT: Final = 256 * 1024
"""An answer's body of more bytes is refused."""
_HEAD_LIMIT: Final = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """What came back. `date` is the Date header's text, empty where there was none."""

    status: int
    date: str
    body: bytes


class _BadAnswerError(Exception):
    """Not an HTTP answer, too much of it, or the connection ended inside it: its text says which, in English."""


class _Exchange(Protocol):
    """Sends the request, collects the answer; `answer` is done with it, or with a _BadAnswerError."""

    def __init__(self, request: h11.Request, body: bytes, claim: Callable[[], None]) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self._request = request
        self._body = body
        self._claim = claim
        self._status = 0
        self._date = ""
        self._received = bytearray()
        self.answer: asyncio.Future[HttpAnswer] = asyncio.get_running_loop().create_future()

    def connectionMade(self) -> None:
        try:
            self._claim()
        except Exception as error:  # noqa: BLE001  # whatever forbids the request: whoever waits for the answer hears it
            self.answer.set_exception(error)
            return
        parts = (self._request, h11.Data(self._body), h11.EndOfMessage())
        transport = cast("ITransport", self.transport)
        transport.write(b"".join(self._http.send(part) or b"" for part in parts))

    def dataReceived(self, data: bytes) -> None:
        self._read(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002 -- Twisted's signature
        if not self.answer.done():
            self._read(b"")
        if not self.answer.done():
            self.answer.set_exception(_BadAnswerError(marked("the connection was cut")))

    def give_up(self) -> None:
        """Nobody waits for the answer any more: cut the connection, whatever became of it."""
        if not self.answer.cancel() and not self.answer.cancelled():
            self.answer.exception()  # seen, so that nobody reports it
        if self.transport is not None:
            cast("BufferingTLSTransport", self.transport).abortConnection()  # type: ignore[no-untyped-call]

    def _read(self, data: bytes) -> None:
        if self.answer.done():
            return
        try:
            self._http.receive_data(data)
            while True:
                event = self._http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    return
                if isinstance(event, h11.Response):
                    self._status = event.status_code
                    self._date = next((value.decode("latin-1") for name, value in event.headers if name == b"date"), "")
                elif isinstance(event, h11.Data):
                    self._received += event.data
                    if len(self._received) > ANSWER_LIMIT:
                        raise _BadAnswerError(marked("it is too large"))  # noqa: TRY301  (caught with h11's own)
                elif isinstance(event, h11.EndOfMessage):
                    self.answer.set_result(HttpAnswer(status=self._status, date=self._date, body=bytes(self._received)))
                    return
                elif isinstance(event, h11.ConnectionClosed):
                    return
        except _BadAnswerError as error:
            self.answer.set_exception(error)
        except h11.RemoteProtocolError:
            text = marked("its answer cannot be understood") if data else marked("the connection was cut")
            self.answer.set_exception(_BadAnswerError(text))


async def post_json(
    host: str,
    port: int,
    *,
    target: str,
    body: bytes,
    trust: OuterTrust,
    routes: ProxyRoutes = DIRECT,
    claim: Callable[[], None] = lambda: None,
    deadline: float = REQUEST_DEADLINE,
) -> HttpAnswer:
    """POST `body` (JSON) to `target`. `claim` is called before it is sent: what it raises is raised instead. `deadline` is seconds for everything. Raises DialError, also for a broken answer."""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    request = h11.Request(method="POST", target=target, headers=_headers(host, port, headers))
    return await _carry_out(request, body, host, port, trust=trust, routes=routes, claim=claim, deadline=deadline)


async def get_json(
    host: str,
    port: int,
    *,
    target: str,
    trust: OuterTrust,
    routes: ProxyRoutes = DIRECT,
    claim: Callable[[], None] = lambda: None,
    deadline: float = REQUEST_DEADLINE,
) -> HttpAnswer:
    """GET `target`. `deadline` is seconds for everything. Raises DialError, also for a broken answer."""
    request = h11.Request(method="GET", target=target, headers=_headers(host, port, []))
    return await _carry_out(request, b"", host, port, trust=trust, routes=routes, claim=claim, deadline=deadline)


def _headers(host: str, port: int, more: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("Host", format_address(host, port)), ("Accept", "application/json"), ("Connection", "close"), *more]


async def _carry_out(
    request: h11.Request,
    body: bytes,
    host: str,
    port: int,
    *,
    trust: OuterTrust,
    routes: ProxyRoutes,
    claim: Callable[[], None],
    deadline: float,
) -> HttpAnswer:
    async def attempt(route: ProxyRoute, seconds: float) -> HttpAnswer:
        exchange = _Exchange(request, body, claim)
        try:
            return await _exchange(
                exchange, host, port, trust=trust, route=route, logins=routes.logins, deadline=seconds
            )
        finally:
            exchange.give_up()

    return await first_route(routes, host, port, attempt, deadline=deadline)


async def _exchange(
    exchange: _Exchange,
    host: str,
    port: int,
    *,
    trust: OuterTrust,
    route: ProxyRoute,
    logins: ProxyLogins,
    deadline: float,
) -> HttpAnswer:
    loop = asyncio.get_running_loop()
    ends = loop.time() + deadline
    dialled = await dial(host, port, proxy=route, logins=logins, deadline=deadline)
    await open_tls(dialled, trust, exchange, deadline=max(ends - loop.time(), 0.01))
    try:
        async with asyncio.timeout_at(ends):
            return await exchange.answer
    except (TimeoutError, _BadAnswerError) as error:
        detail = _(str(error)) if isinstance(error, _BadAnswerError) else _("no answer in time")
        address = format_address(host, port)
        raise dialled.story.error("relay_answer_broken", address=address, detail=detail) from error
