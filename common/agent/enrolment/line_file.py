"""An enrolment line that lies ready in a file: beside the program, or where downloads go, whatever that folder is called."""

import codecs
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.host.untrusted_files import read_untrusted
from common.protocol.enrolment import EnrolmentLine, InvalidEnrolmentError
from common.protocol.enrolment_text import TEXT_LIMIT, find_line
from common.protocol.identity import Role

NAME: Final = "tasuki-enrol.txt"
AGAIN: Final = 9  # times that a browser saves a file of one name: "tasuki-enrol (1).txt" and so on
USER_DIRS: Final = "user-dirs.dirs"  # of xdg-user-dirs: what the folders of this person are called
_USER_DIRS_LIMIT: Final = 16 * 1024
_USER_DIR: Final = re.compile(r'\s*XDG_(DOWNLOAD|DESKTOP)_DIR="(?:\$HOME(/[^"]*)?|(/[^"]*))"\s*')
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

Folders = Callable[[str], str]
"""Windows' own folder of a name ("downloads", "desktop"), empty where it does not tell."""


@dataclass(frozen=True, kw_only=True)
class FoundLine:
    """A line that can be read, and where it was found. Its code is a secret: show neither in a log."""

    line: EnrolmentLine
    text: str = field(repr=False)
    path: Path


def places(
    role: Role,
    platform: str,
    environ: Mapping[str, str],
    program: Path,
    *,
    windows: Folders = lambda _name: "",
) -> tuple[Path, ...]:
    """Where to look, the likeliest first: beside `program`, then the person's downloads and desktop. Reads one small file.

    A name with the role in it (tasuki-enrol-helper.txt) comes first, for whoever has both on one computer; the newest of those
    that a browser has numbered comes before the older ones.
    """
    home = environ.get("USERPROFILE" if platform == "win32" else "HOME", "")
    folders = [program.parent]
    if platform == "linux":
        named = _user_dirs(environ, home)
        folders += [Path(named[name]) for name in ("DOWNLOAD", "DESKTOP") if name in named]
    elif platform == "win32":
        folders += [Path(folder) for name in ("downloads", "desktop") if (folder := windows(name))]
    if home:
        folders += [Path(home) / "Downloads", Path(home) / "Desktop"]
    names = []
    for name in (f"tasuki-enrol-{role.value}.txt", NAME):
        stem = name.removesuffix(".txt")
        names += [f"{stem} ({number}).txt" for number in range(AGAIN, 0, -1)] + [name]
    return tuple(dict.fromkeys(folder / name for folder in folders for name in names))


def _user_dirs(environ: Mapping[str, str], home: str) -> dict[str, str]:
    """DOWNLOAD and DESKTOP, as the environment or the desktop's own file names them (basedirs and user-dirs.dirs of freedesktop.org)."""
    found: dict[str, str] = {}
    base = environ.get("XDG_CONFIG_HOME", "")
    path = Path(base) if base.startswith("/") else Path(home) / ".config"
    try:
        text = read_untrusted(path / USER_DIRS, limit=_USER_DIRS_LIMIT, follow=True).decode("utf-8", "replace")
    except OSError:
        text = ""
    for line in text.splitlines():
        match = _USER_DIR.fullmatch(line)
        if match is not None and (home or match[3]):
            found[match[1]] = match[3] or home + (match[2] or "")
    for name in ("DOWNLOAD", "DESKTOP"):
        if (folder := environ.get(f"XDG_{name}_DIR", "")).startswith("/"):
            found[name] = folder
    return found


def read_text(path: Path) -> str:
    """The text of a file that may hold a line, however an editor has saved it. Raises OSError, also for one that is too large."""
    content = read_untrusted(path, limit=TEXT_LIMIT, follow=True)
    for mark, coding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(coding, "replace")
    return content.decode("utf-8", "replace")


def find(places: Iterable[Path]) -> FoundLine | None:
    """The first file that holds an enrolment line, in whatever text. Waits for the disk: call it in a thread."""
    for path in places:
        try:
            line = find_line(read_text(path))
        except (OSError, InvalidEnrolmentError):
            continue
        return FoundLine(line=line, text=str(line), path=path)
    return None
