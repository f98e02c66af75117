"""A connection to a message bus (D-Bus) of this computer: calls that have a deadline, and signals. Nothing here waits on the loop.

What jeepney writes and reads are bytes; its own connection has no deadlines, and leaves a socket behind where a bus hangs.
"""

import asyncio
import socket
from collections.abc import Callable
from itertools import count
from typing import Any, Final, Self

from jeepney import DBusAddress, HeaderFields, Message, MessageType, Parser, new_method_call
from jeepney.auth import BEGIN, Authenticator
from jeepney.bus_messages import message_bus

DEADLINE: Final = 10.0  # seconds for a call: what is asked may first be started by the bus
CHUNK: Final = 1 << 16

Signal = Callable[[str, tuple[Any, ...]], None]


class BusError(Exception):
    """The bus, or who was asked over it, said no, hangs, or is not there."""


class SessionBus:
    """`on_signal(member, body)`: of what was subscribed to. `on_closed()`: the bus has gone, or `close` was called."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        on_signal: Signal,
        on_closed: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_signal = on_signal
        self._on_closed = on_closed
        self._parser = Parser()
        self._serials = count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: str, *, on_signal: Signal, on_closed: Callable[[], None]) -> Self:
        """Connect to the bus whose socket this is (a NUL first: an abstract one), and log in. Raises BusError."""
        writer, sock = None, socket.socket(getattr(socket, "AF_UNIX", -1), socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            async with asyncio.timeout(DEADLINE):
                await asyncio.get_running_loop().sock_connect(sock, path)
                reader, writer = await asyncio.open_connection(sock=sock)
                await _log_in(reader, writer)
                bus = cls(reader, writer, on_signal=on_signal, on_closed=on_closed)
                bus._reading = asyncio.get_running_loop().create_task(bus._read())
                await bus.call(message_bus.Hello())
        except BaseException as error:
            if writer is not None:
                writer.transport.abort()
            sock.close()
            if isinstance(error, (OSError, EOFError, ValueError, BusError)):  # TimeoutError is an OSError
                raise BusError(str(error) or type(error).__name__) from error
            raise
        return bus

    async def subscribe(self, **rule: str) -> None:
        """Signals that fit are told from now on. Raises BusError."""
        wanted = {"type": "signal", **rule}
        await self.call(message_bus.AddMatch(",".join(f"{key}='{value}'" for key, value in wanted.items())))

    async def ask(self, address: DBusAddress, member: str, signature: str = "", *body: Any) -> tuple[Any, ...]:
        """Call a method; what it answers. Raises BusError, also after the deadline."""
        return await self.call(new_method_call(address, member, signature or None, body))

    async def call(self, message: Message) -> tuple[Any, ...]:
        """The same with a message."""
        serial = next(self._serials)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[serial] = answer
        try:
            async with asyncio.timeout(DEADLINE):
                await self._send(message, serial)
                told = await answer
        except OSError as error:
            raise BusError(str(error) or "no answer") from error
        finally:
            del self._waiting[serial]
        if told.header.message_type is MessageType.error:
            name = str(told.header.fields.get(HeaderFields.error_name, ""))
            raise BusError(f"{name}: {told.body[0] if told.body else ''}")
        return tuple(told.body)

    async def emit(self, message: Message) -> None:
        """Send a signal. Raises BusError."""
        try:
            async with asyncio.timeout(DEADLINE):
                await self._send(message, next(self._serials))
        except OSError as error:
            raise BusError(str(error) or "no answer") from error

    async def close(self) -> None:
        """Hang up."""
        self._writer.transport.abort()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _send(self, message: Message, serial: int) -> None:
        if self._writer.transport.is_closing():
            raise ConnectionResetError("the bus has gone")
        self._writer.write(message.serialise(serial))
        await self._writer.drain()

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(CHUNK):
                self._parser.add_data(data)
                while (message := self._parser.get_next_message()) is not None:
                    await self._take(message)
        except (OSError, ValueError):
            pass  # gone, or it speaks something else: the same to whoever waits
        finally:
            self._writer.transport.abort()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionResetError("the bus has gone"))
            self._on_closed()

    async def _take(self, message: Message) -> None:
        fields = message.header.fields
        if message.header.message_type is MessageType.signal:
            self._on_signal(str(fields.get(HeaderFields.member, "")), tuple(message.body))
            return
        waiting = self._waiting.get(fields.get(HeaderFields.reply_serial, -1))
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
            await asyncio.sleep(0)  # whoever waited goes on before what came behind the answer is told


async def _log_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As the user whose process this is; the kernel says so."""
    authenticator = Authenticator()
    for line in authenticator:
        writer.write(line)
        await writer.drain()
        answer = await reader.read(1024)
        if not answer:
            raise EOFError("the bus closed the connection")
        authenticator.feed(answer)
    writer.write(BEGIN)
    await writer.drain()
