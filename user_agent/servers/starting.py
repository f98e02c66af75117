"""Start a VNC server of our own: files, settings, process, and the wait until it accepts. Stopped, nothing of it is left."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

from common.agent.keeper.client import Exit, Keeper, KeptProgram
from common.agent.keeper.journal import DAMAGED, Registry, Value, put_back, windows_registry, write_down
from common.agent.keeper.socket_owner import listener_is_descendant
from common.agent.passwords import one_time
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.files import write_private
from common.host.log import get_logger
from user_agent.servers.base import ScreenChoice, ServerKind, ServerPlan, TcpAddress
from user_agent.servers.connecting import connect
from user_agent.servers.looking import framebuffer_size

log = get_logger(component="servers")

ATTEMPT = 0.03  # seconds between two tries to connect: nothing tells when a server begins to listen
LOOKS, LOOK = 5, 0.2  # how often, and seconds between: until an order has been carried out
GREETING = 12  # bytes that a VNC server says first: its version
CONNECT_TIMEOUT = 5.0  # seconds for a connection to it once it runs
ORDER_TIMEOUT = 5.0  # seconds until it must have obeyed, and until it must have said how large its framebuffer is
STOP_TIMEOUT = 5.0  # seconds for the keeper to end it, which it promises in one
REG_SZ, REG_BINARY, REG_DWORD = 1, 3, 4  # winreg's
KINDS_OF_VALUES = {str: REG_SZ, bytes: REG_BINARY, int: REG_DWORD}


class StartedServer:
    """A server that we started. Use `start()`."""

    def __init__(
        self, *, kind: ServerKind, plan: ServerPlan, keeper: Keeper, folder: Path, journal: Path | None, password: str
    ) -> None:
        self.name = kind.name
        self.one_look, self.sleeps_alone = kind.one_look, kind.sleeps_alone
        self.password = password if plan.password else ""
        self._kind = kind
        self._plan = plan
        self._keeper = keeper
        self._folder = folder
        self._journal = journal
        self._program: KeptProgram | None = None

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._running.pid

    @property
    def _running(self) -> KeptProgram:
        assert self._program is not None  # noqa: S101 -- nobody has it before it was launched
        return self._program

    async def launch(self) -> None:
        """Start the program and wait until it accepts connections. Raises TasukiError."""
        try:
            await asyncio.to_thread(write_files, self._plan)
        except OSError as error:
            raise TasukiError("vnc_server_failed", program=self.name, detail=error.strerror or str(error)) from error
        if self._plan.registry and self._journal is not None:
            await self._keeper.put_back_at_end(self._journal)
            await asyncio.to_thread(change_settings, self._plan, self._journal, owner=self._keeper.token)
        try:
            self._program = await self._keeper.start(self._plan.argv, name=self.name, env=self._plan.env)
        except TasukiError as error:
            raise TasukiError("vnc_server_failed", program=self.name, detail=error.facts.get("detail")) from error
        try:
            async with asyncio.timeout(self._plan.patience):
                await self._accepting()
        except TimeoutError:
            detail = f"{self._plan.patience:.0f} s"
            raise TasukiError("vnc_server_failed", program=self.name, detail=detail) from None
        if self._program.exit is not None:
            raise self._kind.explain(self._program.exit)
        if self._plan.order:
            await self._give_order()
        if self._plan.size is not None and not await self._comes_to(self._plan.size):
            raise TasukiError("screen_not_alone", program=self.name)

    async def _comes_to(self, size: tuple[int, int]) -> bool:
        """Whether it shows so much. It is asked several times: TightVNC says that it obeys an order before it does."""
        for _ in range(LOOKS):
            if await framebuffer_size(self, within=ORDER_TIMEOUT) == size:
                return True
            await asyncio.sleep(LOOK)
        return False

    async def _give_order(self) -> None:
        """Raises TasukiError `screen_not_alone` where it is not obeyed."""
        order = await self._keeper.start(self._plan.order)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ORDER_TIMEOUT):
                    await order.wait()
        finally:
            obeyed = order.exit is not None and order.exit.code == 0
            if order.exit is None:
                with contextlib.suppress(TasukiError, TimeoutError):
                    async with asyncio.timeout(STOP_TIMEOUT):
                        await order.stop()
        if not obeyed:
            raise TasukiError("screen_not_alone", program=self.name)

    async def _accepting(self) -> None:
        """Return once one can log in, or it has ended."""
        while self._running.exit is None:
            try:
                with await connect(self._plan.address) as sock:
                    if self._plan.hear_first:
                        await asyncio.get_running_loop().sock_recv(sock, GREETING)
            except OSError:
                await asyncio.sleep(ATTEMPT)
            else:
                if self._plan.ready is None or await asyncio.to_thread(self._plan.ready):
                    return
                await asyncio.sleep(ATTEMPT)

    async def connect(self) -> socket.socket:
        """A new connection, its other end checked to be our own child.

        Raises TasukiError `vnc_server_ended` | `server_not_ours` | `server_hung_up` | `server_silent`.
        """
        if (how := self._running.exit) is not None:
            raise self._kind.explain(how)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                sock = await connect(self._plan.address)
        except TimeoutError:
            raise TasukiError("server_silent", program=self.name) from None
        except OSError as error:
            raise TasukiError("vnc_server_ended", program=self.name, detail=error.strerror or str(error)) from error
        if isinstance(self._plan.address, TcpAddress) and self._plan.own_child:
            try:
                ours = await asyncio.to_thread(listener_is_descendant, sock, self._keeper.pid)
            except OSError as error:  # it was closed while we looked: that says nothing of whose it was
                sock.close()
                raise TasukiError("server_hung_up", program=self.name) from error
            if not ours:
                sock.close()
                raise TasukiError("server_not_ours", program=self.name)
        return sock

    async def over(self) -> TasukiError:
        """Wait until it ended by itself, and say why."""
        how: Exit = await self._running.wait()
        return self._kind.explain(how)

    async def stop(self) -> None:
        """End it, put back what was changed for it, remove its files. Safe to call twice.

        Whatever hangs, the settings are put back. What cannot be done now, the keeper does at the end of everything, or the
        agent's next start.
        """
        try:
            if self._program is not None and self._program.exit is None:
                with contextlib.suppress(TasukiError):  # the keeper has gone, and the program with it
                    async with asyncio.timeout(STOP_TIMEOUT):
                        await self._program.stop()
        except TimeoutError:
            log.warning("vnc_server_not_stopped", program=self.name)
        finally:
            if self._journal is not None:
                await asyncio.to_thread(put_back_settings, self._journal, owner=self._keeper.token)
            with contextlib.suppress(TasukiError):
                await self._keeper.discard(self._folder)


async def start(
    kind: ServerKind,
    *,
    computer: Computer,
    keeper: Keeper,
    random: Callable[[int], bytes],
    screen: ScreenChoice | None = None,
    journal: Path | None = None,
) -> StartedServer:
    """Start a server of this kind and wait until it accepts connections.

    `screen` is the one monitor to show; None for all. `journal` is the file in the agent's folder
    (common.agent.keeper.journal.FILE) in which changed settings of the person are written down: without one none is changed.
    Raises TasukiError: `no_screen`, `vnc_server_failed`, `server_shows_more` | `screen_not_alone`, what the person has to
    close first (nothing was changed then), or what the kind makes of its exit.
    """
    if (problem := await asyncio.to_thread(kind.why_busy, computer)) is not None:
        raise problem
    if screen is not None and not await asyncio.to_thread(kind.shows_alone, computer, screen):
        raise TasukiError("server_shows_more", program=kind.name, screen=screen.key)
    folder = await keeper.temporary_folder()
    password = one_time(random)
    plan = kind.plan(computer, folder=folder, port=free_port(), password=password, screen=screen)
    server = StartedServer(kind=kind, plan=plan, keeper=keeper, folder=folder, journal=journal, password=password)
    try:
        await server.launch()
    except BaseException:
        await server.stop()
        raise
    return server


def write_files(plan: ServerPlan) -> None:
    """Make what the plan's program reads, and is. Raises OSError."""
    for name, content in plan.files.items():
        write_private(Path(name), content)
    for name, source in plan.copies.items():
        write_private(Path(name), Path(source).read_bytes())


