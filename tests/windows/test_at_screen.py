"""The programs' first windows on Windows, in Japanese, the key that stops a session, and the clipboard. Pictures: build/pictures/windows."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from Xlib import X, display, error

from tests.support.display import virtual_display
from tests.support.wine import HOUSE, JAPANESE, Windows, start

PICTURES = HOUSE / "build" / "pictures" / "windows"
SMALL = (1024, 600)
PATIENCE = 90  # seconds for a program's window


@dataclass(frozen=True)
class Desk:
    """Windows with a small screen, before which somebody sits."""

    windows: Windows
    display: str

    @contextlib.contextmanager
    def running(self, *argv: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
        """`python ARGV…`, its output in pipes, until the block is left."""
        program = subprocess.Popen(
            self.windows.command(*argv),
            env=self.windows.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with program:
            try:
                yield program
            finally:
                program.kill()

    def window(self, title: str) -> tuple[int, int, int, int]:
        """Where the window of this title is: x, y, width, height. Fails where none comes."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if (found := self._window(title)) is not None:
                return found
            time.sleep(0.2)
        raise AssertionError(f"no window {title}")

    def _window(self, title: str) -> tuple[int, int, int, int] | None:
        screen = display.Display(self.display)
        try:
            utf8 = screen.get_atom("_NET_WM_NAME")
            for window in screen.screen().root.query_tree().children:
                with contextlib.suppress(error.BadWindow, error.BadDrawable):
                    name = window.get_full_text_property(utf8)
                    if name == title and window.get_attributes().map_state == X.IsViewable:
                        at = window.get_geometry()
                        return at.x, at.y, at.width, at.height
            return None
        finally:
            screen.close()

    def picture(self, name: str) -> QImage:
        """The whole screen, kept for whoever looks at it."""
        width, height = SMALL
        screen = display.Display(self.display)
        raw = screen.screen().root.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF)
        image = QImage(raw.data, width, height, QImage.Format.Format_RGB32).copy()
        screen.close()
        PICTURES.mkdir(parents=True, exist_ok=True)
        image.save(str(PICTURES / f"{name}.png"))
        return image

    def press(self, key: str) -> None:
        """A key of the person's keyboard, as xdotool names it."""
        subprocess.run(["xdotool", "key", key], env={**self.windows.environ, "DISPLAY": self.display}, check=True)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """In Japan."""
    with virtual_display(size="{}x{}".format(*SMALL), colour="#336699") as name:
        windows = start(tmp_path_factory.mktemp("desk"), locale=JAPANESE, display=name)
        yield Desk(windows, name)
        windows.end()


def colours(image: QImage, at: tuple[int, int, int, int]) -> int:
    """How many there are in this part of it: letters have many, empty windows a handful."""
    left, top, width, height = at
    return len({image.pixel(x, y) for x in range(left, left + width, 2) for y in range(top, top + height, 2)})


@pytest.mark.timeout(200)
@pytest.mark.parametrize("agent", ["user", "helper"])
def test_the_first_window(desk: Desk, tmp_path: Path, agent: str) -> None:
    """It comes, in the person's language, whole on a small screen."""
    with desk.running("-c", f"from {agent}_agent.cli import main; main()", "--folder", tmp_path / "助け"):
        left, top, width, height = desk.window("Tasuki: はじめての設定")
        assert left >= 0
        assert top >= 0
        assert left + width <= SMALL[0]
        assert top + height <= SMALL[1]
        time.sleep(2)  # it is drawn
        assert colours(desk.picture(f"first-{agent}-ja"), (left, top, width, height)) > 50


AUTOSTART = """
import os, subprocess, sys, winreg
from pathlib import Path
from common.agent.autostart import RUN_KEY, Autostart, command_of
from common.protocol.identity import Role

folder = sys.argv[1]
made = Autostart(Role.HELPER, sys.platform, os.environ, command_of(Role.HELPER, Path("tasuki-helper"), ("--folder", folder)))
made.set(True)
with winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
    command = winreg.QueryValueEx(key, "tasuki-helper")[0]
made.set(False)
os.chdir(folder)
print(command, flush=True)
started = subprocess.Popen(command, creationflags=subprocess.DETACHED_PROCESS)
sys.stdin.read()
started.kill()
"""


