"""TigerVNC's x0vncserver (X0tigervnc on Debian): shows a running X display. Listens on a Unix socket only."""

from pathlib import Path

from common.agent.keeper.client import Exit
from common.agent.passwords import obfuscated
from common.host.computer import Computer
from common.host.errors import TasukiError
from user_agent.servers.base import ScreenChoice, ServerKind, ServerPlan, UnixAddress
from user_agent.servers.display import depth_problem, display_problem, x_display, x_environment, x_problem

DEPTHS = frozenset({0, 15, 16, 24, 32})  # 0: not known
PROGRAMS = ("X0tigervnc", "x0tigervncserver", "x0vncserver")


class X0vncserver(ServerKind):
    """x0vncserver 1.12 and later."""

    name = "x0vncserver"
    platform = "linux"
    on_x11 = True
    one_screen = True
    one_look = True
    sleeps_alone = False

    def program(self, computer: Computer) -> str | None:
        """On the search path, by one of its names."""
        return computer.on_path(*PROGRAMS)

    def why_absent(self, computer: Computer) -> TasukiError | None:
        """What is missing: the program, or an X display."""
        return super().why_absent(computer) or x_problem(computer)

    def why_no_picture(self, computer: Computer) -> TasukiError | None:
        """The X display does not take us, or has pixels that it cannot read: of 8 bits it dies, of 30 it hangs up (1.12)."""
        return display_problem(computer) or depth_problem(computer, self.name, DEPTHS)

    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """A Unix socket of mode 0600, no TCP port, one password, nobody asked and nobody thrown out."""
        del port
        display, socket, secret = x_display(computer), folder / "rfb", folder / "passwd"
        return ServerPlan(
            argv=(
                *(self.program(computer) or PROGRAMS[0], "-display", display, "-rfbport=-1"),
                *("-rfbunixpath", str(socket), "-rfbunixmode=0600"),
                *("-PasswordFile", str(secret), "-SecurityTypes", "VncAuth"),
                *("-AlwaysShared", "-DisconnectClients=0", "-QueryConnect=0", "-AcceptSetDesktopSize=0"),
                *("-AcceptKeyEvents=0", "-AcceptPointerEvents=0"),  # the agent puts keys and pointer in by itself
                *(() if screen is None else ("-Geometry", screen.key)),
                "-UseBlacklist=0",  # its only client is the agent: a lock-out could only hit the right one
            ),
            address=UnixAddress(path=str(socket)),
            files={str(secret): obfuscated(password)},
            env=x_environment(computer),
        )

    def explain(self, how: Exit) -> TasukiError:
        """Without a display it says so."""
        if "unable to open display" in how.output.lower():
            return TasukiError("screen_closed")
        return super().explain(how)
