"""The desktop's own notices (org.freedesktop.Notifications) and the number on the task bar, over the session bus.

What stands is a value for each key, never a pile: a new one under the same key takes the old one's place, and what changes
while the desktop is slow is told once, as it is then. A desktop's program of notices that ends and comes again is shown what
still stands; the bus may go and come likewise.
"""

import asyncio
import contextlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from jeepney import DBusAddress, new_signal

from common.agent.notice import DEFAULT, Notice, Picture, arguments
from common.host.background import Background
from common.host.log import get_logger
from common.net.session_bus import BusError, SessionBus

NAME: Final = "org.freedesktop.Notifications"
SERVICE: Final = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)
LAUNCHER: Final = "com.canonical.Unity.LauncherEntry"
MOST: Final = 16  # notices that stand at once
RESTS: Final = (1.0, 2.0, 5.0, 15.0, 30.0)  # seconds until it is tried again, from the first failure on
DEAF: Final = 0.7  # seconds in which a click on a button was meant for what was there before
LAST_WORDS: Final = 1.0  # seconds that the end of the program waits for the desktop

log = get_logger(component="notices")


@dataclass(kw_only=True)
class _Standing:
    notice: Notice
    told: Notice | None = None  # as the desktop shows it now; None: it does not
    seen: Notice | None = None  # as it has shown it
    number: int = 0  # the desktop's
    since: float = 0.0  # when it was told so, by the loop's clock


