"""A virtual X display for tests that run real programs."""

import contextlib
import os
import subprocess
from collections.abc import Iterator


@contextlib.contextmanager
def virtual_display(*, size: str = "800x600", colour: str = "") -> Iterator[str]:
    """Xvfb on a display of its own (`:N`), ended and its lock and socket removed at the end."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-ac", "-noreset"],
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
