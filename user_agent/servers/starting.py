"""Start a VNC server of our own: files, settings, process, and the wait until it accepts. Stopped, nothing of it is left."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

from common.agent.keeper_client import Exit, Keeper, Program
from common.agent.keeper_journal import Registry, Value, put_back, windows_registry, write_down
from common.agent.passwords import one_time
from common.agent.sockets import listener_is_descendant
from common.host.errors import TasukiError
from common.host.files import write_private
from common.host.log import get_logger
from user_agent.servers.base import Host, Plan, ScreenChoice, ServerKind, TcpAddress
from user_agent.servers.connecting import connect

log = get_logger(component="servers")

ATTEMPT = 0.03  # seconds between two tries to connect: nothing tells when a server begins to listen
GREETING = 12  # bytes that a VNC server says first: its version
REG_BINARY, REG_DWORD = 3, 4  # winreg's


class Started:
    """A server that we started. Use `start()`."""

    def __init__(
        self, *, kind: ServerKind, plan: Plan, keeper: Keeper, folder: Path, journal: Path | None, password: str
    ) -> None:
        self.name = kind.name
        self.password = password if plan.password else ""
        self._kind = kind
        self._plan = plan
        self._keeper = keeper
        self._folder = folder
        self._journal = journal
        self._program: Program | None = None

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._running.pid

    @property
    def _running(self) -> Program:
        assert self._program is not None  # noqa: S101 -- nobody has it before it was launched
        return self._program

    async def launch(self) -> None:
        """Start the program and wait until it accepts connections. Raises TasukiError."""
        for name, content in self._plan.files.items():
            write_private(Path(name), content)
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

    async def _accepting(self) -> None:
        """Return once it accepts connections, or has ended."""
        while self._running.exit is None:
            try:
                with await connect(self._plan.address) as sock:
                    if self._plan.hear_first:
                        await asyncio.get_running_loop().sock_recv(sock, GREETING)
            except OSError:
                await asyncio.sleep(ATTEMPT)
            else:
                return

    async def connect(self) -> socket.socket:
        """A new connection, its other end checked to be our own child.

        Raises TasukiError `vnc_server_ended` | `server_not_ours` | `server_unreachable`.
        """
        if (how := self._running.exit) is not None:
            raise self._kind.explain(how)
        try:
            sock = await connect(self._plan.address)
        except OSError as error:
            raise TasukiError("vnc_server_ended", program=self.name, detail=error.strerror or str(error)) from error
        if isinstance(self._plan.address, TcpAddress) and self._plan.own_child:
            try:
                ours = await asyncio.to_thread(listener_is_descendant, sock, self._keeper.pid)
            except OSError:  # it was closed while we looked
                ours = False
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

        What cannot be done now, the keeper does at the end of everything, or the agent's next start.
        """
        if self._program is not None and self._program.exit is None:
            if self._plan.stop:
                with contextlib.suppress(TasukiError):
                    await (await self._keeper.start(self._plan.stop)).wait()
            if self._program.exit is None:
                with contextlib.suppress(TasukiError):  # the keeper has gone, and the program with it
                    await self._program.stop()
        if self._journal is not None:
            await asyncio.to_thread(put_back_settings, self._journal, owner=self._keeper.token)
        with contextlib.suppress(TasukiError):
            await self._keeper.discard(self._folder)


async def start(
    kind: ServerKind,
    *,
    host: Host,
    keeper: Keeper,
    random: Callable[[int], bytes],
    screen: ScreenChoice | None = None,
    journal: Path | None = None,
) -> Started:
    """Start a server of this kind and wait until it accepts connections.

    `screen` is the one monitor to show, where the kind can; None for all. `journal` is the file in the agent's folder
    (keeper_journal.FILE) in which changed settings of the person are written down: without one none is changed.
    Raises TasukiError: `no_screen`, `vnc_server_failed`, or what the kind makes of its exit.
    """
    folder = await keeper.temporary_folder()
    password = one_time(random)
    plan = kind.plan(
        host, folder=folder, port=free_port(), password=password, screen=screen if kind.one_screen else None
    )
    server = Started(kind=kind, plan=plan, keeper=keeper, folder=folder, journal=journal, password=password)
    try:
        await server.launch()
    except BaseException:
        await server.stop()
        raise
    return server


def change_settings(plan: Plan, journal: Path, *, owner: str, registry: Registry | None = None) -> None:
    """Write down what the person has, then set what the plan wants. Raises TasukiError `vnc_settings_refused`."""
    registry = registry or windows_registry()
    if registry is None:
        return
    try:
        write_down(os.fspath(journal), registry, plan.registry_key, plan.registry, owner=owner)
        for name, value in plan.registry.items():
            registry.write(plan.registry_key, name, Value(value, REG_DWORD if isinstance(value, int) else REG_BINARY))
    except OSError as error:
        raise TasukiError("vnc_settings_refused", detail=error.strerror or str(error)) from error


def put_back_settings(journal: Path, *, owner: str | None = None, registry: Registry | None = None) -> None:
    """Put back what a session has changed. Without `owner`: what one has left that died together with its keeper."""
    registry = registry or windows_registry()
    if registry is None:
        return
    try:
        put_back(os.fspath(journal), registry, owner=owner)
    except OSError as error:
        log.warning("settings_not_put_back", detail=error.strerror or str(error))


def free_port() -> int:
    """A loopback port that nobody has now. Somebody may have it in a moment: whoever listens is checked at connecting."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
