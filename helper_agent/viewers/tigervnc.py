"""TigerVNC's viewer. Its exit code is 0 even where it failed; without these options it waits in a dialog."""

import shutil
from pathlib import Path

from common.agent.keeper_client import Exit
from common.agent.passwords import obfuscated
from common.host.errors import TasukiError
from helper_agent.viewers.base import Host, Plan, failed, installed, last_line


class TigerVnc:
    """xtigervncviewer on Debian, vncviewer elsewhere."""

    name = "tigervnc"

    def present(self, host: Host) -> bool:
        """Whether it is installed."""
        return self._program(host) is not None

    def _program(self, host: Host) -> str | None:
        if host.platform == "win32":
            return installed(host, ("TigerVNC",), "vncviewer.exe")
        path = host.environ.get("PATH")
        found = shutil.which("xtigervncviewer", path=path)
        if found is None and (plain := shutil.which("vncviewer", path=path)) is not None:
            # Where distributions have a choice of viewers, this name is a link to any of them.
            found = plain if not Path(plain).is_symlink() or "tiger" in Path(plain).resolve().name else None
        return found

    def plan(self, host: Host, *, folder: Path, port: int, password: str, title: str) -> Plan:
        """The password goes by a file."""
        del title
        secret = folder / "passwd"
        return Plan(
            argv=(
                *(self._program(host) or "xtigervncviewer", "-PasswordFile", str(secret)),
                *("-AlertOnFatalError=0", "-ReconnectOnError=0", "-RemoteResize=0", "-Shared=1"),
                f"127.0.0.1::{port}",
            ),
            files={str(secret): obfuscated(password)},
        )

    def explain(self, how: Exit) -> TasukiError | None:
        """Only what it printed tells."""
        lowered = how.output.lower()
        if "can't open display" in lowered or "can not open display" in lowered:
            return failed(self.name, last_line(how))
        return failed(self.name, last_line(how)) if how.code not in {0, None} else None
