r"""TightVNC's server (Windows): settings in the registry under HKCU\Software\TightVNC\Server, put back by the keeper.

What it reads there, and what it does about a second one, is in its sources, of which 2.8.2 to 2.8.81 were read:
server-config-lib/Configurator.cpp (the values), tvnserver-app/TvnServerApplication.cpp (one in each login session, known by a
mutex; ServiceOnly), tvnserver-app/TvnServer.cpp (what is done when the last client goes), tvnserver-app/ControlClient.cpp
(who may give it orders), tvncontrol-app/ControlMessage.cpp (a control program takes ControlPassword out of the registry),
fb-update-sender/ViewPort.cpp and win-system/WindowsDisplays.cpp (what -sharedisplay means: a number that is no monitor's shows
nothing), win-system/WindowsApplication.cpp (WM_CLOSE ends it in good order).

It is never ended by `-controlapp -shutdown`: its pipe is named after the session at the console, which under Remote Desktop is
another person's; and where there is no pipe that shows a box and waits. For the same reason one monitor alone is shown only in the
session at the console, and it is looked whether it is alone: an order that was not obeyed ends without a word.
"""

import base64
import hashlib
from pathlib import Path

from common.agent.passwords import obfuscated
from common.host.computer import Computer
from common.host.errors import TasukiError
from user_agent.servers.base import ScreenChoice, ServerKind, ServerPlan, TcpAddress
from user_agent.servers.monitors import windows_monitor

KEY = r"Software\TightVNC\Server"
SERVICE_ONLY = rf"{KEY}\ServiceOnly"  # an administrator's, under HKEY_LOCAL_MACHINE
INSTANCE = "tvnserverApplication"
FOLDERS = ("TightVNC",)
OURSELVES_ALONE = "127.0.0.1-127.0.0.1:0,0.0.0.0-255.255.255.255:1"  # 0 lets in, 1 does not; the first that fits counts


def values(*, port: int, password: str) -> dict[str, int | bytes | str]:
    """What the registry holds during one session: DWORDs, BINARYs and texts. The view-only password is never the real one.

    Without ControlPassword any program of this computer, also another person's, could give it orders: connect to somebody else,
    say, without a password.
    """
    orders = base64.urlsafe_b64encode(hashlib.sha256(password.encode()).digest())[:8].decode()
    return {
        "AcceptRfbConnections": 1,
        "RfbPort": port,
        "LoopbackOnly": 1,
        "AllowLoopback": 1,  # its default refuses loopback
        "IpAccessControl": OURSELVES_ALONE,
        "ExtraPorts": "",  # each would show a part of the screen at a port of its own
        "UseVncAuthentication": 1,
        "Password": obfuscated(password),
        "PasswordViewOnly": obfuscated(password[::-1]),
        "UseControlAuthentication": 1,
        "RepeatControlAuthentication": 0,
        "ControlPassword": obfuscated(orders),
        "AcceptHttpConnections": 0,
        "EnableUrlParams": 0,
        "EnableFileTransfers": 0,
        "AlwaysShared": 1,
        "NeverShared": 0,
        "DisconnectClients": 0,
        "BlockRemoteInput": 0,
        "BlockLocalInput": 0,  # the person can always stop
        "LocalInputPriority": 0,
        "DisconnectAction": 0,  # else it locks the computer or logs out whenever a connection to it ends
        "IdleTimeout": 0,
        "ConnectToRdp": 0,
        "RunControlInterface": 0,
        "RemoveWallpaper": 0,
        "LogLevel": 0,
        "SaveLogToAllUsersPath": 0,
    }


class TightVncServer(ServerKind):
    """tvnserver.exe 2.8, started as a program, not as the service."""

    name = "TightVNC"
    platform = "win32"
    one_screen = True
    one_look = False
    sleeps_alone = False

    def program(self, computer: Computer) -> str | None:
        """tvnserver.exe, wherever it was installed."""
        return computer.installed(FOLDERS, "tvnserver.exe", service="tvnserver")

    def why_absent(self, computer: Computer) -> TasukiError | None:
        """Not installed, or an administrator lets it run as the service alone (since 2.8.75; a box says so, and it waits)."""
        if (problem := super().why_absent(computer)) is not None:
            return problem
        return TasukiError("tightvnc_service_only") if computer.windows.machine_has_key(SERVICE_ONLY) else None

    def why_busy(self, computer: Computer) -> TasukiError | None:
        """The person's own runs in this session; the service does not matter, which has settings of its own."""
        return TasukiError("tightvnc_running") if computer.windows.holds_mutex(INSTANCE) else None

    def shows_alone(self, computer: Computer, screen: ScreenChoice) -> bool:
        """Any, where the orders that it takes go to it and nobody else."""
        return computer.windows.at_console() and windows_monitor(computer, screen) is not None

    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """It reads its settings when it starts, and again whenever any program of this computer tells it to: they stay."""
        del folder
        program = self.program(computer) or "tvnserver.exe"
        order: tuple[str, ...] = ()
        if screen is not None:
            found = windows_monitor(computer, screen)
            if found is None:
                raise TasukiError("screen_unknown", screen=screen.key)
            order = (program, "-controlapp", "-sharedisplay", str(found[0]))
        return ServerPlan(
            argv=(program, "-run"),
            order=order,
            size=None if screen is None else (screen.width, screen.height),
            address=TcpAddress(host="127.0.0.1", port=port),
            registry_key=KEY,
            registry=values(port=port, password=password),
        )