class DesktopNotices:
    """`on_action(key, action, token)`: the person chose it; the token lets a window come to the front. `on_gone(key)`: put away.

    `on_failed(notice)`: nobody shows it. It is forgotten here: tell it in another way.
    """

    def __init__(
        self,
        *,
        socket: str,
        name: str,
        entry: str,
        picture: Picture | None,
        on_action: Callable[[str, str, str], None],
        on_gone: Callable[[str], None],
        on_failed: Callable[[Notice], None],
        rests: tuple[float, ...] = RESTS,
    ) -> None:
        """`socket`: the bus's (common.host.session_bus.socket_path). `name`, `entry`: the program's, for people and of its desktop file."""
        self._socket = socket
        self._name = name
        self._entry = entry
        self._picture = picture
        self._on_action = on_action
        self._on_gone = on_gone
        self._on_failed = on_failed
        self._rests = rests
        self._failures = 0
        self._standing: dict[str, _Standing] = {}
        self._leaving: list[int] = []
        self._count, self._counted = 0, 0
        self._bus: SessionBus | None = None
        self._can: frozenset[str] | None = None  # its capabilities, once asked
        self._token = ""
        self._news = asyncio.Event()
        self._background = Background()
        self._working: asyncio.Task[None] | None = None
        self._end = asyncio.Event()

    # what is wanted

    def show(self, notice: Notice) -> None:
        """In the place of the one with the same key."""
        standing = self._standing.pop(notice.key, None) or _Standing(notice=notice)
        standing.notice = notice
        self._standing[notice.key] = standing
        if len(self._standing) > MOST:
            self.withdraw(next(iter(self._standing)))
        self._wake()

    def withdraw(self, key: str) -> None:
        """It is past."""
        standing = self._standing.pop(key, None)
        if standing is not None and standing.number:
            self._leaving.append(standing.number)
            self._wake()

    def stands(self, key: str) -> bool:
        """Whether the person has, or is about to have, this one before them."""
        return key in self._standing

    def count(self, number: int) -> None:
        """On the program's icon, where a task bar shows one."""
        self._count = number
        self._wake()

    async def close(self) -> None:
        """Nothing of it stays on the desktop, unless that hangs."""
        for key in list(self._standing):
            self.withdraw(key)
        self.count(0)
        self._end.set()
        self._news.set()
        if self._working is not None:
            await asyncio.wait({self._working}, timeout=LAST_WORDS)
        await self._background.close()
        if self._bus is not None:
            await self._bus.close()

    # one task that tells it

    def _wake(self) -> None:
        if self._end.is_set():
            return
        self._news.set()
        if self._working is None:
            self._working = self._background.spawn(self._work())

    async def _work(self) -> None:
        """Tell what changed, until the program ends. Where that fails, what was new is told otherwise; it is tried again after a rest."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._tell()
                self._failures = 0
            except (BusError, ValueError) as error:  # an answer of another shape than its interface has
                log.warning("notices_not_shown", detail=str(error))
                self._give_up()
                rest = self._rests[min(self._failures, len(self._rests) - 1)]
                self._failures += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._end.wait(), rest)
                    return
            if self._end.is_set() and not self._news.is_set():
                return

    async def _tell(self) -> None:
        bus = await self._connected()
        await self._tell_count(bus)
        await self._take_away(bus)
        for standing in list(self._standing.values()):
            if standing.told != standing.notice and self._standing.get(standing.notice.key) is standing:
                await self._put(bus, standing)

    def _give_up(self) -> None:
        """What nobody has shown."""
        for standing in list(self._standing.values()):
            if standing.seen != standing.notice:
                del self._standing[standing.notice.key]
                self._on_failed(standing.notice)

    async def _connected(self) -> SessionBus:
        if self._bus is None:
            bus = await SessionBus.open(self._socket, on_signal=self._heard, on_closed=self._lost)
            try:
                await bus.subscribe(interface=NAME, sender=NAME)
                await bus.subscribe(
                    interface="org.freedesktop.DBus",
                    member="NameOwnerChanged",
                    sender="org.freedesktop.DBus",
                    arg0=NAME,
                )
            except BaseException:  # a bus on which nothing would be heard is none
                await bus.close()
                raise
            self._bus = bus
        return self._bus

    async def _put(self, bus: SessionBus, standing: _Standing) -> None:
        if self._can is None:
            (told,) = await bus.ask(SERVICE, "GetCapabilities")
            self._can = frozenset(map(str, told))
        notice = standing.notice
        body = arguments(
            notice,
            name=self._name,
            entry=self._entry,
            picture=self._picture,
            can=self._can,
            replaces=standing.number,
        )
        (number,) = await bus.ask(SERVICE, "Notify", "susssasa{sv}i", *body)
        standing.told = standing.seen = notice
        standing.number, standing.since = int(number), asyncio.get_running_loop().time()
        if self._standing.get(notice.key) is not standing:  # withdrawn meanwhile
            self._leaving.append(standing.number)
            self._news.set()
        elif standing.notice != notice:
            self._news.set()

    async def _take_away(self, bus: SessionBus) -> None:
        while self._leaving:
            number = self._leaving.pop()
            with contextlib.suppress(BusError):  # who no longer knows it has put it away
                await bus.ask(SERVICE, "CloseNotification", "u", number)

    async def _tell_count(self, bus: SessionBus) -> None:
        """Task bars listen for it as Ubuntu's once did. Nobody answers."""
        if self._count == self._counted:
            return
        count = self._count
        uri = f"application://{self._entry}.desktop"
        path = DBusAddress(f"/com/canonical/unity/launcherentry/{zlib.crc32(uri.encode())}", interface=LAUNCHER)
        facts = {"count": ("x", count), "count-visible": ("b", count > 0), "urgent": ("b", count > 0)}
        await bus.emit(new_signal(path, "Update", "sa{sv}", (uri, facts)))
        self._counted = count

    # what the desktop tells

    def _heard(self, member: str, body: tuple[Any, ...]) -> None:
        match member, body:
            case "NameOwnerChanged", (str(), str(), str(owner)):
                self._other_owner(owner)
            case "ActivationToken", (int(), str(token)):
                self._token = token
            case "ActionInvoked", (int(number), str(action)):
                token, self._token = self._token, ""
                if (key := self._key(number)) is not None and (meant := self._meant(key, action)):
                    self._on_action(key, meant, token)
            case "NotificationClosed", (int(number), int()):
                if (key := self._key(number)) is not None:
                    del self._standing[key]
                    self._on_gone(key)
            case _:
                pass  # what a later version of them tells besides

    def _key(self, number: int) -> str | None:
        return next((key for key, one in self._standing.items() if one.number == number), None)

    def _meant(self, key: str, action: str) -> str:
        """The action that counts. A button of what has been replaced is none; who was too quick has only clicked on the notice."""
        standing = self._standing[key]
        if action != DEFAULT and (standing.told is None or action not in dict(standing.told.actions)):
            return ""
        return DEFAULT if asyncio.get_running_loop().time() - standing.since < DEAF else action

    def _other_owner(self, owner: str) -> None:
        """Another program shows them, or none. Numbers of the old one mean nothing to the new one."""
        self._can = None
        for standing in self._standing.values():
            standing.told, standing.number = None, 0
        self._leaving.clear()
        if owner and self._standing:
            self._wake()

    def _lost(self) -> None:
        """The bus."""
        self._bus, self._can, self._counted = None, None, 0
        for standing in self._standing.values():
            standing.told, standing.number = None, 0
        self._leaving.clear()
        if self._standing or self._count:
            self._wake()
