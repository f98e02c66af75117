"""An enrolment line that lies ready in a file: beside the program, or where downloads go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.host.untrusted_files import read_untrusted
from common.protocol.enrolment import EnrolmentLine, InvalidEnrolmentError
from common.protocol.identity import Role

NAME: Final = "tasuki-enrol.txt"
LARGEST: Final = 4096  # bytes of such a file; a line has about 120


@dataclass(frozen=True, kw_only=True)
class FoundLine:
    """A line that can be read, and where it was found. Its code is a secret: show neither in a log."""

    line: EnrolmentLine
    text: str = field(repr=False)
    path: Path


def places(role: Role, platform: str, environ: Mapping[str, str], program: Path) -> tuple[Path, ...]:
    """Where to look, the likeliest first: beside `program`, then the person's downloads and desktop.

    A name with the role in it (tasuki-enrol-helper.txt) comes first, for whoever has both on one computer.
    """
    home = environ.get("USERPROFILE" if platform == "win32" else "HOME", "")
    folders = [program.parent]
    if home:
        downloads = environ.get("XDG_DOWNLOAD_DIR", "") if platform == "linux" else ""
        folders += [Path(downloads)] if Path(downloads).is_absolute() else []
        folders += [Path(home) / "Downloads", Path(home) / "Desktop"]
    names = (f"tasuki-enrol-{role.value}.txt", NAME)
    return tuple(dict.fromkeys(folder / name for folder in folders for name in names))


def find(places: Iterable[Path]) -> FoundLine | None:
    """The first file that holds an enrolment line, on whichever of its lines. Waits for the disk: call it in a thread."""
    for path in places:
        try:
            content = read_untrusted(path, limit=LARGEST, follow=True).decode("utf-8-sig", "replace")
        except OSError:
            continue
        for text in content.splitlines():
            try:
                return FoundLine(line=EnrolmentLine.parse(text.strip()), text=text.strip(), path=path)
            except InvalidEnrolmentError:
                continue
    return None