def change_settings(plan: ServerPlan, journal: Path, *, owner: str, registry: Registry | None = None) -> None:
    """Write down what the person has, then set what the plan wants. Raises TasukiError `vnc_settings_refused`."""
    registry = registry or windows_registry()
    if registry is None:
        return
    try:
        write_down(os.fspath(journal), registry, plan.registry_key, plan.registry, owner=owner)
        for name, value in plan.registry.items():
            registry.write(plan.registry_key, name, Value(value, KINDS_OF_VALUES[type(value)]))
    except OSError as error:
        raise TasukiError("vnc_settings_refused", detail=error.strerror or str(error)) from error


def put_back_settings(
    journal: Path, *, owner: str | None = None, registry: Registry | None = None
) -> TasukiError | None:
    """Put back what a session has changed. Without `owner`: what one has left that died together with its keeper.

    What the person has to be told, where it cannot be put back.
    """
    registry = registry or windows_registry()
    if registry is None:
        return None
    there = journal.exists()
    try:
        done = put_back(os.fspath(journal), registry, owner=owner)
    except OSError as error:
        log.warning("settings_not_put_back", detail=error.strerror or str(error))
        return TasukiError("vnc_settings_not_put_back", detail=error.strerror or error)
    if not there or done or journal.exists():
        return None
    aside = journal.with_name(journal.name + DAMAGED)
    log.warning("settings_journal_damaged", aside=str(aside))
    return TasukiError("vnc_settings_lost", aside=aside)


def free_port() -> int:
    """A loopback port that nobody has now. Somebody may have it in a moment: whoever listens is checked at connecting."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
