"""UltraVNC's server (Windows): settings in an INI file of its own for this session; the person's own is neither read nor changed.

What it reads there is in its sources, of which 1.2.2 to 1.6 were read (winvnc/winvnc): winvnc.cpp (-config, since 1.5.0, and how its
path is taken apart), inifile.cpp (before that the file beside the program counts, whatever is named: -inifile comes too late,
SettingsManager.cpp has read by then), SettingsManager.cpp and vncproperties.cpp (the keys; one that is missing is as the program
likes it, so all that matter are written), vncserver.cpp (AuthHosts, QuerySetting, which monitors, what is done when the last
client goes).
"""

from enum import Enum
from pathlib import Path, PureWindowsPath

from common.agent.passwords import ini_struct, obfuscated
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.windows import Version
from user_agent.servers.base import ScreenChoice, ServerKind, ServerPlan, TcpAddress
from user_agent.servers.monitors import windows_monitor

FOLDERS = (r"uvnc bvba\UltraVNC", "UltraVNC")

CONFIG_SINCE: Version = (1, 5, 0, 0)
BESIDE_SINCE: Version = (1, 2, 0, 0)
BESIDE_UNTIL: Version = (1, 4, 4, 0)  # what was built while 1.5.0 was being made: its settings are the person's own
BESIDE = "ultravnc.ini"
LIBRARIES = ("ddengine.dll", "ddengine64.dll", "vnchooks.dll")  # by which it looks at the screen; looked for beside it

ADMIN: dict[str, int | str] = {
    "UseRegistry": 0,
    "AutoPortSelect": 0,
    "SocketConnect": 1,
    "HTTPConnect": 0,
    "EnableTLS": 0,
    "LoopbackOnly": 1,
    "AllowLoopback": 1,
    "AuthHosts": "-:+127.0.0.1",  # nobody but this computer; the last that fits counts
    "UseIpv6": 0,
    "cloudEnabled": 0,
    "UseBridge": 0,
    "ReverseAuthRequired": 1,
    "AuthRequired": 1,
    "Secure": 0,  # how the password is written here
    "MSLogonRequired": 0,
    "RequireMSLogonIII": 0,
    "NewMSLogon": 0,
    "UseDSMPlugin": 0,
    "QuerySetting": 2,  # no question of its own: the person has been asked
    "FileTransferEnabled": 0,
    "BlankMonitorEnabled": 0,
    "ConnectPriority": 1,  # a second connection is welcome beside the first
    "InputsEnabled": 1,
    "LocalInputsDisabled": 0,  # the person can always stop
    "EnableJapInput": 0,
    "EnableUnicodeInput": 1,
    "Collabo": 0,
    "IdleTimeout": 0,
    "IdleInputTimeout": 0,
    "LockSetting": 0,  # else it locks the computer or logs out whenever a connection to it ends
    "clearconsole": 0,
    "rdpmode": 0,
    "noscreensaver": 0,
    "AllowProperties": 0,
    "AllowEditClients": 0,
    "AllowInjection": 0,
    "DisableTrayIcon": 1,
    "Frame": 0,  # Tasuki has its own
    "Notification": 0,
    "OSD": 0,
    "RemoveWallpaper": 0,
    "RemoveAero": 0,
    "RemoveEffects": 0,
    "RemoveFontSmoothing": 0,
    "DebugMode": 0,
    "Avilog": 0,
    "primary": 1,
}
POLL = {"EnableDriver": 0, "EnableVirtual": 0, "SingleWindow": 0}


def ini(*, port: int, password: str, alone: bool = False) -> str:
    """The settings file of one session. `alone`: the primary monitor and no other."""
    struct = ini_struct(obfuscated(password))
    lines = ["[UltraVNC]", f"passwd={struct}", f"passwd2={struct}", "[admin]", f"PortNumber={port}"]
    lines += [f"{name}={value}" for name, value in ADMIN.items()]
    lines += [f"secondary={0 if alone else 1}", "[poll]", *(f"{name}={value}" for name, value in POLL.items())]
    return "\r\n".join(lines) + "\r\n"


class Takes(Enum):
    """How a version can be given settings that are not the person's."""

    CONFIG = "their file on its command line"
    BESIDE = "their file beside it, so beside a copy of it"
    NONE = "not at all"


def takes(version: Version | None) -> Takes:
    """Where a file does not say its version, it is taken for a new one."""
    if version is None or version >= CONFIG_SINCE:
        return Takes.CONFIG
    return Takes.BESIDE if BESIDE_SINCE <= version < BESIDE_UNTIL else Takes.NONE


class UltraVncServer(ServerKind):
    """winvnc.exe, started as a program, not as the service."""

    name = "UltraVNC"
    platform = "win32"
    one_screen = True
    one_look = False
    sleeps_alone = False

    def program(self, computer: Computer) -> str | None:
        """winvnc.exe, wherever it was installed."""
        return computer.installed(FOLDERS, "winvnc.exe", service="uvnc_service")

    def why_absent(self, computer: Computer) -> TasukiError | None:
        """Not installed, or it takes no settings but the person's own."""
        program = self.program(computer)
        if program is None:
            return super().why_absent(computer)
        version = computer.windows.file_version(program)
        if version is None or takes(version) is not Takes.NONE:
            return None
        return TasukiError("ultravnc_too_old", found=_dotted(version), needed=_dotted(CONFIG_SINCE[:3]))

    def shows_alone(self, computer: Computer, screen: ScreenChoice) -> bool:
        """The primary one, or the only one."""
        found = windows_monitor(computer, screen)
        return found is not None and found[1].primary

    def plan(
        self, computer: Computer, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None
    ) -> ServerPlan:
        """`-run` must come last; `-multi` lets it run beside one that runs already."""
        if screen is not None and not self.shows_alone(computer, screen):
            raise TasukiError("screen_unknown", screen=screen.key)
        size = None if screen is None else (screen.width, screen.height)
        program = self.program(computer) or "winvnc.exe"
        settings = ini(port=port, password=password, alone=screen is not None).encode("ascii")
        address = TcpAddress(host="127.0.0.1", port=port)
        if takes(computer.windows.file_version(program)) is Takes.CONFIG:
            config = str(folder / "session.ini")
            return ServerPlan(
                argv=(program, "-multi", "-config", config, "-run"),
                address=address,
                files={config: settings},
                size=size,
            )
        copy, beside = folder / "winvnc.exe", PureWindowsPath(program).parent
        libraries = {name: str(beside / name) for name in LIBRARIES}
        return ServerPlan(
            argv=(str(copy), "-multi", "-run"),
            address=address,
            size=size,
            files={str(folder / BESIDE): settings},
            copies={
                str(copy): program,
                **{str(folder / name): path for name, path in libraries.items() if computer.windows.is_file(path)},
            },
        )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
