"""wayvnc: shows one output of a wlroots-like Wayland desktop (sway, labwc, Wayfire, Hyprland…). On a Unix socket only.

It asks for no password on a Unix socket: who may come is who may enter the folder, and that is only this user.
"""

import shutil
from pathlib import Path

from common.agent.keeper_client import Exit
from common.host.errors import TasukiError
from common.host.screen import is_wayland
from user_agent.servers import wayland
from user_agent.servers.base import Host, Plan, ScreenChoice, UnixAddress, missing
from user_agent.servers.screen import desktop, on_wayland, wayland_environment
from user_agent.servers.x11vnc import last_line


class WayVnc:
    """wayvnc 0.5 and later."""

    name = "wayvnc"
    platform = "linux"
    one_screen = True

    def present(self, host: Host) -> bool:
        """Whether it is on the search path."""
        return host.platform == self.platform and shutil.which("wayvnc", path=host.environ.get("PATH")) is not None

    def why_absent(self, host: Host) -> TasukiError | None:
        """What is missing: a Wayland desktop, one that lets itself be shown, or the program."""
        if host.platform != self.platform:
            return missing(self, host)
        if not is_wayland(host.environ):
            return TasukiError("screen_not_wayland", name=self.name)
        if not wayland.shows(host):
            return on_wayland(host)
        return None if self.present(host) else TasukiError("wayvnc_not_here", desktop=desktop(host))

    def plan(self, host: Host, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None) -> Plan:
        """An empty settings file of its own, since the person's could open a port.

        Its run-time folder is ours: wayvnc 0.6 and later put a control socket there, by an option that 0.5 does not know.
        """
        del port, password
        socket, settings = folder / "rfb", folder / "settings"
        return Plan(
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
                **wayland_environment(host),
                "WAYLAND_DISPLAY": str(wayland.address(host)),
                "XDG_RUNTIME_DIR": str(folder),
            },
        )

    def explain(self, how: Exit) -> TasukiError:
        """It says on its last line what was wrong."""
        return TasukiError("vnc_server_ended", program=self.name, detail=last_line(how))
