"""Desktops of several monitors that can be unplugged, moved and mirrored: Xtigervnc with monitors that were declared, and Xorg with its dummy driver.

What lies on the one monitor has one colour, all else another.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from tests.support.desktops import free_display, running, wait_for

OFFERED, SECRET = "#1b3a5c", "#fe0102"
BOX = (640, 0, 1366, 768)  # the monitor that is agreed to: odd, and not at the corner
OTHER = (0, 0, 640, 480)
KEY, OTHER_KEY = "1366x768+640+0", "640x480+0+0"
WHOLE = (2600, 1600)  # nothing in these tests is larger

CONFIGURATION = """
Section "Device"
  Identifier "dummy"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5.0-1000.0
  VertRefresh 5.0-200.0
  Modeline "1366x768" 85.50 1366 1436 1579 1792 768 771 774 798
  Modeline "768x1366" 85.50 768 800 880 1000 1366 1370 1376 1400
EndSection
Section "Screen"
  Identifier "screen"
  Device "dummy"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Virtual 2600 1600
  EndSubSection
EndSection
"""


@dataclass(frozen=True)
class Monitors:
    """A desktop with two monitors: `OTHER` on the left, and `BOX`, which is agreed to, on the right."""

    display: str
    folder: Path

    def xrandr(self, *arguments: str) -> None:
        """Change the layout, as a person's desktop does."""
        subprocess.run(["xrandr", "-display", self.display, *arguments], check=True, timeout=20, capture_output=True)

    def paint(self, *offered: tuple[int, int, int, int]) -> None:
        """What is offered in its colour (`BOX`, where nothing is said), all else in the other."""
        bitmap = Image.new("1", WHOLE)
        for x, y, width, height in offered or (BOX,):
            ImageDraw.Draw(bitmap).rectangle((x, y, x + width - 1, y + height - 1), fill=1)
        path = self.folder / "areas.xbm"
        bitmap.save(path, format="XBM")
        argv = ["xsetroot", "-display", self.display, "-bitmap", os.fspath(path), "-fg", OFFERED, "-bg", SECRET]
        subprocess.run(argv, check=True, timeout=20)

    def change(self, kind: str) -> None:
        """One of the rig's CHANGES."""
        raise NotImplementedError

    def again(self) -> None:
        """As it was in the beginning."""
        raise NotImplementedError


class Declared(Monitors):
    """Xtigervnc: its one output is the whole desktop, and monitors are declared on it, which X tells nobody."""

    def again(self) -> None:
        self.xrandr("-s", "2006x768")
        self.declare(Left="640/170x480/130+0+0", Right="1366/360x768/200+640+0")

    def declare(self, **monitors: str) -> None:
        """These and no others."""
        told = subprocess.run(["xrandr", "-display", self.display, "--listmonitors"], check=True, capture_output=True)
        for line in told.stdout.decode().splitlines()[1:]:
            name = line.split()[1].lstrip("+*")
            if name in {"Left", "Right", "Middle"}:
                self.xrandr("--delmonitor", name)
        for name, place in monitors.items():
            self.xrandr("--setmonitor", name, place, "none")

    def change(self, kind: str) -> None:
        left, right = "640/170x480/130+0+0", "1366/360x768/200+640+0"
        match kind:
            case "unplugged":
                self.xrandr("-s", "640x480")
            case "moved":
                self.declare(Left=left, Right="1366/360x768/200+0+0")
            case "turned":
                self.declare(Left=left, Right="768/200x640/360+640+0")
            case "mirrored":
                self.declare(Left="640/170x480/130+640+0", Right=right)
            case "another":
                self.declare(Left=left, Middle=right)
            case "elsewhere":
                self.declare(Left=left, Right=right, Middle="100/30x100/30+0+500")
            case _:
                raise ValueError(kind)


class Outputs(Monitors):
    """Xorg: outputs that are switched as real ones are, whatever the dummy driver says of being connected."""

    def again(self) -> None:
        self.xrandr(
            *("--output", "DUMMY2", "--off", "--output", "DUMMY0", "--mode", "640x480", "--pos", "0x0"),
            *("--output", "DUMMY1", "--mode", "1366x768", "--pos", "640x0"),
        )

    def change(self, kind: str) -> None:
        match kind:
            case "unplugged":
                self.xrandr("--output", "DUMMY1", "--off")
            case "moved":
                self.xrandr("--output", "DUMMY1", "--pos", "0x480")
            case "turned":
                self.xrandr("--output", "DUMMY1", "--mode", "768x1366", "--pos", "640x0")
            case "mirrored":
                self.xrandr("--output", "DUMMY1", "--same-as", "DUMMY0")
            case "another":
                self.xrandr("--output", "DUMMY1", "--off", "--output", "DUMMY2", "--mode", "1366x768", "--pos", "640x0")
            case "elsewhere":
                self.xrandr("--output", "DUMMY2", "--mode", "640x480", "--pos", "0x800")
            case _:
                raise ValueError(kind)


CHANGES = ("unplugged", "moved", "turned", "mirrored", "another", "elsewhere")


@contextlib.contextmanager
def declared(folder: Path) -> Iterator[Declared]:
    """Monitors of Xtigervnc."""
    number = free_display()
    argv = ["Xtigervnc", f":{number}", "-geometry", "2006x768", "-depth", "24", "-rfbport", "-1", "-nolisten", "tcp"]
    with running([*argv, "-ac", "-SecurityTypes", "None"], folder):
        wait_for("Xtigervnc", Path(f"/tmp/.X11-unix/X{number}").exists)
        place = Declared(f":{number}", folder)
        place.again()
        place.paint()
        yield place


@contextlib.contextmanager
def outputs(folder: Path) -> Iterator[Outputs]:
    """Outputs of Xorg."""
    number = free_display()
    configuration = folder / "xorg.conf"
    configuration.write_text(CONFIGURATION, encoding="ascii")
    argv = ["Xorg", f":{number}", "-config", os.fspath(configuration), "-logfile", os.fspath(folder / "xorg.log")]
    with running([*argv, "-noreset", "-ac", "-nolisten", "tcp", "-novtswitch", "-sharevts", "vt7"], folder):
        wait_for("Xorg", Path(f"/tmp/.X11-unix/X{number}").exists)
        place = Outputs(f":{number}", folder)
        for output, mode in (
            ("DUMMY1", "1366x768"),
            ("DUMMY1", "768x1366"),
            ("DUMMY2", "1366x768"),
            ("DUMMY2", "640x480"),
        ):
            place.xrandr("--addmode", output, mode)
        place.again()
        place.paint()
        yield place


RIGS = {"Xtigervnc": declared, "Xorg": outputs}
