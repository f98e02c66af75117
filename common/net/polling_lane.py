"""One HTTP/1.1 connection to the relay that is kept open, and asks one thing at a time: a lane of a connection without upgrades."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

import h11
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.tls import BufferingTLSTransport
from twisted.python.failure import Failure

from common.protocol.polling import PART

_HEAD_LIMIT: Final = 16 * 1024


class LaneLostError(Exception):
    """No answer, or one that cannot be understood; whether the request arrived is not known."""


@dataclass(frozen=True, kw_only=True)
class LaneAnswer:
    """What came back, apart from the body, which was passed on as it came."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case


class Lane(Protocol):
    """`common.net.connect.open_tls` connects it."""

    def __init__(self, *, host: str) -> None:
        """`host`: for the Host header, with a port where there is one."""
        self.lost = False
        self._host = host
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self._answer: asyncio.Future[LaneAnswer] | None = None
        self._on_body: Callable[[bytes], None] = lambda _: None
        self._head = LaneAnswer(status=0)
        self._got = 0

    async def ask(
        self,
        target: str,
        *,
        headers: list[tuple[str, str]],
        body: bytes = b"",
        on_body: Callable[[bytes], None] = lambda _: None,
        deadline: float,
    ) -> LaneAnswer:
        """POST `body`; a successful answer's body goes to `on_body` as it comes. Raises LaneLostError; then the lane is of no use any more."""
        if self.lost:
            raise LaneLostError("it was cut")
        self._answer = asyncio.get_running_loop().create_future()
        self._on_body, self._got = on_body, 0
        length = ("Content-Length", str(len(body)))
        request = h11.Request(
            method="POST", target=target, headers=[("Host", self._host), ("User-Agent", "Tasuki"), length, *headers]
        )
        events = (request, h11.Data(data=body), h11.EndOfMessage())
        cast("ITransport", self.transport).write(b"".join(self._http.send(event) or b"" for event in events))
        try:
            async with asyncio.timeout(deadline):
                answer = await self._answer
        except TimeoutError:
            self.cut()
            raise LaneLostError("no answer in time") from None
        except BaseException:
            self.cut()
            raise
        finally:
            self._answer = None
            self._on_body = lambda _: None
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.cut()
        return answer

    def cut(self) -> None:
        """Nobody needs it any more."""
        self.lost = True
        if self.transport is not None:
            cast("BufferingTLSTransport", self.transport).abortConnection()  # type: ignore[no-untyped-call]

    def dataReceived(self, data: bytes) -> None:
        """Bytes of an answer."""
        self._read(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002 -- all ends are alike
        """The relay closed it, or it broke."""
        if not self.lost:
            self._read(b"")
        self.lost = True
        self._fail("the connection was cut")

    def _fail(self, why: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LaneLostError(why))

    def _read(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            if data:
                self.cut()  # nothing was asked
            return
        try:
            self._http.receive_data(data)
            while self._answer is not None and not self._answer.done():
                event = self._http.next_event()
                if isinstance(event, h11.Response):
                    self._head = _answer_of(event)
                elif isinstance(event, h11.Data):
                    self._take(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self._answer.set_result(self._head)
                elif not isinstance(event, h11.InformationalResponse):
                    return  # NEED_DATA, PAUSED, ConnectionClosed
        except h11.RemoteProtocolError:
            self.cut()
            self._fail("its answer cannot be understood" if data else "the connection was cut")

    def _take(self, data: bytes) -> None:
        self._got += len(data)
        if self._got > 2 * PART:
            raise h11.RemoteProtocolError("the answer is too long")
        if self._head.status == 200:
            self._on_body(bytes(data))


def _answer_of(event: h11.Response) -> LaneAnswer:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
    return LaneAnswer(status=event.status_code, headers=headers)
