"""Programs into which something is typed, and what has arrived in them."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import sync_playwright

from tests.support.desktops import running, wait_for, xdotool

HOUSE = Path(__file__).parents[2]
QUIET = 2.0  # seconds without a change after which nothing more is expected
_KANJI = "".join(map(chr, range(0x4E00, 0x9FA0)))
_POOLS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?@#{}[]|\\~€äöüßÄéèçñøœł",
    "".join(map(chr, range(0x410, 0x450))) + "ёЁ",
    "αβγδεζηθικλμνξοπρστυφχψωςΑΒΓΔΘΛΞΠΣΦΨΩ",
    "".join(map(chr, (*range(0x3042, 0x3094), *range(0x30A2, 0x30F4)))),
    _KANJI,
    "😀🎉🚀👍❤✓☀🐈🍣🗾",
)


def random_text(length: int, *, seed: int) -> str:
    """Latin, Cyrillic, Greek, kana, kanji and emoji, in turn as chance has it."""
    chance = random.Random(seed)
    return "".join(chance.choice(chance.choice(_POOLS)) for _ in range(length))


def errors(wanted: str, got: str) -> int:
    """How many characters have to be changed, added or left out (Levenshtein)."""
    row = list(range(len(got) + 1))
    if wanted == got:
        return 0
    for number, one in enumerate(wanted, 1):
        new = [number]
        for place, other in enumerate(got, 1):
            new.append(min(row[place] + 1, new[-1] + 1, row[place - 1] + (one != other)))
        row = new
    return row[-1]


class Heard(NamedTuple):
    """A key that a Qt program heard."""

    key: int
    text: str
    modifiers: int
    repeated: bool
    at: float  # time.monotonic()


@dataclass
class Field:
    """A program that has the keyboard."""

    read: Callable[[], str]
    keys: Path | None = None  # what a Qt field hears, a line for each key
    _from: int = field(default=0)

    def text(self) -> str:
        """What arrived since `forget`."""
        return self.read()[self._from :]

    def forget(self) -> None:
        """What is there does not count."""
        self._from = len(self.read())

    def heard(self) -> list[Heard]:
        """Every key, for a Qt field."""
        assert self.keys is not None
        lines = self.keys.read_text(encoding="utf-8").split("\n")[:-1]
        return [Heard(*json.loads(line)) for line in lines]

    def all_of(self, length: int, *, patience: float = 100.0) -> tuple[str, float]:
        """What arrived, once it is so long or nothing has come for a while, and when the last of it was seen."""
        end = time.monotonic() + patience
        last, changed = "", time.monotonic()
        while time.monotonic() < end and time.monotonic() < changed + QUIET * 5:
            if (now := self.text()) != last:
                last, changed = now, time.monotonic()
            elif len(last) >= length and time.monotonic() > changed + 0.3:
                break
            time.sleep(0.02)
        return last, changed


@contextlib.contextmanager
def xterm(display: str, folder: Path) -> Iterator[Field]:
    """A terminal that writes down every byte."""
    typed = folder / f"typed-{time.monotonic_ns()}"
    command = f"stty raw -echo; exec cat > {typed}"
    argv = ["xterm", "-u8", "-geometry", "60x12+10+10", "-title", "field", "-e", "sh", "-c", command]
    with running(argv, folder, display=display):
        wait_for("xterm", typed.exists)
        _has_the_keyboard(display)
        yield Field(lambda: typed.read_bytes().decode(errors="replace").replace("\r", "\n"))


@contextlib.contextmanager
def qt(display: str, folder: Path) -> Iterator[Field]:
    """A field of Qt."""
    content, keys = (folder / f"{name}-{time.monotonic_ns()}" for name in ("content", "keys"))
    keys.touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.qt_field_process", str(content), str(keys)],
        cwd=HOUSE,
        env={**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for("the Qt field", content.exists, patience=60.0)
        _has_the_keyboard(display)
        yield Field(lambda: content.read_bytes().decode(errors="replace"), keys)
    finally:
        process.kill()
        process.wait(10)


@contextlib.contextmanager
def gtk(display: str, folder: Path) -> Iterator[Field]:
    """A text view of GTK. (An entry lays out its one line anew at each key: 2,000 characters in one measure nothing else.)"""
    content = folder / f"content-{time.monotonic_ns()}"
    argv = ["/usr/bin/python3", str(HOUSE / "tests" / "support" / "gtk_field_process.py"), str(content)]
    with running(argv, folder, display=display):
        wait_for("the GTK field", content.exists, patience=60.0)
        _has_the_keyboard(display)
        yield Field(lambda: content.read_bytes().decode(errors="replace"))


@contextlib.contextmanager
def chromium(display: str, folder: Path) -> Iterator[Field]:
    """A text area in Chromium."""
    profile = folder / f"chromium-{time.monotonic_ns()}"
    environ = {"DISPLAY": display, "PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium"),
            headless=False,
            args=["--disable-gpu", "--ozone-platform=x11", "--no-first-run"],
            env=dict(environ),
            no_viewport=True,
            chromium_sandbox=False,
        )
        page = context.pages[0]
        page.set_content("<title>field</title><textarea id=field rows=20 cols=60 autofocus></textarea>")
        page.focus("#field")

        def activated() -> bool:
            xdotool(display, "search", "--name", "^field", "windowactivate")
            return xdotool(display, "getactivewindow", "getwindowname").startswith("field")

        wait_for("Chromium has the keyboard", activated)
        page.bring_to_front()
        xdotool(display, "mousemove", "250", "300", "click", "1")
        wait_for("the area has it", lambda: bool(page.evaluate("document.hasFocus()")))
        yield Field(lambda: page.input_value("#field"))
        context.close()


def _has_the_keyboard(display: str) -> None:
    def activated() -> bool:  # a window manager may leave the keyboard where somebody has just typed
        xdotool(display, "search", "--name", "^field$", "windowactivate")
        return xdotool(display, "getactivewindow", "getwindowname") == "field"

    wait_for("the field has the keyboard", activated)
    # What the window manager calls active has not always been given the keyboard yet: until then another window has it.
    wait_for("the field has the focus", lambda: xdotool(display, "getwindowfocus", "getwindowname") == "field")
