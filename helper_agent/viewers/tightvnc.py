"""TightVNC's viewer: xtightvncviewer on X, tvnviewer.exe on Windows."""

import shutil
from pathlib import Path

from common.agent.keeper_client import Exit
from common.agent.passwords import obfuscated
from common.host.errors import TasukiError
from helper_agent.viewers.base import Host, Plan, failed, installed, last_line


class TightVnc:
    """On Windows its password shows in the process list: it is used once, and its front takes one connection."""

    name = "tightvnc"

    def present(self, host: Host) -> bool:
        """Whether it is installed."""
        return self._program(host) is not None

    def _program(self, host: Host) -> str | None:
        if host.platform == "win32":
            return installed(host, ("TightVNC",), "tvnviewer.exe")
        return shutil.which("xtightvncviewer", path=host.environ.get("PATH"))

    def plan(self, host: Host, *, folder: Path, port: int, password: str, title: str) -> Plan:
        """The password goes by a file where it can."""
        del title
        program = self._program(host)
        if host.platform == "win32":
            return Plan(argv=(program or "tvnviewer.exe", "-host=127.0.0.1", f"-port={port}", f"-password={password}"))
        secret = folder / "passwd"
        return Plan(
            argv=(program or "xtightvncviewer", "-passwd", str(secret), f"127.0.0.1::{port}"),
            files={str(secret): obfuscated(password)},
        )

    def explain(self, how: Exit) -> TasukiError | None:
        """It exits with 1 also where the other side closed: what it printed tells."""
        return None if how.code in {0, None} or "closed connection" in how.output else failed(self.name, last_line(how))
