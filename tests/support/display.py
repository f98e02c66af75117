"""A virtual X display for tests that run real programs."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def virtual_display(
    *, size: str = "800x600", depth: int = 24, colour: str = "", cookies: Path | None = None
) -> Iterator[str]:
    """Xvfb on a display of its own (`:N`), ended and its lock and socket removed at the end. `cookies`: who is let in; else all."""
    read, write = os.pipe()
    door = ["-ac"] if cookies is None else ["-auth", str(cookies)]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x{depth}", "-nolisten", "tcp", "-noreset", *door],
        pass_fds=(write,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    try:
        assert number, "Xvfb did not start"
        if colour:
            subprocess.run(["xsetroot", "-display", f":{number}", "-solid", colour], check=False)
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)
