"""The VNC server of one session, which may be started anew in the middle of it: the one that runs now is what is connected to."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from common.host.errors import TasukiError
from common.host.log import get_logger
from user_agent.servers.base import RunningServer, ServerKind
from user_agent.servers.foreign import ForeignServer

log = get_logger(component="user")

Known: TypeAlias = ServerKind | ForeignServer
Start: TypeAlias = Callable[[], Awaitable[RunningServer]]


class Showing:
    """A VNC server that is being started while the session finds its way. `over` hears why it ended, or never began."""

    def __init__(self, known: Known, *, over: Callable[[TasukiError], None]) -> None:
        self.password = ""
        self._over = over
        self._starting: asyncio.Task[RunningServer] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._is(known)

    def begin(self, known: Known, start: Start) -> None:
        """Start this one."""
        self._is(known)
        self._starting = asyncio.ensure_future(start())
        # Why it failed is told by the watch, or by nobody.
        self._starting.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._watching = asyncio.ensure_future(self._watch(self._starting))
        self._begun.set()

    async def ready(self) -> None:
        """Wait until it accepts. Raises what starting raised."""
        await self._present()

    async def connect(self) -> socket.socket:
        """Once it has started. Raises what starting raised."""
        server = await self._present()
        self.name, self.password = server.name, server.password
        return await server.connect()

    async def stop(self) -> None:
        """End it, and tell nobody. Another may begin. Whoever is cancelled here, it is ended, and the next call waits for that."""
        if self._stopping is None or self._stopping.done():
            self._stopping = asyncio.ensure_future(self._stop())
        await asyncio.shield(self._stopping)

    async def _stop(self) -> None:
        self._begun.clear()
        watching, self._watching = self._watching, None
        starting, self._starting = self._starting, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        if starting is not None:
            starting.cancel()
            done = (await asyncio.gather(starting, return_exceptions=True))[0]
            if not isinstance(done, BaseException):
                await done.stop()

    def _is(self, known: Known) -> None:
        self.name, self.one_look, self.sleeps_alone = known.name, known.one_look, known.sleeps_alone

    async def _present(self) -> RunningServer:
        """The one that runs: if it is ended while it is waited for, the next."""
        while True:
            await self._begun.wait()
            starting = self._starting
            if starting is None:
                continue
            await asyncio.wait({starting})
            if starting is self._starting:
                return starting.result()

    async def _watch(self, starting: "asyncio.Task[RunningServer]") -> None:
        """A server that cannot start, or ends by itself: the person reads why."""
        try:
            problem = await (await asyncio.shield(starting)).over()
        except TasukiError as error:
            problem = error
        except Exception as error:  # a bug of ours must not leave a session that shows nothing
            log.exception("vnc_server_failed", exc_info=error)
            problem = TasukiError("vnc_server_failed", program=self.name, detail=type(error).__name__)
        log.warning("vnc_server_over", error_code=problem.code)
        self._over(problem)
