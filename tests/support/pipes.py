"""Listeners that write down what they hear, and transports in memory for WebSockets: what one end writes waits until the test carries it over."""

import asyncio
from collections.abc import Callable
from typing import Any

from common.net.websocket import WebSocket

HIGH_WATER = 64 * 1024


class MemoryTransport:
    """A transport that takes producers, as TCP does: more than 64 KiB unsent pauses, nothing unsent resumes."""

    def __init__(self) -> None:
        self.unsent = bytearray()
        self.producer: Any = None
        self.reading = True
        self.closing = False  # loseConnection was called
        self.aborted = False
        self.on_abort: Callable[[], None] | None = None

    def write(self, data: bytes) -> None:
        """Keep it until it is taken."""
        assert isinstance(data, bytes)
        if not self.closing and not self.aborted:
            self.unsent += data
            if len(self.unsent) > HIGH_WATER and self.producer is not None:
                self.producer.pauseProducing()

    def take(self, count: int | None = None) -> bytes:
        """What goes over the network now."""
        data = bytes(self.unsent[:count])
        del self.unsent[: len(data)]
        if not self.unsent and self.producer is not None:
            self.producer.resumeProducing()
        return data

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming
        assert self.producer is None
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def loseConnection(self) -> None:
        self.closing = True

    def abortConnection(self) -> None:
        self.aborted = True
        if self.on_abort is not None:
            self.on_abort()


class Heard:
    """A WebSocket's listener that writes down what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []
        self.on_message: Callable[[WebSocket, str | bytes], None] | None = None
        self.on_opened: Callable[[WebSocket], None] | None = None

    @property
    def messages(self) -> list[str | bytes]:
        """The messages alone."""
        return [event[1] for event in self.events if event[0] == "message"]  # type: ignore[misc]

    @property
    def closed_with(self) -> list[tuple[object, ...]]:
        """Code and reason, once for each call of `closed`."""
        return [event[1:] for event in self.events if event[0] == "closed"]

    def opened(self, ws: WebSocket, /) -> None:
        self.events.append(("opened",))
        if self.on_opened is not None:
            self.on_opened(ws)

    def message(self, ws: WebSocket, payload: str | bytes, /) -> None:
        self.events.append(("message", payload))
        if self.on_message is not None:
            self.on_message(ws, payload)

    def closed(self, ws: WebSocket, code: int, reason: str, /) -> None:
        self.events.append(("closed", code, reason))

    def paused(self, ws: WebSocket, /) -> None:
        self.events.append(("paused",))

    def resumed(self, ws: WebSocket, /) -> None:
        self.events.append(("resumed",))


class Waiting(Heard):
    """The same for real connections: `next` waits for the next thing it is told."""

    ws: WebSocket

    def __init__(self) -> None:
        super().__init__()
        self._queue: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()

    async def next(self) -> tuple[object, ...]:
        """What happened next, pauses and resumes left out."""
        async with asyncio.timeout(20):
            return await self._queue.get()

    def opened(self, ws: WebSocket, /) -> None:
        super().opened(ws)
        self._queue.put_nowait(self.events[-1])

    def message(self, ws: WebSocket, payload: str | bytes, /) -> None:
        super().message(ws, payload)
        self._queue.put_nowait(("message", payload))

    def closed(self, ws: WebSocket, code: int, reason: str, /) -> None:
        super().closed(ws, code, reason)
        self._queue.put_nowait(("closed", code, reason))