@pytest.mark.timeout(200)
def test_started_with_the_desktop(desk: Desk, tmp_path: Path) -> None:
    """Where pip installed it: what the Run key says opens the window, without a console, wherever it starts."""
    folder = tmp_path / "相 談"
    folder.mkdir()
    (folder / "helper_agent.py").write_text("raise SystemExit('not this one')")
    with desk.running("-X", "utf8", "-c", AUTOSTART, folder) as starting:
        assert starting.stdout is not None
        assert r"\pythonw.exe -P -m helper_agent --folder" in starting.stdout.readline().decode()
        desk.window("Tasuki: はじめての設定")
        assert starting.stdin is not None
        starting.stdin.close()
        assert starting.wait(20) == 0


def line(program: "subprocess.Popen[bytes]") -> str:
    """What a program prints next, but for its log; empty where it has ended."""
    assert program.stdout is not None
    said = (raw.decode().strip() for raw in program.stdout)
    return next((text for text in said if "[info" not in text), "")


HOTKEY = """
import sys
from PySide6.QtWidgets import QLabel
from common.ui import application
from user_agent.stop_keys import parse
from user_agent.ui.hotkey.windows import WindowsHotkey

app = application.make("tasuki-user", ["test"])
window = QLabel("Hotkey")
window.setWindowTitle("Hotkey")
window.resize(200, 100)
window.show()
hotkey = WindowsHotkey(parse(sys.argv[1]))
hotkey.pressed.connect(lambda: print("pressed", flush=True))
print(hotkey.take().value, flush=True)

async def main():
    import asyncio
    heard = await asyncio.to_thread(sys.stdin.readline)
    hotkey.let_go()
    print(hotkey.take().value, "again", flush=True)
    hotkey.let_go()

application.run(main)
"""


@pytest.mark.timeout(200)
def test_the_key_that_stops(desk: Desk) -> None:
    """Heard alone and with what a helper may hold down; nobody else can have it meanwhile; let go, it is free."""

    with desk.running("-c", HOTKEY, "Pause") as first:
        assert line(first) == "yes"
        desk.window("Hotkey")
        for pressed in ("Pause", "ctrl+Pause", "shift+Pause"):
            desk.press(pressed)
            assert line(first) == "pressed"
        with desk.running("-c", HOTKEY, "Pause") as second:
            assert line(second) == "refused"
        assert first.stdin is not None
        first.stdin.write(b"\n")
        first.stdin.flush()
        assert line(first) == "yes again"
    with desk.running("-c", HOTKEY, "Pause") as third:
        assert line(third) == "yes"


CLIPBOARD = """
import sys
from common.protocol.channel_clip import ClipKind
from common.ui import application
from common.ui.clipboard import qt_desktop

app = application.make("tasuki-user", ["test"])
desktop = qt_desktop(sys.platform)
desktop.start(lambda copied: print("heard", ascii(copied), flush=True))
desktop.watch(True)

async def main():
    import asyncio
    print("watches", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    desktop.own(ClipKind.TEXT, "日本 from Tasuki".encode())
    print("owns", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    desktop.close()

application.run(main)
"""
COPIES = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
clipboard = QGuiApplication.clipboard()
if sys.argv[1:]:
    clipboard.setText(sys.argv[1])
    app.processEvents()
print(ascii(clipboard.text()))
"""


@pytest.mark.timeout(200)
def test_the_clipboard(desk: Desk) -> None:
    """What another program copies is heard; what comes from the other side is there for it to paste, and not heard again."""

    with desk.running("-X", "utf8", "-c", CLIPBOARD) as agent:
        assert agent.stdin is not None
        assert line(agent) == "watches"
        assert desk.windows.printed("-X", "utf8", "-c", COPIES, "相談 of another").strip() == ascii("相談 of another")
        heard = line(agent)
        assert ascii("相談 of another".encode()) in heard
        agent.stdin.write(b"\n")
        agent.stdin.flush()
        while (said := line(agent)) != "owns":  # a program that ends leaves its copy to the system: that is heard too
            assert said == heard
        assert desk.windows.printed("-X", "utf8", "-c", COPIES).strip() == ascii("日本 from Tasuki")
        agent.stdin.write(b"\n")
        agent.stdin.flush()
        assert line(agent) == ""
