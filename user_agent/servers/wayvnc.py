"""wayvnc: shows one output of a wlroots-like Wayland desktop (sway, labwc, Wayfire, Hyprland…). On a Unix socket only.

It asks for no password on a Unix socket: who may come is who may enter the folder, and that is only this user.
"""

from pathlib import Path

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.screen import is_wayland
from user_agent.servers import wayland
from user_agent.servers.base import ScreenChoice, ServerKind, ServerPlan, UnixAddress
from user_agent.servers.display import desktop, on_wayland, wayland_environment


class WayVnc(ServerKind):
    """wayvnc 0.5 and later."""

    name = "wayvnc"
    platform = "linux"
    one_screen = True
    one_look = False
    sleeps_alone = False

    def program(self, computer: Computer) -> str | None:
        """On the search path."""
        return computer.on_path("wayvnc")

    def why_absent(self, computer: Computer) -> TasukiError | None:
        """What is missing: a Wayland desktop, one that lets itself be shown, or the program."""
        if computer.platform != self.platform:
            return super().why_absent(computer)
        if not is_wayland(computer.environ):
            return TasukiError("screen_not_wayland", name=self.name)
        if not wayland.shows(computer):
            return on_wayland(computer)
        return None if self.present(computer) else TasukiError("wayvnc_not_here", desktop=desktop(computer))

    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """An empty settings file of its own, since the person's could open a port.

        Its run-time folder is ours: wayvnc 0.6 and later put a control socket there, by an option that 0.5 does not know.
        """
        del port, password
        socket, settings = folder / "rfb", folder / "settings"
        return ServerPlan(
            argv=(
                *("wayvnc", "--unix-socket", "--config", str(settings)),
                *(() if screen is None else ("--output", screen.name)),
                *("--render-cursor", str(socket)),
            ),
            address=UnixAddress(path=str(socket)),
            password=False,
            hear_first=True,  # 0.5: a segmentation fault
            files={str(settings): b""},
            env={
                **wayland_environment(computer),
                "WAYLAND_DISPLAY": str(wayland.address(computer)),
                "XDG_RUNTIME_DIR": str(folder),
            },
        )
