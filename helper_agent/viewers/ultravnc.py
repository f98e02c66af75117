"""UltraVNC's viewer (Windows)."""

from pathlib import Path

from common.host.computer import Computer
from helper_agent.viewers.base import ViewerKind, ViewerPlan

FOLDERS = (r"uvnc bvba\UltraVNC", "UltraVNC")


class UltraVncViewer(ViewerKind):
    """Its password shows in the process list: it is used once, and its front takes one connection."""

    name = "ultravnc"

    def program(self, computer: Computer) -> str | None:
        """In one of the folders that its installer offers."""
        return computer.installed(FOLDERS, "vncviewer.exe") if computer.platform == "win32" else None

    def plan(self, computer: Computer, *, folder: Path, port: int, password: str, title: str) -> ViewerPlan:
        """By its address and the session's password."""
        del folder, title
        program = self.program(computer) or "vncviewer.exe"
        return ViewerPlan(argv=(program, f"127.0.0.1::{port}", "-password", password, "-shared", "-nostatus"))
