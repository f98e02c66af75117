"""How this computer's screen is shown, one session after the other: which VNC server, which screen, what is covered.

The server starts while the session still finds its way, and one that ends by itself ends the session.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from common.agent.keeper.client import Keeper
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.rfb.filter import Box, StopKey
from user_agent.broker import Broker
from user_agent.input.ports import OpenDesktop, ShownDesktop
from user_agent.servers.base import RunningServer, ScreenChoice, ServerKind
from user_agent.servers.choice import choose, why_none
from user_agent.servers.foreign import ForeignServer
from user_agent.servers.monitors import named
from user_agent.servers.shown_display import look_at
from user_agent.servers.starting import put_back_settings, start
from user_agent.session_input import SessionInput
from user_agent.views import SharedScreen

log = get_logger(component="user")


class _Promised:
    """A VNC server that is being started while the session finds its way."""

    def __init__(self, known: ServerKind | ForeignServer, starting: "asyncio.Task[RunningServer]") -> None:
        self.name, self.one_look, self.sleeps_alone = known.name, known.one_look, known.sleeps_alone
        self.password = ""
        self._starting = starting

    async def connect(self) -> "socket.socket":
        """Once it has started. Raises what starting raised."""
        server = await asyncio.shield(self._starting)
        self.name, self.password = server.name, server.password
        return await server.connect()


class Sharing:
    """`wanted` names the kind of server, "" for the first that can; `running` is one that somebody else has started.

    `journal` is the file that remembers which of the person's settings are changed during a session.

    `open_desktop` opens an X display for keys and pointer; `on_input_lost` hears why the helper can press nothing any more.
    `on_shared` hears what is shown, and None once nothing is; `on_problem` what a person should read.
    """

    def __init__(
        self,
        *,
        computer: Computer,
        wanted: str,
        running: ForeignServer | None,
        stop_key: StopKey,
        journal: Path,
        random: Callable[[int], bytes],
        open_desktop: OpenDesktop,
        on_input_lost: Callable[[TasukiError], None],
        on_shared: Callable[[SharedScreen | None], None],
        on_problem: Callable[[TasukiError], None],
    ) -> None:
        self._computer = computer
        self._wanted = wanted
        self._running = running
        self._stop_key = stop_key
        self._journal = journal
        self._random = random
        self._open_desktop = open_desktop
        self._on_input_lost = on_input_lost
        self._on_shows = on_shared
        self._on_problem = on_problem
        self._boxes: tuple[Box, ...] = ()
        self._keyboard = False
        self._broker: Broker | None = None
        self._keeper: Keeper | None = None
        self._shared: SharedScreen | None = None

    async def begin(self) -> TasukiError | None:
        """What a session changed that ended in a crash is put back; what the person has to be told, where it cannot be."""
        return await asyncio.to_thread(put_back_settings, self._journal)

    async def server(self, screen: ScreenChoice | None = None) -> ServerKind | None:
        """The kind that would be started, for this one monitor if there is a choice; None where one runs already.

        Raises what choosing raises.
        """
        if self._running is not None:
            return None
        return await asyncio.to_thread(choose, self._computer, wanted=self._wanted, screen=screen)

    async def wished(self, key: str) -> tuple[ServerKind | None, ScreenChoice | None]:
        """What shows the one screen of this key, or all of them (""): never more is shown.

        Raises TasukiError `screen_unknown` | `server_shows_all` | `server_shows_more`, and what choosing raises.
        """
        screen = await asyncio.to_thread(named, self._computer, key)
        kind = await self.server(screen)
        if screen is None:
            return kind, None
        if kind is None or not kind.one_screen:
            raise TasukiError("server_shows_all", program=self._known(kind).name)
        if not await asyncio.to_thread(kind.shows_alone, self._computer, screen):
            raise TasukiError("server_shows_more", program=kind.name, screen=key)
        return kind, screen

    async def look(self, kind: ServerKind | None, screen: ScreenChoice | None) -> SharedScreen:
        """Look, before anybody is asked, whether there is something to show: what it is. Raises TasukiError: why there is not.

        One that runs already is logged in to; of one that would be started, what can be seen without starting it.
        """
        if kind is not None:
            if (problem := await asyncio.to_thread(kind.why_no_picture, self._computer)) is not None:
                raise problem
        elif self._running is not None:
            await look_at(self._running, random=self._random)
        return SharedScreen(server=self._known(kind).name, screen=screen)

    def shown(self, kind: ServerKind | None, screen: ScreenChoice | None) -> ShownDesktop | None:
        """The X display that it shows, where it is this agent's own and known; else None."""
        return self._known(kind).desktop(self._computer, screen)

    def _known(self, kind: ServerKind | None) -> ServerKind | ForeignServer:
        known = kind if kind is not None else self._running
        assert known is not None  # noqa: S101  # without one that runs there is a kind
        return known

    async def why_not(self) -> TasukiError | None:
        """Why nothing could be shown now; None where it could."""
        if self._running is not None:
            return None
        return await asyncio.to_thread(why_none, self._computer, wanted=self._wanted)

    def cover(self, boxes: Iterable[Box]) -> None:
        """Where the helper presses nothing, in framebuffer pixels; also in sessions to come."""
        self._boxes = tuple(boxes)
        if self._broker is not None:
            self._broker.cover(self._boxes)

    def cover_keyboard(self, on: bool) -> None:
        """Whether the helper types nothing, because one of our own windows has the keyboard; also in sessions to come."""
        self._keyboard = on
        if self._broker is not None:
            self._broker.cover_keyboard(on)

    def set_stop_key(self, stop_key: StopKey) -> None:
        """Which key the helper can never press, from the next session on."""
        self._stop_key = stop_key

    def set_wanted(self, name: str) -> None:
        """Which kind of server from the next session on; "" for the first that can."""
        self._wanted = name

    @contextlib.asynccontextmanager
    async def session(
        self, kind: ServerKind | None, screen: ScreenChoice | None, *, lost: Callable[[], None]
    ) -> AsyncIterator[Broker]:
        """The broker for one session; afterwards the server is gone. `lost` is called where it ends before that."""
        known = self._known(kind)
        starting = asyncio.ensure_future(self._start(kind, screen))
        starting.add_done_callback(lambda task: task.cancelled() or task.exception())  # told by the watch, or by nobody
        watching = asyncio.ensure_future(self._watch(known.name, starting, lost))
        desktop = self._desktop(self.shown(kind, screen))
        self._broker = Broker(
            server=_Promised(known, starting),
            desktop=desktop,
            stop_key=self._stop_key,
            on_screen=self._screen,
            on_problem=self._on_problem,
        )
        self._broker.cover(self._boxes)
        self._broker.cover_keyboard(self._keyboard)
        self._tell(SharedScreen(server=known.name, screen=screen))
        try:
            yield self._broker
        finally:
            self._broker = None
            if desktop is not None:
                await desktop.close()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await _stop(starting)
            self._tell(None)

    def _desktop(self, shown: ShownDesktop | None) -> SessionInput | None:
        """What takes keys and pointer; None where the server does."""
        if shown is None:
            return None
        return SessionInput(desktop=shown, open_desktop=self._open_desktop, on_lost=self._on_input_lost)

    async def close(self) -> None:
        """End everything, and put everything back."""
        if self._keeper is not None:
            await self._keeper.close()

    def _screen(self, width: int, height: int) -> None:
        if self._shared is not None:
            self._tell(SharedScreen(server=self._shared.server, screen=self._shared.screen, width=width, height=height))

    def _tell(self, shared: SharedScreen | None) -> None:
        self._shared = shared
        self._on_shows(shared)

    async def _start(self, kind: ServerKind | None, screen: ScreenChoice | None) -> RunningServer:
        if kind is None:
            assert self._running is not None  # noqa: S101  # else there is a kind
            return self._running
        if self._keeper is None:
            self._keeper = await Keeper.launch()
        return await start(
            kind,
            computer=self._computer,
            keeper=self._keeper,
            random=self._random,
            screen=screen,
            journal=self._journal,
        )

    async def _watch(self, name: str, starting: "asyncio.Task[RunningServer]", lost: Callable[[], None]) -> None:
        """A server that cannot start, or ends by itself, ends the session; the person reads why."""
        try:
            problem = await (await asyncio.shield(starting)).over()
        except TasukiError as error:
            problem = error
        except Exception as error:  # a bug of ours must not leave a session that shows nothing
            log.exception("vnc_server_failed", exc_info=error)
            problem = TasukiError("vnc_server_failed", program=name, detail=type(error).__name__)
        log.warning("vnc_server_over", error_code=problem.code)
        self._on_problem(problem)
        lost()


async def _stop(starting: "asyncio.Task[RunningServer]") -> None:
    starting.cancel()
    done = (await asyncio.gather(starting, return_exceptions=True))[0]
    if not isinstance(done, BaseException):
        await done.stop()
