"""A Japanese input method at an X display: fcitx5 with Anthy, on a session bus of its own."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.desktops import PATIENCE, running

PROFILE = """[Groups/0]
Name=Default
Default Layout=us
DefaultIM=anthy

[Groups/0/Items/0]
Name=keyboard-us

[Groups/0/Items/1]
Name=anthy

[GroupOrder]
0=Default
"""

# A bus that starts nothing by itself: else whoever asks for fcitx5 too early gets another one, without our profile.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True)
class InputMethod:
    """`environ`: for programs that shall use it. `ACTIVE` is what fcitx5-remote says of a program that composes."""

    environ: Mapping[str, str]

    def switch(self, *, on: bool) -> None:
        """For the program that has the keyboard; it is waited for."""
        wanted = "2" if on else "1"
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self._remote("-o" if on else "-c")
            if self._remote() == wanted:
                return
            time.sleep(0.05)
        raise AssertionError("fcitx5 did not switch: does a program that uses it have the keyboard?")

    def _remote(self, *arguments: str) -> str:
        done = subprocess.run(
            ["fcitx5-remote", *arguments],
            env=dict(self.environ),
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        return done.stdout.strip()


@contextlib.contextmanager
def input_method(display: str, folder: Path) -> Iterator[InputMethod]:
    """It runs from here to the end of the block."""
    config = folder / "config" / "fcitx5"
    config.mkdir(parents=True)
    (config / "profile").write_text(PROFILE, encoding="utf-8")
    address = f"unix:path={folder}/bus"
    bus = folder / "bus.conf"
    bus.write_text(BUS.format(address=address), encoding="utf-8")
    with running(["dbus-daemon", f"--config-file={bus}", "--nofork"], folder):
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "DISPLAY": display,
            "DBUS_SESSION_BUS_ADDRESS": address,
            "XDG_CONFIG_HOME": str(folder / "config"),
            "GTK_IM_MODULE": "fcitx",
            "QT_IM_MODULE": "fcitx",
            "XMODIFIERS": "@im=fcitx",
        }
        with running(["fcitx5", "--disable=notifications"], folder, display=display, environ=environ) as program:
            method = InputMethod(environ)
            end = time.monotonic() + PATIENCE
            while not method._remote():
                assert time.monotonic() < end, program.said()
                time.sleep(0.05)
            yield method
