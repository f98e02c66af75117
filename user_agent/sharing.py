"""How this computer's screen is shown, one session after the other: which VNC server, which screen, what is covered.

The server starts while the session still finds its way, and one that ends by itself ends the session.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from common.agent.keeper_client import Keeper
from common.agent.settings import Clipboard
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.rfb.filter import Box, StopKey
from user_agent.broker import Broker
from user_agent.servers.base import Host, ScreenChoice, Server, ServerKind
from user_agent.servers.choice import choose
from user_agent.servers.running import Running
from user_agent.servers.starting import put_back_settings, start
from user_agent.views import Shows

log = get_logger(component="user")


class _Promised:
    """A VNC server that is being started while the session finds its way."""

    def __init__(self, name: str, starting: "asyncio.Task[Server]") -> None:
        self.name = name
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

    `on_shows` hears what is shown, and None once nothing is; `on_problem` what a person should read.
    """

    def __init__(
        self,
        *,
        host: Host,
        wanted: str,
        running: Running | None,
        clipboard: Clipboard,
        stop_key: StopKey,
        journal: Path,
        random: Callable[[int], bytes],
        on_shows: Callable[[Shows | None], None],
        on_problem: Callable[[TasukiError], None],
    ) -> None:
        self._host = host
        self._wanted = wanted
        self._running = running
        self._clipboard = clipboard
        self._stop_key = stop_key
        self._journal = journal
        self._random = random
        self._on_shows = on_shows
        self._on_problem = on_problem
        self._boxes: tuple[Box, ...] = ()
        self._keyboard = False
        self._broker: Broker | None = None
        self._keeper: Keeper | None = None
        self._shows: Shows | None = None

    async def begin(self) -> None:
        """What a session changed that ended in a crash is put back."""
        await asyncio.to_thread(put_back_settings, self._journal)

    async def server(self) -> ServerKind | None:
        """The kind that would be started; None where one runs already. Raises what choosing raises."""
        return None if self._running is not None else await asyncio.to_thread(choose, self._host, wanted=self._wanted)

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

    def set_clipboard(self, *, to_user: bool, to_helper: bool) -> None:
        """Which way clipboards cross in control mode; also in sessions to come."""
        self._clipboard = Clipboard(to_user=to_user, to_helper=to_helper)
        if self._broker is not None:
            self._broker.set_clipboard(to_user=to_user, to_helper=to_helper)

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
        name = kind.name if kind is not None else Running.name
        starting = asyncio.ensure_future(self._start(kind, screen))
        starting.add_done_callback(lambda task: task.cancelled() or task.exception())  # told by the watch, or by nobody
        watching = asyncio.ensure_future(self._watch(name, starting, lost))
        self._broker = Broker(
            server=_Promised(name, starting),
            clipboard_to_user=self._clipboard.to_user,
            clipboard_to_helper=self._clipboard.to_helper,
            stop_key=self._stop_key,
            on_screen=self._screen,
            on_problem=self._on_problem,
        )
        self._broker.cover(self._boxes)
        self._broker.cover_keyboard(self._keyboard)
        self._tell(Shows(server=name, screen=screen))
        try:
            yield self._broker
        finally:
            self._broker = None
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await _stop(starting)
            self._tell(None)

    async def close(self) -> None:
        """End everything, and put everything back."""
        if self._keeper is not None:
            await self._keeper.close()

    def _screen(self, width: int, height: int) -> None:
        if self._shows is not None:
            self._tell(Shows(server=self._shows.server, screen=self._shows.screen, width=width, height=height))

    def _tell(self, shows: Shows | None) -> None:
        self._shows = shows
        self._on_shows(shows)

    async def _start(self, kind: ServerKind | None, screen: ScreenChoice | None) -> Server:
        if kind is None:
            assert self._running is not None  # noqa: S101  # else there is a kind
            return self._running
        if self._keeper is None:
            self._keeper = await Keeper.launch()
        return await start(
            kind, host=self._host, keeper=self._keeper, random=self._random, screen=screen, journal=self._journal
        )

    async def _watch(self, name: str, starting: "asyncio.Task[Server]", lost: Callable[[], None]) -> None:
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


async def _stop(starting: "asyncio.Task[Server]") -> None:
    starting.cancel()
    done = (await asyncio.gather(starting, return_exceptions=True))[0]
    if not isinstance(done, BaseException):
        await done.stop()
