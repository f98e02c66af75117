"""A VNC server that is running already: `--server HOST:PORT --password-file F`. It is not ours to end, or to check."""

import asyncio
import re
import socket
from pathlib import Path

from common.host.computer import Computer
from common.host.errors import TasukiError, UsageError
from common.host.system_errors import meaning
from user_agent.input.ports import ShownDesktop
from user_agent.servers.base import Address, ScreenChoice, TcpAddress, UnixAddress
from user_agent.servers.connecting import Connection, connect

_TCP = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[0-9A-Za-z._-]+)):(?P<port>[0-9]{1,5})")


def parse_address(text: str) -> Address:
    """HOST:PORT, [IPV6]:PORT or the path of a Unix socket. Raises UsageError `server_address_wrong`."""
    if text.startswith("/"):
        return UnixAddress(path=text)
    match = _TCP.fullmatch(text)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise UsageError("server_address_wrong", address=text)
    return TcpAddress(host=match["v6"] or match["name"], port=int(match["port"]))


def written(address: Address) -> str:
    """As `parse_address` takes it."""
    if isinstance(address, UnixAddress):
        return address.path
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


def read_password(path: Path | None) -> str:
    """The first line of the file; empty without a file. Raises TasukiError `password_file_unreadable`."""
    if path is None:
        return ""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise TasukiError("password_file_unreadable", path=path, detail=error.strerror) from error
    return lines[0] if lines else ""


class ForeignServer:
    """The server that the person named. `display`: and the X display that it shows, which is to be proved; "" where none was named."""

    one_look = sleeps_alone = False  # it may be any program

    def __init__(self, *, address: Address, password: str, display: str = "") -> None:
        self.address = address
        self.display = display
        self.name = written(address)
        self.password = password

    def desktop(self, computer: Computer, screen: ScreenChoice | None) -> ShownDesktop | None:  # noqa: ARG002 -- its kind is asked alike
        """What it was proved to show (`shown_display`); where nobody has said it, input goes through it."""
        return ShownDesktop(self.display) if self.display else None

    async def connect(self) -> Connection:
        """A new connection. Raises TasukiError `server_name_unknown` | `server_unreachable`."""
        try:
            return await connect(self.address)
        except socket.gaierror as error:
            raise TasukiError("server_name_unknown", address=self.name) from error
        except OSError as error:
            detail = meaning(error.errno) if error.errno else str(error)
            raise TasukiError("server_unreachable", address=self.name, detail=detail) from error

    async def over(self) -> TasukiError:
        """Nobody tells: its connections do."""
        never: asyncio.Future[TasukiError] = asyncio.get_running_loop().create_future()
        return await never

    async def stop(self) -> None:
        """It runs on: it was there before."""
