"""What a viewer that the agent can start is: is it here, what command, what does its exit mean.

A viewer connects to the viewer front on loopback, with the password that the front made for it. The password goes by
a file of mode 0600 or by stdin where the viewer can take it so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Protocol

from common.agent.keeper_client import Exit
from common.host.errors import TasukiError


@dataclass(frozen=True, kw_only=True)
class Host:
    """What a viewer module may look at: the environment variables and the platform (`sys.platform`)."""

    environ: Mapping[str, str]
    platform: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to start a viewer: the command, files it reads (written with mode 0600 before), what goes to its stdin."""

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    env: Mapping[str, str] | None = None


class ViewerKind(Protocol):
    """One kind of viewer that can be started."""

    name: str

    def present(self, host: Host) -> bool:
        """Whether its program is installed on this platform."""

    def plan(self, host: Host, *, folder: Path, port: int, password: str, title: str) -> Plan:
        """How to start it towards 127.0.0.1:`port`. `folder` is private to this start; `title` names the window."""

    def explain(self, how: Exit) -> TasukiError | None:
        """What its exit means: None where the person closed it."""


def failed(program: str, detail: str) -> TasukiError:
    """The viewer did not do its work."""
    return TasukiError("viewer_failed", program=program, detail=detail)


def last_line(how: Exit) -> str:
    """The last line that it printed, or how it ended."""
    lines = [line.strip() for line in how.output.splitlines() if line.strip()]
    if lines:
        return lines[-1][:200]
    return f"signal {how.signal}" if how.code is None else f"exit code {how.code}"


def installed(host: Host, places: tuple[str, ...], program: str) -> str | None:
    """Windows: the path of `program` in one of `places` under the folders for programs, or None."""
    for variable in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"):
        base = host.environ.get(variable)
        for place in places if base else ():
            path = Path(str(PureWindowsPath(base or "") / place / program))
            if path.is_file():
                return str(path)
    return None
