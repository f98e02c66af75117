"""Japanese input methods at an X display: fcitx5 with Anthy, IBus with Anthy."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.desktops import PATIENCE, Program, running
from tests.support.session_bus import bus_in

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


@dataclass(frozen=True)
class InputMethod:
    """`environ`: for programs that shall use it. `orders`: how its command switches it off and on, and asks which it is."""

    environ: Mapping[str, str]
    command: str
    orders: tuple[Sequence[str], Sequence[str], Sequence[str]]
    answers: tuple[str, str]  # while it composes nothing, and while it does
    window: tuple[str, str]  # how xdotool finds the one with its candidates

    def switch(self, *, on: bool) -> None:
        """For the program that has the keyboard; it is waited for."""
        end, answer = time.monotonic() + PATIENCE, ""
        while time.monotonic() < end:
            self.order(*self.orders[on])
            asked_again = time.monotonic() + PATIENCE / 4  # whoever is asked too often begins anew each time
            while time.monotonic() < asked_again:
                if (answer := self.order(*self.orders[2])) == self.answers[on]:
                    return
                time.sleep(0.05)
        raise AssertionError(f"{self.command} did not switch ({answer}): has a program that uses it the keyboard?")

    def order(self, *arguments: str) -> str:
        """Run its command; what it says."""
        done = subprocess.run(
            [self.command, *arguments],
            env=dict(self.environ),
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        return done.stdout.strip()

    def wait(self, program: Program) -> None:
        """Until it answers."""
        end = time.monotonic() + PATIENCE
        while not self.order(*self.orders[2]):
            assert time.monotonic() < end, program.said()
            time.sleep(0.05)


@contextlib.contextmanager
def input_method(display: str, folder: Path) -> Iterator[InputMethod]:
    """fcitx5 at a display, from here to the end of the block, on a bus of its own."""
    folder.mkdir(exist_ok=True)
    argv, address = bus_in(folder)
    with running(argv, folder):
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "DISPLAY": display,
            "DBUS_SESSION_BUS_ADDRESS": address,
        }
        with fcitx(environ, folder) as method:
            yield method


@contextlib.contextmanager
def fcitx(environ: Mapping[str, str], folder: Path) -> Iterator[InputMethod]:
    """fcitx5 in the session that `environ` is of, from here to the end of the block; its settings are in `folder`."""
    config = folder / "config" / "fcitx5"
    config.mkdir(parents=True)
    (config / "profile").write_text(PROFILE, encoding="utf-8")
    full = {
        **environ,
        "GTK_IM_MODULE": "fcitx",
        "QT_IM_MODULE": "fcitx",
        "XMODIFIERS": "@im=fcitx",
    }
    own = {**full, "XDG_CONFIG_HOME": str(folder / "config")}
    method = InputMethod(
        environ=full,
        command="fcitx5-remote",
        orders=(("-c",), ("-o",), ()),
        answers=("1", "2"),
        window=("--name", "Fcitx5 Input Window"),
    )
    with running(["fcitx5", "--disable=notifications"], folder, environ=own) as program:
        method.wait(program)
        yield method


@contextlib.contextmanager
def ibus(environ: Mapping[str, str], folder: Path) -> Iterator[InputMethod]:
    """IBus likewise. Its address lies in the home folder of `environ`, where programs look for it."""
    folder.mkdir(exist_ok=True)
    full = {**environ, "GTK_IM_MODULE": "ibus", "QT_IM_MODULE": "ibus", "XMODIFIERS": "@im=ibus"}
    # Its engine is a program in the system's Python, and imports what lies beside it.
    own = {name: value for name, value in full.items() if not name.startswith("PYTHON")}
    own |= {"PATH": os.defpath, "GSETTINGS_BACKEND": "keyfile"}
    settings = Path(environ["HOME"], ".config", "glib-2.0", "settings", "keyfile")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("[org/freedesktop/ibus/engine/anthy/common]\ninput-mode=0\n", encoding="utf-8")  # hiragana
    method = InputMethod(
        environ=own,
        command="ibus",
        orders=(("engine", "xkb:us::eng"), ("engine", "anthy"), ("engine",)),
        answers=("xkb:us::eng", "anthy"),
        window=("--class", "ibus-ui-gtk3"),
    )
    argv = ["ibus-daemon", "--config=/usr/libexec/ibus-memconf", "--emoji-extension=disable"]
    with running(argv, folder, environ=own) as program:
        method.order(*method.orders[0])
        method.wait(program)
        yield method
