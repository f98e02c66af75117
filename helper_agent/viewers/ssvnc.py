"""ssvnc's viewer (Unix): kin to UltraVNC's, with its extensions."""

from pathlib import Path

from common.agent.keeper.client import Exit
from common.agent.passwords import obfuscated
from common.host.computer import Computer
from common.host.errors import TasukiError
from helper_agent.viewers.base import ViewerKind, ViewerPlan


class SsVncViewer(ViewerKind):
    """ssvncviewer."""

    name = "ssvnc"

    def program(self, computer: Computer) -> str | None:
        """There is none for Windows."""
        return None if computer.platform == "win32" else computer.on_path("ssvncviewer")

    def plan(self, computer: Computer, *, folder: Path, port: int, password: str, title: str) -> ViewerPlan:
        """The password goes by a file."""
        del computer, title
        secret = folder / "passwd"
        return ViewerPlan(
            argv=("ssvncviewer", "-passwd", str(secret), f"127.0.0.1::{port}"),
            files={str(secret): obfuscated(password)},
        )

    def explain(self, how: Exit) -> TasukiError | None:
        """As TightVNC's, its forebear."""
        return None if "closed connection" in how.output else super().explain(how)
