"""UltraVNC's viewer (Windows)."""

from pathlib import Path

from common.agent.keeper_client import Exit
from common.host.errors import TasukiError
from helper_agent.viewers.base import Host, Plan, failed, installed, last_line

PLACES = (r"uvnc bvba\UltraVNC", "UltraVNC")


class UltraVnc:
    """Its password shows in the process list: it is used once, and its front takes one connection."""

    name = "ultravnc"

    def present(self, host: Host) -> bool:
        """Whether it is installed."""
        return host.platform == "win32" and installed(host, PLACES, "vncviewer.exe") is not None

    def plan(self, host: Host, *, folder: Path, port: int, password: str, title: str) -> Plan:
        """By its address and the session's password."""
        del folder, title
        program = installed(host, PLACES, "vncviewer.exe") or "vncviewer.exe"
        return Plan(argv=(program, f"127.0.0.1::{port}", "-password", password, "-shared", "-nostatus"))

    def explain(self, how: Exit) -> TasukiError | None:
        """Any code but 0 is a failure."""
        return None if how.code in {0, None} else failed(self.name, last_line(how))
