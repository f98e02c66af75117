"""What somebody puts where a file belongs, to wedge whoever reads it or to have them read or write something else."""

import os
import stat
from pathlib import Path

HOSTILE = (
    "a pipe",
    "a link to a file of ours",
    "a link to nothing",
    "a second name of a file of ours",
    "a folder",
    "a folder with something in it",
    "a sparse file of 3 GiB",
    "a socket",
    "nothing in it",
)
"""Every kind; `nothing in it` is a plain file, and only its content is wrong."""


def put_hostile(kind: str, path: Path, ours: Path) -> None:
    """Put that at `path`. `ours` is a file of the victim's, for links to lead to."""
    match kind:
        case "a pipe":
            os.mkfifo(path)
        case "a link to a file of ours":
            path.symlink_to(ours)
        case "a link to nothing":
            path.symlink_to("nowhere")
        case "a second name of a file of ours":
            path.hardlink_to(ours)
        case "a folder":
            path.mkdir()
        case "a folder with something in it":
            (path / "x").mkdir(parents=True)
        case "a sparse file of 3 GiB":
            path.touch()
            os.truncate(path, 3 << 30)
        case "a socket":
            os.mknod(path, stat.S_IFSOCK | 0o600)
        case "nothing in it":
            path.touch()
        case _:
            raise ValueError(kind)
