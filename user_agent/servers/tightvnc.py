r"""TightVNC's server (Windows): settings in the registry under HKCU\Software\TightVNC\Server, put back by the keeper."""

from pathlib import Path

from common.agent.keeper_client import Exit
from common.agent.passwords import obfuscated
from common.host.errors import TasukiError
from user_agent.servers.base import Host, Plan, ScreenChoice, TcpAddress, missing
from user_agent.servers.ultravnc import installed
from user_agent.servers.x11vnc import last_line

KEY = r"Software\TightVNC\Server"
PLACES = ("TightVNC",)


def values(*, port: int, password: str) -> dict[str, int | bytes]:
    """What the registry holds during one session: DWORDs and BINARYs. The view-only password is never the real one."""
    return {
        "AcceptRfbConnections": 1,
        "RfbPort": port,
        "LoopbackOnly": 1,
        "AllowLoopback": 1,  # its default refuses loopback
        "UseVncAuthentication": 1,
        "AcceptHttpConnections": 0,
        "EnableFileTransfers": 0,
        "AlwaysShared": 1,
        "NeverShared": 0,
        "RunControlInterface": 0,
        "RemoveWallpaper": 0,
        "Password": obfuscated(password),
        "PasswordViewOnly": obfuscated(password[::-1]),
    }


class TightVnc:
    """tvnserver.exe 2.8, started as a program, not as the service."""

    name = "TightVNC"
    platform = "win32"
    one_screen = False

    def present(self, host: Host) -> bool:
        """Whether tvnserver.exe is in its usual folder."""
        return host.platform == self.platform and self._program(host) is not None

    def why_absent(self, host: Host) -> TasukiError | None:
        """What is missing: the program."""
        return missing(self, host)

    def _program(self, host: Host) -> str | None:
        return installed(host, PLACES, "tvnserver.exe")

    def plan(self, host: Host, *, folder: Path, port: int, password: str, screen: ScreenChoice | None = None) -> Plan:
        """`-controlapp -shutdown` ends it; the values are restored after that."""
        del folder, screen
        program = self._program(host) or "tvnserver.exe"
        return Plan(
            argv=(program, "-run"),
            address=TcpAddress(host="127.0.0.1", port=port),
            registry_key=KEY,
            registry=values(port=port, password=password),
            stop=(program, "-controlapp", "-shutdown"),
        )

    def explain(self, how: Exit) -> TasukiError:
        """Its exit code says nothing."""
        return TasukiError("vnc_server_ended", program=self.name, detail=last_line(how))
