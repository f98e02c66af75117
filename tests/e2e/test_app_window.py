"""The viewer's page in a window of a real browser's own, with a window manager: every key in full screen, and gone with the session."""

import asyncio
import shlex
from pathlib import Path

from deploy.demo.programs import until
from tests.support.desktops import bare_desktop, happens, xdotool
from tests.support.heard_keys import heard_keys
from tests.support.organisation import Stage, connected

CHORDS = {
    "ctrl+w": ["Control_L", "w"],
    "ctrl+n": ["Control_L", "n"],
    "ctrl+t": ["Control_L", "t"],
    "alt+Tab": ["Alt_L", "Tab"],
    "Escape": ["Escape"],
}
SCREEN = (1400, 900)  # the helper's: larger than the window


def chromium_for_root(folder: Path) -> str:
    """A search path on which Chromium starts without its sandbox, since root must, and says so in no other way."""
    folder.mkdir()
    script = folder / "chromium"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote("/usr/bin/chromium")} --no-sandbox --disable-gpu "$@"\n')
    script.chmod(0o755)
    return str(folder)


def windows(display: str) -> list[str]:
    """The numbers of the browser's windows that are shown."""
    return xdotool(display, "search", "--onlyvisible", "--class", "tasuki-viewer").split()


def size(display: str) -> tuple[int, int]:
    """Of the one window; nothing while it is between two."""
    for window in windows(display):
        said = xdotool(display, "getwindowgeometry", "--shell", window).split()
        told = dict(line.split("=") for line in said)
        return int(told["WIDTH"]), int(told["HEIGHT"])
    return 0, 0


async def test_keys_that_leave_a_browser(stage: Stage, tmp_path: Path) -> None:
    """Pressed on the helper's keyboard they arrive on the user's display; the window has no tabs, and goes when the session does."""
    with bare_desktop(tmp_path, size=SCREEN) as helpers, bare_desktop(tmp_path) as users, heard_keys(users) as heard:
        path = f"{chromium_for_root(tmp_path / 'browsers')}:{stage.run.environ['PATH']}"
        async with (
            stage.helping(environ={"DISPLAY": helpers, "PATH": path}) as helper,
            stage.asking(environ={"DISPLAY": users}) as user,
        ):
            await connected(user, helper)
            assert (await helper.event("viewer"))["shown"]
            await helper.event("viewer_shows", on=True, within=60)
            (window,) = windows(helpers)
            await user.tell("mode control")
            await user.tell("yes")
            await helper.event("mode", mode="control")

            await asyncio.to_thread(xdotool, helpers, "windowactivate", "--sync", window)
            await asyncio.to_thread(xdotool, helpers, "mousemove", "512", "400", "click", "1")
            await asyncio.to_thread(xdotool, helpers, "key", "F11")
            await happens("full screen", lambda: size(helpers) == SCREEN)
            await asyncio.sleep(1.5)  # the lock of the keyboard is asked for then, and told nobody
            for chord, names in CHORDS.items():
                heard.clear()
                await asyncio.to_thread(xdotool, helpers, "key", "--delay", "60", chord)
                await happens(f"{chord} arrives", lambda names=names: heard == names)  # type: ignore[misc]
                assert windows(helpers) == [window], f"{chord} did something to the browser"
            heard.clear()
            await asyncio.to_thread(xdotool, helpers, "key", "F11")
            await happens("a window again", lambda: (0, 0) < size(helpers) < SCREEN)
            assert "F11" not in heard

            await user.tell("stop")
            await helper.event("ended")
            assert await until(lambda: not windows(helpers), within=10)
            await helper.tell("quit")
            assert await helper.ended(within=30) == 0
