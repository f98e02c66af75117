"""TigerVNC's x0vncserver (X0tigervnc on Debian): shows a running X display. Listens on a Unix socket only."""

import shutil
from pathlib import Path

from common.agent.keeper_client import Exit
from common.agent.passwords import obfuscated
from common.host.errors import TasukiError
from user_agent.servers.base import Host, Plan, ScreenChoice, UnixAddress, missing
from user_agent.servers.screen import x_display, x_environment, x_problem
from user_agent.servers.x11vnc import last_line

PROGRAMS = ("X0tigervnc", "x0tigervncserver", "x0vncserver")


class X0vncserver:
    """x0vncserver 1.12 and later."""

    name = "x0vncserver"
    platform = "linux"
    one_screen = True

    def present(self, host: Host) -> bool:
        """Whether it is on the search path, by one of its names."""
        return host.platform == self.platform and self._program(host) is not None

    def why_absent(self, host: Host) -> TasukiError | None:
        """What is missing: the program, or an X display."""
        return missing(self, host) or x_problem(host)

    def _program(self, host: Host) -> str | None:
        path = host.environ.get("PATH")
        return next((found for name in PROGRAMS if (found := shutil.which(name, path=path))), None)

    def plan(self, host: Host, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None) -> Plan:
        """A Unix socket of mode 0600, no TCP port, one password, nobody asked and nobody thrown out."""
        del port
        display, socket, secret = x_display(host), folder / "rfb", folder / "passwd"
        return Plan(
            argv=(
                *(self._program(host) or PROGRAMS[0], "-display", display, "-rfbport=-1"),
                *("-rfbunixpath", str(socket), "-rfbunixmode=0600"),
                *("-PasswordFile", str(secret), "-SecurityTypes", "VncAuth"),
                *("-AlwaysShared", "-DisconnectClients=0", "-QueryConnect=0", "-AcceptSetDesktopSize=0"),
                *(() if screen is None else ("-Geometry", screen.key)),
                "-UseBlacklist=0",  # its only client is the agent: a lock-out could only hit the right one
            ),
            address=UnixAddress(path=str(socket)),
            files={str(secret): obfuscated(password)},
            env=x_environment(host),
        )

    def explain(self, how: Exit) -> TasukiError:
        """It says on its last line what was wrong."""
        if "unable to open display" in how.output.lower():
            return TasukiError("screen_closed")
        return TasukiError("vnc_server_ended", program=self.name, detail=last_line(how))
