"""TigerVNC's viewer. Its exit code is 0 even where it failed; without these options it waits in a dialog."""

from pathlib import Path

from common.agent.keeper.client import Exit
from common.agent.passwords import obfuscated
from common.host.computer import Computer
from common.host.errors import TasukiError
from helper_agent.viewers.base import ViewerKind, ViewerPlan


class TigerVncViewer(ViewerKind):
    """xtigervncviewer on Debian, vncviewer elsewhere."""

    name = "tigervnc"

    def program(self, computer: Computer) -> str | None:
        """By any of its names."""
        if computer.platform == "win32":
            return computer.installed(("TigerVNC",), "vncviewer.exe")
        found = computer.on_path("xtigervncviewer")
        if found is None and (plain := computer.on_path("vncviewer")) is not None:
            # Where distributions have a choice of viewers, this name is a link to any of them.
            found = plain if not Path(plain).is_symlink() or "tiger" in Path(plain).resolve().name else None
        return found

    def plan(self, computer: Computer, *, folder: Path, port: int, password: str, title: str) -> ViewerPlan:
        """The password goes by a file."""
        del title
        secret = folder / "passwd"
        return ViewerPlan(
            argv=(
                *(self.program(computer) or "xtigervncviewer", "-PasswordFile", str(secret)),
                *("-AlertOnFatalError=0", "-ReconnectOnError=0", "-RemoteResize=0", "-Shared=1"),
                f"127.0.0.1::{port}",
            ),
            files={str(secret): obfuscated(password)},
        )

    def explain(self, how: Exit) -> TasukiError | None:
        """Only what it printed tells."""
        lowered = how.output.lower()
        if "can't open display" in lowered or "can not open display" in lowered:
            return self.failed(how)
        return super().explain(how)
