"""x11vnc: shows a running X display. Listens on a Unix socket only."""

import shutil
from pathlib import Path

from common.agent.keeper_client import Exit
from common.host.errors import TasukiError
from user_agent.servers.base import Host, Plan, ScreenChoice, UnixAddress, missing
from user_agent.servers.screen import x_display, x_environment, x_problem


class X11vnc:
    """x11vnc 0.9.16 and later."""

    name = "x11vnc"
    platform = "linux"
    one_screen = True

    def present(self, host: Host) -> bool:
        """Whether it is on the search path."""
        return host.platform == self.platform and shutil.which("x11vnc", path=host.environ.get("PATH")) is not None

    def why_absent(self, host: Host) -> TasukiError | None:
        """What is missing: the program, or an X display."""
        return missing(self, host) or x_problem(host)

    def plan(self, host: Host, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None) -> Plan:
        """No TCP port at all: `-rfbport 0` alone leaves [::]:5900 open, and `-localhost` turns away who comes by the
        Unix socket ("localhost does not match 127.0.0.1").
        """
        del port
        display, socket, secret = x_display(host), folder / "rfb", folder / "passwd"
        return Plan(
            argv=(
                *("x11vnc", "-display", display, "-unixsock", str(socket)),
                *("-rfbport", "0", "-rfbportv6", "0", "-no6", "-noipv6", "-listen", "127.0.0.1"),
                *("-passwdfile", f"rm:{secret}"),  # removed as soon as it is read
                *("-forever", "-shared"),  # else it ends after the first viewer
                *(() if screen is None else ("-clip", screen.key)),
                *("-noremote", "-norc", "-nolookup", "-q"),  # no remote control of itself, nobody's ~/.x11vncrc
            ),
            address=UnixAddress(path=str(socket)),
            files={str(secret): password.encode() + b"\n"},
            env=x_environment(host),
        )

    def explain(self, how: Exit) -> TasukiError:
        """It says on its last lines what was wrong."""
        if "XOpenDisplay" in how.output or "unable to open display" in how.output.lower():
            return TasukiError("screen_closed")
        return TasukiError("vnc_server_ended", program=self.name, detail=last_line(how))


def last_line(how: Exit) -> str:
    """The last line that a program printed, or how it ended, for the detail of a sentence."""
    lines = [line.strip() for line in how.output.splitlines() if line.strip()]
    if lines:
        return lines[-1][:200]
    return f"signal {how.signal}" if how.code is None else f"exit code {how.code}"
