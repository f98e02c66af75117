"""What a program may know of the computer that it runs on: handed in, so that a test can say that it is another."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from common.host.installed_programs import places
from common.host.windows import Windows, windows_here


@dataclass(frozen=True, kw_only=True)
class Computer:
    """The environment variables, the search path among them, the platform (`sys.platform`), and what Windows knows."""

    environ: Mapping[str, str]
    platform: str
    windows: Windows = field(default_factory=Windows)

    def on_path(self, *programs: str) -> str | None:
        """The path of the first of these programs that is on the search path; None where none is."""
        path = self.environ.get("PATH")
        return next((found for name in programs if (found := shutil.which(name, path=path))), None)

    def installed(self, folders: tuple[str, ...], program: str, *, service: str = "") -> str | None:
        """Windows: the path of `program`, whose usual folders, and service, these are; None where it is nowhere."""
        found = places(program, folders=folders, service=service, environ=self.environ, windows=self.windows)
        return next((path for path in found if self.windows.is_file(path)), None)


def this_computer() -> Computer:
    """The one that this runs on."""
    return Computer(environ=os.environ, platform=sys.platform, windows=windows_here())
