"""Start a VNC server of our own: files, settings, process, and the wait until it accepts."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from common.agent.keeper_client import Keeper, Program
from common.agent.passwords import one_time
from common.agent.sockets import listener_is_descendant
from common.host.errors import TasukiError
from common.host.files import write_private
from user_agent.servers.base import Host, Plan, ScreenChoice, ServerKind, TcpAddress
from user_agent.servers.connecting import connect

ATTEMPT = 0.03  # seconds between two tries to connect: nothing tells when a server begins to listen


class Started:
    """A server that we started. Use `start()`."""

    def __init__(self, *, kind: ServerKind, plan: Plan, program: Program, keeper: Keeper, password: str) -> None:
        self.name = kind.name
        self.password = password
        self._kind = kind
        self._plan = plan
        self._program = program
        self._keeper = keeper

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._program.pid

    async def connect(self) -> socket.socket:
        """A new connection, its other end checked to be our own child.

        Raises TasukiError `vnc_server_ended` | `server_not_ours` | `server_unreachable`.
        """
        if (how := self._program.exit) is not None:
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
        return self._kind.explain(await self._program.wait())

    async def stop(self) -> None:
        """End it. What it changed is put back by the keeper at the end of everything."""
        if self._plan.stop and self._program.exit is None:
            with contextlib.suppress(TasukiError):
                await (await self._keeper.start(self._plan.stop)).wait()
        if self._program.exit is None:
            await self._program.stop()


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
    where it is written down which of the person's settings are changed (only on Windows).
    Raises TasukiError: `no_screen`, `vnc_server_failed`, or what the kind makes of its exit.
    """
    chosen = screen if kind.one_screen else None
    folder = await keeper.temporary_folder()
    password = one_time(random)
    plan = kind.plan(host, folder=folder, port=free_port(), password=password, screen=chosen)
    for name, content in plan.files.items():
        write_private(Path(name), content)
    if plan.registry:
        await keeper.restore_registry_at_end(plan.registry_key, list(plan.registry))
        _write_registry(plan)
    try:
        program = await keeper.start(plan.argv, name=kind.name, env=plan.env)
    except TasukiError as error:
        raise TasukiError("vnc_server_failed", program=kind.name, detail=error.facts.get("detail")) from error
    started = Started(kind=kind, plan=plan, program=program, keeper=keeper, password=password if plan.password else "")
    try:
        async with asyncio.timeout(plan.patience):
            await _accepting(plan, program)
    except TimeoutError:
        await started.stop()
        raise TasukiError("vnc_server_failed", program=kind.name, detail=f"{plan.patience:.0f} s") from None
    if program.exit is not None:
        raise kind.explain(program.exit)
    return started


async def _accepting(plan: Plan, program: Program) -> None:
    """Return once it accepts connections, or has ended."""
    while program.exit is None:
        try:
            (await connect(plan.address)).close()
        except OSError:
            await asyncio.sleep(ATTEMPT)
        else:
            return


def free_port() -> int:
    """A loopback port that nobody has now. Somebody may have it in a moment: whoever listens is checked at connecting."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def _write_registry(plan: Plan) -> None:
    if sys.platform != "win32":
        return
    import winreg

    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, plan.registry_key) as handle:
        for name, value in plan.registry.items():
            kind = winreg.REG_DWORD if isinstance(value, int) else winreg.REG_BINARY
            winreg.SetValueEx(handle, name, 0, kind, value)
