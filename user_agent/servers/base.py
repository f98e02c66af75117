"""What a VNC server that the agent can start is: is it here, what command, what does its exit mean.

A server module holds a `ServerKind`; `start()` makes a `StartedServer` of it, which the broker connects to. Nothing
here speaks RFB.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from common.agent.keeper_client import Exit
from common.host.errors import TasukiError


@dataclass(frozen=True, kw_only=True)
class Host:
    """What a server module may look at: the environment variables, the search path, the platform (`sys.platform`)."""

    environ: Mapping[str, str]
    platform: str


@dataclass(frozen=True, kw_only=True)
class UnixAddress:
    """A Unix socket in a folder of mode 0700."""

    path: str


@dataclass(frozen=True, kw_only=True)
class TcpAddress:
    """A TCP address; a server that we start listens on 127.0.0.1 only."""

    host: str
    port: int


Address = UnixAddress | TcpAddress


@dataclass(frozen=True, kw_only=True)
class ScreenChoice:
    """One monitor, which can be shown without the others; `x` and `y` are its place on the whole desktop, in its pixels.

    Shown alone it fills the framebuffer: the framebuffer's 0, 0 is the desktop's `x`, `y`.
    """

    name: str  # the system's, such as "HDMI-1"
    x: int
    y: int
    width: int
    height: int

    @property
    def key(self) -> str:
        """What names it in a wish: "1024x768+0+0"."""
        return f"{self.width}x{self.height}+{self.x}+{self.y}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to start a server: the command, the files it reads (written with mode 0600 before), where it will listen."""

    argv: tuple[str, ...]
    address: Address
    files: Mapping[str, bytes] = field(default_factory=dict)
    env: Mapping[str, str] | None = None
    registry_key: str = ""  # Windows, under HKEY_CURRENT_USER: what is there is put back at the end
    registry: Mapping[str, int | bytes] = field(default_factory=dict)
    stop: tuple[str, ...] = ()  # a command that ends it, where ending the process does not do
    own_child: bool = True  # whoever listens must be a program that we started
    password: bool = True  # False: nobody else can come to its address, and it asks for none
    hear_first: bool = False  # it breaks where somebody hangs up before its first words
    patience: float = 10.0  # seconds until it must accept connections

    def __post_init__(self) -> None:
        """Any local process can come to a TCP port: there is no server without a password on one."""
        if not self.password and not isinstance(self.address, UnixAddress):
            raise ValueError("a server without a password must listen on a Unix socket")


class ServerKind(Protocol):
    """One kind of VNC server that can be started."""

    name: str
    platform: str  # `sys.platform` of the system it is for
    one_screen: bool  # whether it can show one monitor alone

    def present(self, host: Host) -> bool:
        """Whether its program is installed on this platform."""

    def why_absent(self, host: Host) -> TasukiError | None:
        """Why it cannot show the screen here and now; None where it can."""

    def plan(self, host: Host, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None) -> Plan:
        """How to start it. `folder` is private and empty, `port` is free, `password` has at most 8 characters.

        `screen` is the one monitor to show, only where `one_screen`. Raises TasukiError `no_screen` where there is
        nothing to show.
        """

    def explain(self, how: Exit) -> TasukiError:
        """What its exit means, as an error a person can read."""


def missing(kind: ServerKind, host: Host) -> TasukiError | None:
    """The reason where its program is not installed here."""
    return None if kind.present(host) else TasukiError("vnc_server_not_here", name=kind.name)


class Server(Protocol):
    """A server that runs: what the broker needs of it."""

    name: str
    password: str

    async def connect(self) -> socket.socket:
        """A new connection to it, non-blocking, its other end checked to be our own child where we started it.

        Raises TasukiError `server_gone` | `server_not_ours`.
        """

    async def over(self) -> TasukiError:
        """Wait until it ended by itself, and say why. Waits for ever where that cannot be known."""

    async def stop(self) -> None:
        """End it, and put back what was changed for it. Safe to call twice."""
