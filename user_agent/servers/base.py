"""What a VNC server that the agent can start is: is it here, what command, what does its exit mean.

A server module holds a `ServerKind`; `start()` makes a `StartedServer` of it, which the broker connects to. Nothing
here speaks RFB.
"""

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from common.agent.keeper.client import Exit
from common.host.computer import Computer
from common.host.errors import TasukiError
from user_agent.input.ports import ShownDesktop


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

    On Windows the primary monitor is at 0, 0, and others may be left of it or above.

    Shown alone it fills the framebuffer: the framebuffer's 0, 0 is the desktop's `x`, `y`.
    """

    name: str  # the system's, such as "HDMI-1"
    x: int
    y: int
    width: int
    height: int
    mark: str = field(default="", compare=False)  # what else tells it from another monitor, where that is known

    def is_still(self, found: "ScreenChoice") -> bool:
        """Whether this is what was found: the same monitor, of the same size, at the same place, turned alike."""
        return self == found and self.mark == found.mark

    @property
    def size(self) -> str:
        """For people."""
        return f"{self.width}×{self.height}"

    @property
    def key(self) -> str:
        """What names it in a wish: "1024x768+0+0"."""
        return f"{self.width}x{self.height}{self.x:+}{self.y:+}"


@dataclass(frozen=True, kw_only=True)
class ServerPlan:
    """How to start a server: the command, the files it reads (written with mode 0600 before), where it will listen.

    `copies` are made before it is started: each path's content is that of another.
    """

    argv: tuple[str, ...]
    address: Address
    files: Mapping[str, bytes] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] | None = None
    registry_key: str = ""  # Windows, under HKEY_CURRENT_USER: what is there is put back at the end
    registry: Mapping[str, int | bytes | str] = field(default_factory=dict)
    order: tuple[str, ...] = ()  # given once it accepts: nobody is shown anything before it has been obeyed
    size: tuple[int, int] | None = None  # of its framebuffer, where it is only known by looking that no more is shown
    own_child: bool = True  # whoever listens must be a program that we started
    password: bool = True  # False: nobody else can come to its address, and it asks for none
    hear_first: bool = False  # it breaks where somebody hangs up before its first words
    ready: Callable[[], bool] | None = None  # asked once it accepts, in a thread: whether one can log in yet
    patience: float = 10.0  # seconds until it must accept connections

    def __post_init__(self) -> None:
        """Any local process can come to a TCP port: there is no server without a password on one."""
        if not self.password and not isinstance(self.address, UnixAddress):
            raise ValueError("a server without a password must listen on a Unix socket")


class ServerKind(ABC):
    """One kind of VNC server that can be started. Each has a module, with what is its own."""

    name: str
    platform: str  # `sys.platform` of the system it is for
    on_x11: bool = False  # whether what it shows is the desktop of DISPLAY
    one_screen: bool  # whether it can show one monitor alone; which of them, `shows_alone` says
    one_look: bool  # measured: to its end an update shows the screen as it was when it began, and nothing newer
    sleeps_alone: bool  # measured: without a client it does not look, and shows the next one what it saw last

    @abstractmethod
    def program(self, computer: Computer) -> str | None:
        """The path of its program where it usually is; None where it is not there. Asked on its own platform only."""

    def present(self, computer: Computer) -> bool:
        """Whether its program is installed on this platform."""
        return computer.platform == self.platform and self.program(computer) is not None

    def why_absent(self, computer: Computer) -> TasukiError | None:
        """Why it cannot show the screen here and now; None where it can."""
        return None if self.present(computer) else TasukiError("vnc_server_not_here", name=self.name)

    def why_busy(self, computer: Computer) -> TasukiError | None:  # noqa: ARG002 -- most can run beside another of their kind
        """Why it cannot be started now, though it can show the screen: what the person has to close first; None where it can."""
        return None

    def why_no_picture(self, computer: Computer) -> TasukiError | None:  # noqa: ARG002 -- most show what is always there
        """Why there is nothing that it could show, as far as it can be seen without starting it; None where there is. It may wait."""
        return None

    def shows_alone(self, computer: Computer, screen: ScreenChoice) -> bool:  # noqa: ARG002 -- most can show any
        """Whether it can show this monitor without the others, here and now."""
        return self.one_screen

    def desktop(self, computer: Computer, screen: ScreenChoice | None) -> ShownDesktop | None:
        """What it shows, where that is an X display into which the agent can put keys and pointer by itself; else None."""
        if not self.on_x11:
            return None
        display = computer.environ.get("DISPLAY", "")
        if screen is None:
            return ShownDesktop(display)
        return ShownDesktop(display, (screen.x, screen.y), (screen.width, screen.height))

    @abstractmethod
    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """How to start it. `folder` is private and empty, `port` is free, `password` has at most 8 characters.

        `screen` is the one monitor to show, only where it `shows_alone`. Raises TasukiError `no_screen` where there is
        nothing to show, `screen_unknown` where that monitor has gone.
        """

    def explain(self, how: Exit) -> TasukiError:
        """What its exit means, as an error a person can read. Most servers say on their last line what was wrong."""
        return TasukiError("vnc_server_ended", program=self.name, detail=how.last_line)


class RunningServer(Protocol):
    """A server that runs: what the broker needs of it."""

    name: str
    password: str
    one_look: bool  # as its kind's; both False where that is not known
    sleeps_alone: bool

    async def connect(self) -> socket.socket:
        """A new connection to it, non-blocking, its other end checked to be our own child where we started it.

        Raises TasukiError `server_gone` | `server_not_ours`.
        """

    async def over(self) -> TasukiError:
        """Wait until it ended by itself, and say why. Waits for ever where that cannot be known."""

    async def stop(self) -> None:
        """End it, and put back what was changed for it. Safe to call twice."""
