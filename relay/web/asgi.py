"""One HTTP request and its answer: h11 on one side, an ASGI application on the other.

The head has passed the front's check before it comes here; h11 is given exactly this head, then the body. A new h11
connection for every request keeps the front the only one who decides where a request begins.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Protocol, TypeAlias
from urllib.parse import unquote

import h11

from common.host.log import get_logger
from common.net.head import Head
from relay.web.answers import date_header, plain

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

log = get_logger()

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


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


class Exchange:
    """A request that is being answered."""

    def __init__(
        self,
        *,
        head: Head,
        outlet: Outlet,
        addresses: tuple[tuple[str, int], tuple[str, int]],
        last: bool,
        limit: int,
        budget: Budget,
        now: Callable[[], float],
    ) -> None:
        """`addresses`: the client's and ours; `last`: the connection closes after it; `limit`: bytes of the body.

        `now`: Unix seconds, for Date.
        """
        self.head = head
        self.received = 0  # bytes of the body so far
        self.complete = False  # the whole request is here
        self._outlet = outlet
        self._addresses = addresses
        self._last = last or not head.keep_alive
        self._limit = limit
        self._budget = budget
        self._now = now
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
        self._http.receive_data(head.raw)
        self._http.next_event()
        self._body: list[bytes] = []
        self._taken = 0  # of the budget
        self._more = asyncio.Event()
        self._told_all = False  # the application has the whole body
        self._over = False
        self.started = False  # something of the answer was said
        self._task: asyncio.Task[None] | None = None

    def start(self, application: Application) -> None:
        """Ask the application; the body may still be coming."""
        self._task = asyncio.ensure_future(self._run(application))
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
        """Answer this instead of the application, if nothing was said yet; the connection closes."""
        if self._over:
            return
        if not self.started:
            self._outlet.write(plain(status, text, now=self._now(), body=self.head.method != "HEAD"))
        self._end()
        self._outlet.finished(keep=False, rest=b"")

    def _end(self) -> None:
        self._over = True
        self._more.set()
        self._budget.give_back(self._taken)
        self._taken = 0
        self._body.clear()
        if self._task is not None and self._task is not _current_task():
            self._task.cancel()

    def _read_body(self) -> None:
        while not self.complete:
            if self._http.they_are_waiting_for_100_continue and not self.started:
                self._outlet.write(
                    self._http.send(h11.InformationalResponse(status_code=100, headers=[], reason="Continue")) or b""
                )
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
                self._more.set()
            elif isinstance(event, h11.EndOfMessage):
                self.complete = True
                self._more.set()
            else:
                return

    # the application's side

    async def _run(self, application: Application) -> None:
        try:
            await application(self._scope(), self._receive, self._send)
        except asyncio.CancelledError:
            return
        except Exception:
            log.exception("application_failed", method=self.head.method, path=self.head.path)
        if not self._over:  # it failed, or said less than a whole answer
            self.refuse(500, "An error inside. The relay's log has it.")

    def _scope(self) -> Message:
        client, server = self._addresses
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": self.head.version,
            "method": self.head.method,
            "scheme": "https",
            "path": unquote(self.head.path),
            "raw_path": self.head.path.encode("latin-1"),
            "query_string": self.head.query.encode("latin-1"),
            "root_path": "",
            "headers": [(name.encode("ascii"), value.encode("latin-1")) for name, value in self.head.headers],
            "client": client,
            "server": server,
            "state": {},
        }

    async def _receive(self) -> Message:
        while not self._body and not self.complete and not self._over:
            self._more.clear()
            await self._more.wait()
        if self._over:
            return {"type": "http.disconnect"}
        if not self._body and self._told_all:
            self._more.clear()
            await self._more.wait()  # until the answer is out or the connection lost
            return {"type": "http.disconnect"}
        body = b"".join(self._body)
        self._body.clear()
        self._told_all = self.complete
        return {"type": "http.request", "body": body, "more_body": not self.complete}

    async def _send(self, message: Message) -> None:
        if self._over:
            return
        if message["type"] == "http.response.start":
            self.started = True
            self._last = self._last or not self.complete  # what still comes of the body would be taken for a request
            self._say(
                h11.Response(
                    status_code=message["status"],
                    reason=_PHRASES.get(message["status"], ""),
                    headers=[*message.get("headers", ()), *self._own_headers(message)],
                )
            )
        elif message["type"] == "http.response.body":
            body = b"" if self.head.method == "HEAD" else message.get("body", b"")
            if body:
                self._say(h11.Data(data=body))
            if not message.get("more_body", False):
                self._say(h11.EndOfMessage())
            await self._outlet.taken()
            if not message.get("more_body", False):
                self._finish()

    def _own_headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        known = {bytes(name).lower() for name, _ in message.get("headers", ())}
        own = [] if b"date" in known else [(b"date", date_header(self._now()).encode())]
        return [*own, (b"connection", b"close")] if self._last else own

    def _say(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        data = self._http.send(event)
        if data:
            self._outlet.write(data)

    def _finish(self) -> None:
        if not self._over:
            rest = bytes(self._http.trailing_data[0])
            self._end()
            self._outlet.finished(keep=not self._last, rest=rest)


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
