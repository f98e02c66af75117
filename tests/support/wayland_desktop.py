"""A Wayland desktop without a screen: sway on wlroots' headless backend, with two outputs."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

OUTPUTS = """
output HEADLESS-1 resolution 640x480 position 0 0
output HEADLESS-2 resolution 800x600 position 640 0
"""
# sway refuses to run as root, and root may enter anybody's folder.
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--pdeathsig=KILL", "--")
PATIENCE = 10.0


@contextlib.contextmanager
def wayland_desktop() -> Iterator[dict[str, str]]:
    """The environment of a program on that desktop; afterwards nothing of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="sway-"))
    (folder / "config").write_text(OUTPUTS)
    as_root = os.geteuid() == 0
    if as_root:
        shutil.chown(folder, "nobody", "nogroup")
    base = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    sway = subprocess.Popen(
        [*(NOBODY if as_root else ()), "sway", "-c", str(folder / "config")],
        env={
            **base,
            "WLR_BACKENDS": "headless",
            "WLR_HEADLESS_OUTPUTS": "2",
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "WLR_RENDERER": "pixman",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not (found := [path for path in folder.glob("wayland-*") if path.is_socket()]):
            assert sway.poll() is None, "sway has ended"
            assert time.monotonic() < deadline, "sway has not made its socket"
            time.sleep(0.01)
        yield {**base, "WAYLAND_DISPLAY": found[0].name, "XDG_SESSION_TYPE": "wayland", "XDG_CURRENT_DESKTOP": "sway"}
    finally:
        sway.terminate()
        try:
            sway.wait(10)
        except subprocess.TimeoutExpired:
            sway.kill()
            sway.wait()
        shutil.rmtree(folder)
