"""UltraVNC's server (Windows): settings in an INI file of its own for this session, ended by its process."""

from pathlib import Path, PureWindowsPath

from common.agent.keeper_client import Exit
from common.agent.passwords import ini_struct, obfuscated
from common.host.errors import TasukiError
from user_agent.servers.base import Host, Plan, ScreenChoice, TcpAddress, missing
from user_agent.servers.x11vnc import last_line

PLACES = (r"uvnc bvba\UltraVNC", "UltraVNC")

ADMIN = {
    "AutoPortSelect": 0,
    "SocketConnect": 1,
    "HTTPConnect": 0,
    "LoopbackOnly": 1,
    "AllowLoopback": 1,
    "AuthRequired": 1,
    "MSLogonRequired": 0,
    "UseDSMPlugin": 0,
    "FileTransferEnabled": 0,
    "BlankMonitorEnabled": 0,
    "ConnectPriority": 1,  # a second connection is welcome beside the first
    "InputsEnabled": 1,
    "DisableTrayIcon": 1,
    "RemoveWallpaper": 0,
    "UseIpv6": 0,
}


def ini(*, port: int, password: str) -> str:
    """The settings file of one session."""
    struct = ini_struct(obfuscated(password))
    lines = ["[UltraVNC]", f"passwd={struct}", f"passwd2={struct}", "[admin]", f"PortNumber={port}"]
    lines += [f"{name}={value}" for name, value in ADMIN.items()]
    return "\r\n".join(lines) + "\r\n"


class UltraVnc:
    """winvnc.exe, started as a program, not as the service."""

    name = "UltraVNC"
    platform = "win32"
    one_screen = False

    def present(self, host: Host) -> bool:
        """Whether winvnc.exe is in one of its usual folders."""
        return host.platform == self.platform and self._program(host) is not None

    def why_absent(self, host: Host) -> TasukiError | None:
        """What is missing: the program."""
        return missing(self, host)

    def _program(self, host: Host) -> str | None:
        return installed(host, PLACES, "winvnc.exe")

    def plan(self, host: Host, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None) -> Plan:
        """`-run` must come last; `-multi` lets it run beside a service that is there already."""
        del screen
        config = folder / "session.ini"
        return Plan(
            argv=(self._program(host) or "winvnc.exe", "-multi", "-config", str(config), "-run"),
            address=TcpAddress(host="127.0.0.1", port=port),
            files={str(config): ini(port=port, password=password).encode("ascii")},
        )

    def explain(self, how: Exit) -> TasukiError:
        """Its exit code says nothing."""
        return TasukiError("vnc_server_ended", program=self.name, detail=last_line(how))


def installed(host: Host, places: tuple[str, ...], program: str) -> str | None:
    """The path of `program` in one of `places` under the folders for programs, or None."""
    for variable in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"):
        base = host.environ.get(variable)
        for place in places if base else ():
            path = PureWindowsPath(base or "") / place / program
            if Path(path).is_file():
                return str(path)
    return None
