"""What a viewer that the agent can start is: is it here, what command, what does its exit mean.

A viewer connects to the viewer front on loopback, with the password that the front made for it. The password goes by
a file of mode 0600 or by stdin where the viewer can take it so.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.agent.keeper.client import Exit
from common.host.computer import Computer
from common.host.errors import TasukiError


@dataclass(frozen=True, kw_only=True)
class ViewerPlan:
    """How to start a viewer: the command, files it reads (written with mode 0600 before), what goes to its stdin."""

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""
    env: Mapping[str, str] | None = None


class ViewerKind(ABC):
    """One kind of viewer that can be started. Each has a module, with what is its own."""

    name: str

    @abstractmethod
    def program(self, computer: Computer) -> str | None:
        """The path of its program; None where it is not installed on this platform."""

    def present(self, computer: Computer) -> bool:
        """Whether its program is installed on this platform."""
        return self.program(computer) is not None

    @abstractmethod
    def plan(self, computer: Computer, *, folder: Path, port: int, password: str, title: str) -> ViewerPlan:
        """How to start it towards 127.0.0.1:`port`. `folder` is private to this start; `title` names the window."""

    def explain(self, how: Exit) -> TasukiError | None:
        """What its exit means: None where the person closed it, which is what most viewers say by 0."""
        return None if how.code in {0, None} else self.failed(how)

    def failed(self, how: Exit) -> TasukiError:
        """The viewer did not do its work."""
        return TasukiError("viewer_failed", program=self.name, detail=how.last_line)
