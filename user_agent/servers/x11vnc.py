"""x11vnc: shows a running X display. Listens on a Unix socket only."""

from pathlib import Path

from common.agent.keeper.client import Exit
from common.host.computer import Computer
from common.host.errors import TasukiError
from user_agent.servers.base import ScreenChoice, ServerKind, ServerPlan, UnixAddress
from user_agent.servers.display import display_problem, x_display, x_environment, x_problem


class X11vnc(ServerKind):
    """x11vnc 0.9.16 and later."""

    name = "x11vnc"
    platform = "linux"
    on_x11 = True
    one_screen = True
    one_look = True
    sleeps_alone = True

    def program(self, computer: Computer) -> str | None:
        """On the search path."""
        return computer.on_path("x11vnc")

    def why_absent(self, computer: Computer) -> TasukiError | None:
        """What is missing: the program, or an X display."""
        return super().why_absent(computer) or x_problem(computer)

    def why_no_picture(self, computer: Computer) -> TasukiError | None:
        """The X display does not take us."""
        return display_problem(computer)

    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """No TCP port at all: `-rfbport 0` alone leaves [::]:5900 open, and `-localhost` turns away who comes by the
        Unix socket ("localhost does not match 127.0.0.1").
        """
        del port
        display, socket, secret = x_display(computer), folder / "rfb", folder / "passwd"
        return ServerPlan(
            argv=(
                *("x11vnc", "-display", display, "-unixsock", str(socket)),
                *("-rfbport", "0", "-rfbportv6", "0", "-no6", "-noipv6", "-listen", "127.0.0.1"),
                *("-passwdfile", f"rm:{secret}"),  # removed as soon as it is read
                *("-forever", "-shared"),  # else it ends after the first viewer
                *("-speeds", "lan"),  # measuring takes half a second of a first return
                *(() if screen is None else ("-clip", screen.key)),
                *("-nosel", "-noprimary", "-noclipboard", "-nosetprimary", "-nosetclipboard"),  # the agent has it
                "-viewonly",  # the agent puts keys and pointer in by itself
                "-repeat",  # else it switches key repeat off for the person too, and leaves it off when it dies
                *("-nonap", "-sb", "0"),  # it hears of no key, and would look five times a second
                *(
                    "-wait",
                    "10",
                    "-defer",
                    "10",
                ),  # a key is seen after 31 ms in the middle; by its own measures after 66
                *("-noremote", "-norc", "-nolookup", "-q"),  # no remote control of itself, nobody's ~/.x11vncrc
            ),
            address=UnixAddress(path=str(socket)),
            files={str(secret): password.encode() + b"\n"},
            env=x_environment(computer),
        )

    def explain(self, how: Exit) -> TasukiError:
        """Without a display it says so."""
        if "XOpenDisplay" in how.output or "unable to open display" in how.output.lower():
            return TasukiError("screen_closed")
        return super().explain(how)
