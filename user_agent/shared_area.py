"""What a session shows of the desktop, from the wish to whatever becomes of it: what its area needs of the broker and of the VNC server.

Whoever else must know where the area lies now is told by `moved`, each time before anything of it is seen.
"""

import asyncio
from collections.abc import Awaitable, Callable

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.log import get_logger
from user_agent.area.choice import open_probe
from user_agent.area.keeping import HeldArea
from user_agent.area.offering import Screens
from user_agent.area.question import AreaView
from user_agent.broker import SCREENS, Broker
from user_agent.servers.base import RunningServer, ScreenChoice, ServerKind
from user_agent.servers.monitors import find
from user_agent.showing import Known, Showing

log = get_logger(component="area")

Chosen = tuple[ServerKind | None, ScreenChoice | None]


class SharedArea:
    """One session's. `start` starts a server; `wished` finds what shows the screen of a key; `alone`, which can be shown without the others; `failed` hears why it cannot go on."""

    def __init__(
        self,
        *,
        computer: Computer,
        showing: Showing,
        start: Callable[[ServerKind | None, ScreenChoice | None], Awaitable[RunningServer]],
        wished: Callable[[str], Awaitable[Chosen]],
        alone: Callable[[Screens], Awaitable[Screens]],
        told: Callable[[AreaView], None],
        moved: Callable[[Known, ScreenChoice | None], None],
        failed: Callable[[TasukiError], None],
    ) -> None:
        self._showing = showing
        self._start = start
        self._wished = wished
        self._alone = alone
        self._moved = moved
        self._failed = failed
        self._broker: Broker | None = None
        self._first: ServerKind | None = None
        self._held = HeldArea(
            shows=self,
            open_probe=lambda: open_probe(computer),
            find=lambda: asyncio.to_thread(find, computer),
            told=told,
        )
        self.guard = self._held.guard
        self._holding: asyncio.Task[None] | None = None

    def begin(self, broker: Broker, kind: ServerKind, screens: Screens) -> None:
        """Show the first of these, or all there is, by a server of this kind."""
        self._broker, self._first = broker, kind
        self.stop()
        self._holding = asyncio.ensure_future(self._hold(screens))

    async def end(self) -> None:
        """The session is over."""
        if self._holding is not None:
            self._holding.cancel()
            await asyncio.gather(self._holding, return_exceptions=True)

    def choose(self, key: str) -> bool:
        """The person's answer to which screen. False where that is not asked."""
        return self._held.choose(key)

    def want(self, key: str) -> bool:
        """Somebody wants to see this one of those that may be seen. False where it cannot be had."""
        return self._held.want(key)

    def look(self) -> None:
        """Something says that the screens are otherwise than before."""
        self._held.look()

    # what the held area asks for

    @property
    def name(self) -> str:
        """Of the program that shows."""
        return self._showing.name

    def stop(self) -> None:
        """The connection to the server is closed."""
        if self._broker is not None:
            self._broker.stop_picture(SCREENS, at_once=True)

    async def show(self, screen: ScreenChoice | None) -> None:
        """By a server of its own, started for this; the one before is ended first. Raises TasukiError."""
        await self._showing.stop()
        kind, self._first = self._first, None
        if kind is None:
            kind, _ = await self._wished("" if screen is None else screen.key)
        assert kind is not None  # noqa: S101  # what runs already shows no monitor alone
        self._showing.begin(kind, lambda: self._start(kind, screen))
        await self._showing.ready()
        self._moved(kind, screen)

    async def alone(self, screens: Screens) -> Screens:
        """By whatever kind of server there is."""
        return await self._alone(screens)

    def go_on(self) -> None:
        """A new connection shows it."""
        if self._broker is not None:
            self._broker.go_on(SCREENS)

    async def _hold(self, screens: Screens) -> None:
        try:
            await self._held.hold(screens)
        except TasukiError as problem:
            self._failed(problem)
        except Exception as error:  # a bug of ours must not leave a session that shows nothing
            log.exception("area_failed", exc_info=error)
            self._failed(TasukiError("vnc_server_failed", program=self.name, detail=type(error).__name__))
