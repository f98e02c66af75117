"""ssvnc's viewer (Unix): kin to UltraVNC's, with its extensions."""

import shutil
from pathlib import Path

from common.agent.keeper_client import Exit
from common.agent.passwords import obfuscated
from common.host.errors import TasukiError
from helper_agent.viewers.base import Host, Plan, failed, last_line


class SsVnc:
    """ssvncviewer."""

    name = "ssvnc"

    def present(self, host: Host) -> bool:
        """Whether it is installed."""
        return host.platform != "win32" and shutil.which("ssvncviewer", path=host.environ.get("PATH")) is not None

    def plan(self, host: Host, *, folder: Path, port: int, password: str, title: str) -> Plan:
        """The password goes by a file."""
        del host, title
        secret = folder / "passwd"
        return Plan(
            argv=("ssvncviewer", "-passwd", str(secret), f"127.0.0.1::{port}"),
            files={str(secret): obfuscated(password)},
        )

    def explain(self, how: Exit) -> TasukiError | None:
        """As TightVNC's, its forebear."""
        return None if how.code in {0, None} or "closed connection" in how.output else failed(self.name, last_line(how))
