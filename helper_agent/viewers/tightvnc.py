"""TightVNC's viewer: xtightvncviewer on X, tvnviewer.exe on Windows."""

from pathlib import Path

from common.agent.keeper.client import Exit
from common.agent.passwords import obfuscated
from common.host.computer import Computer
from common.host.errors import TasukiError
from helper_agent.viewers.base import ViewerKind, ViewerPlan


class TightVncViewer(ViewerKind):
    """On Windows its password shows in the process list: it is used once, and its front takes one connection."""

    name = "tightvnc"

    def program(self, computer: Computer) -> str | None:
        """By the name that each system has."""
        if computer.platform == "win32":
            return computer.installed(("TightVNC",), "tvnviewer.exe")
        return computer.on_path("xtightvncviewer")

    def plan(self, computer: Computer, *, folder: Path, port: int, password: str, title: str) -> ViewerPlan:
        """The password goes by a file where it can."""
        del title
        program = self.program(computer)
        if computer.platform == "win32":
            return ViewerPlan(
                argv=(program or "tvnviewer.exe", "-host=127.0.0.1", f"-port={port}", f"-password={password}")
            )
        secret = folder / "passwd"
        return ViewerPlan(
            argv=(program or "xtightvncviewer", "-passwd", str(secret), f"127.0.0.1::{port}"),
            files={str(secret): obfuscated(password)},
        )

    def explain(self, how: Exit) -> TasukiError | None:
        """It exits with 1 also where the other side closed: what it printed tells."""
        return None if "closed connection" in how.output else super().explain(how)
