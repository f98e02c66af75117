"""One HTTP request and its answer, on h11.

The head has passed the front's check before it comes here; h11 is given exactly this head, then the body. A new h11
connection for every request keeps the front the only one who decides where a request begins.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Protocol
from urllib.parse import unquote

import h11

from common.host.log import get_logger
from common.net.http_head import Head
from common.protocol import wire
from common.protocol.clock import Clock
from relay.web.responses import PHRASES, HttpResponse, closing, own_headers, text_response
from relay.web.routes import HttpRequest, Routes, find

log = get_logger()


class Budget:
    """Bytes of bodies that may be held at one time, for all connections together."""

    def __init__(self, *, total: int) -> None:
        self._left = total

    def take(self, count: int) -> bool:
        """Whether `count` more may be held."""
        if count > self._left:
            return False
        self._left -= count
        return True

    def give_back(self, count: int) -> None:
        """So many are held no longer."""
        self._left += count


class Outlet(Protocol):
    """Whoever owns the connection."""

    def write(self, data: bytes) -> None:
        """Bytes of the answer."""

    def finished(self, *, keep: bool, rest: bytes) -> None:
        """The answer is out. `keep`: another request may follow, and `rest` came behind this one. Called once."""

    def taken(self) -> Awaitable[None]:
        """Returns when the network takes more."""

    def known(self) -> None:
        """The request came from somebody who is no stranger."""

    def carries(self, whom: object) -> None:
        """The request is of `whom`."""

    def retire(self, whom: object) -> None:
        """`whom` needs the connection no more."""


class Exchange:
    """A request that is being answered."""

    def __init__(
        self,
        *,
        head: Head,
        address: str,
        outlet: Outlet,
        last: bool,
        limit: int,
        budget: Budget,
        clock: Clock,
        refused: Counter[int],
    ) -> None:
        """`address`: the client's; `last`: the connection closes after it; `limit`: bytes of the body.

        `refused` counts by status what is refused here.
        """
        self.received = 0  # bytes of the body so far
        self.complete = False  # the whole request is here
        self.answered = False  # the answer was handed to the connection
        self.long = head.path == wire.DOWN_PATH  # the answer waits for what it brings
        self.chunked = not isinstance(head.body, int)  # the body comes in pieces of any size
        self._head = head
        self._address = address
        self._outlet = outlet
        self._last = last or not head.keep_alive or head.version == "1.0"  # h11 keeps none of 1.0 open
        self._limit = limit
        self._budget = budget
        self._clock = clock
        self._refused = refused
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
        self._http.receive_data(head.raw)
        self._http.next_event()
        self._body: list[bytes] = []
        self._taken = 0  # of the budget
        self._whole = asyncio.Event()
        self._over = False
        self._task: asyncio.Task[None] | None = None

    def start(self, routes: Routes) -> None:
        """Ask the handler, in a task of its own; the body may still be coming."""
        self._task = asyncio.ensure_future(self._run(routes))
        self.feed(b"")

    def feed(self, data: bytes) -> None:
        """Bytes behind the head."""
        if self._over:
            return
        try:
            if data:  # to h11 no bytes mean the end
                self._http.receive_data(data)
            self._read_body()
        except h11.RemoteProtocolError:
            self.refuse(400, "The request's body is not what HTTP/1.1 says.")

    def gone(self) -> None:
        """The connection is lost."""
        self._end()

    def refuse(self, status: int, text: str) -> None:
        """Answer this instead of the handler, unless it has answered; the connection closes."""
        if self._over:
            return
        if not self.answered:
            self._refused[status] += 1
            response = text_response(status, text)
            self._outlet.write(closing(response, now=self._clock.now(), body=self._head.method != "HEAD"))
        self._end()
        self._outlet.finished(keep=False, rest=b"")

    def _end(self) -> None:
        self._over = True
        self._budget.give_back(self._taken)
        self._taken = 0
        self._body.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _read_body(self) -> None:
        while not self.complete:
            if self._http.they_are_waiting_for_100_continue and not self.answered:
                go_on = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")
                self._outlet.write(self._http.send(go_on) or b"")
            event = self._http.next_event()
            if isinstance(event, h11.Data):
                self.received += len(event.data)
                if self.received > self._limit:
                    self.refuse(413, "The request's body is too long.")
                    return
                if not self._budget.take(len(event.data)):
                    self.refuse(503, "Too much is going on. Try again in a minute.")
                    return
                self._taken += len(event.data)
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self.complete = True
                self._whole.set()
            else:
                return

    # the handler's side

    async def _run(self, routes: Routes) -> None:
        method, path = self._head.method, unquote(self._head.path)
        request = HttpRequest(
            method=method,
            path=path,
            address=self._address,
            head=self._head,
            carrier=self._outlet,
            body=self._whole_body,
        )
        try:
            await self._answer(await find(routes, method=method, path=path)(request))
        except asyncio.CancelledError:  # refused meanwhile, or the connection is lost
            return
        except Exception:
            log.exception("request_failed", method=method, path=path)
            self._task = None
            self.refuse(500, "An error inside. The relay's log has it.")

    async def _whole_body(self, limit: int) -> bytes:
        self._limit = min(self._limit, limit)
        announced = self._head.body if isinstance(self._head.body, int) else 0
        if max(self.received, announced) > self._limit:
            self.refuse(413, "The request's body is too long.")
            raise asyncio.CancelledError  # as it comes to every handler whose request is refused meanwhile
        await self._whole.wait()
        return b"".join(self._body)

    async def _answer(self, response: HttpResponse) -> None:
        if self._over:
            return
        self._last = self._last or not self.complete  # what still comes of the body would be taken for a request
        start = h11.Response(
            status_code=response.status,
            reason=PHRASES[response.status],
            headers=[*response.headers, *own_headers(response, now=self._clock.now(), close=self._last)],
        )
        body = h11.Data(data=b"" if self._head.method == "HEAD" else response.body)
        self.answered = True
        if response.stream is None:
            self._send(start, body, h11.EndOfMessage())
        else:
            self._send(start)
            async for part in response.stream:
                self._send(h11.Data(data=part))
                await self._outlet.taken()
            self._send(h11.EndOfMessage())
        await self._outlet.taken()
        self._task = None
        self._end()
        self._outlet.finished(keep=not self._last, rest=bytes(self._http.trailing_data[0]))

    def _send(self, *events: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        self._outlet.write(b"".join(self._http.send(event) or b"" for event in events))
