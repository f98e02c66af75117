"""Who shows notices on a desktop, played: it writes down what it is asked, and says what a person does. For tests on a real bus."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection, DBusRouter, Proxy, open_dbus_connection

from common.agent.desktop_notices import NAME, SERVICE

EMITTER = DBusAddress(SERVICE.object_path, interface=NAME)


@dataclass
class NoticeDaemon:
    """`shown`: number → the title and the buttons that stand. `calls`: of every Notify, the number it replaced, and the title."""

    bus: DBusConnection
    can: tuple[str, ...] = ("actions", "body", "body-markup")
    hangs: bool = False
    shown: dict[int, tuple[str, list[str]]] = field(default_factory=dict)
    calls: list[tuple[int, str]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _last: int = 0

    async def serve(self) -> None:
        """Until it is cancelled."""
        while True:
            message = await self.bus.receive()
            if message.header.message_type is not MessageType.method_call or self.hangs:
                continue
            match message.header.fields.get(HeaderFields.member):
                case "GetCapabilities":
                    await self._answer(message, "as", list(self.can))
                case "Notify":
                    await self._answer(message, "u", self._put(message.body))
                case "CloseNotification":
                    (number,) = message.body
                    await self._answer(message)
                    await self.put_away(number, why=3)
                case _:
                    pass
            self.news.set()

    def _put(self, body: tuple[Any, ...]) -> int:
        replaces, title, actions = body[1], body[3], body[5]
        self.calls.append((replaces, title))
        if replaces not in self.shown:
            self._last += 1
        number = replaces if replaces in self.shown else self._last
        self.shown[number] = (title, actions)
        return number

    async def _answer(self, message: Message, signature: str | None = None, *body: Any) -> None:
        await self.bus.send(new_method_return(message, signature, body))

    async def put_away(self, number: int, *, why: int = 2) -> None:
        """The person does, or it was asked for."""
        if self.shown.pop(number, None) is not None:
            await self.bus.send(new_signal(EMITTER, "NotificationClosed", "uu", (number, why)))

    async def choose(self, number: int, action: str, *, token: str = "") -> None:
        """The person clicks."""
        if token:
            await self.bus.send(new_signal(EMITTER, "ActivationToken", "us", (number, token)))
        await self.bus.send(new_signal(EMITTER, "ActionInvoked", "us", (number, action)))

    async def titles(self, *wanted: str) -> None:
        """Wait until these stand, and no others."""
        async with asyncio.timeout(10):
            while sorted(title for title, _ in self.shown.values()) != sorted(wanted):
                self.news.clear()
                await self.news.wait()


@contextlib.asynccontextmanager
async def notice_daemon(address: str) -> AsyncIterator[NoticeDaemon]:
    """On the bus of this address, until the block is left."""
    bus = await open_dbus_connection(address)
    daemon = NoticeDaemon(bus)
    async with DBusRouter(bus) as router:
        await Proxy(message_bus, router).RequestName(NAME)
    serving = asyncio.create_task(daemon.serve())
    try:
        yield daemon
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await bus.close()
