"""The monitors that can be shown one by one, found without Qt: by RandR on X, the compositor's outputs on Wayland, Windows' own list."""

import re

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.screen import is_wayland
from common.host.windows_monitors import Monitor
from user_agent.servers.base import ScreenChoice
from user_agent.servers.wayland import outputs

_KEY = re.compile(r"(?P<width>[1-9][0-9]{0,4})x(?P<height>[1-9][0-9]{0,4})(?P<x>[+-][0-9]{1,5})(?P<y>[+-][0-9]{1,5})")


def parse(key: str) -> ScreenChoice:
    """The monitor of this key, without its name. Raises TasukiError `screen_unknown`."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise TasukiError("screen_unknown", screen=key)
    x, y, width, height = (int(match[name]) for name in ("x", "y", "width", "height"))
    return ScreenChoice(name="", x=x, y=y, width=width, height=height)


def find(computer: Computer) -> tuple[ScreenChoice, ...]:
    """The monitors of this desktop, from left to right; empty where they cannot be known. Not on the loop: it may wait."""
    if computer.platform == "win32":
        return tuple(
            sorted((choice(one) for one in computer.windows.monitors()), key=lambda screen: (screen.x, screen.y))
        )
    if computer.platform != "linux":
        return ()
    found = outputs(computer) if is_wayland(computer.environ) else _monitors(computer)
    return tuple(sorted(found, key=lambda screen: (screen.x, screen.y)))


def choice(monitor: Monitor) -> ScreenChoice:
    """A monitor of Windows."""
    return ScreenChoice(name=monitor.name, x=monitor.x, y=monitor.y, width=monitor.width, height=monitor.height)


def windows_monitor(computer: Computer, screen: ScreenChoice) -> tuple[int, Monitor] | None:
    """Windows' own number of this monitor, from 1 on, and what it is now; None where it has gone."""
    for number, monitor in enumerate(computer.windows.monitors(), 1):
        if choice(monitor).key == screen.key:
            return number, monitor
    return None


def named(computer: Computer, key: str) -> ScreenChoice | None:
    """The monitor that a wish names; None for all of them (""). Not on the loop: it may wait.

    Raises TasukiError `screen_unknown` where there is no such monitor, or no longer.
    """
    if not key:
        return None
    wanted = parse(key)
    found = find(computer)
    if not found:
        return wanted
    for screen in found:
        if screen.key == wanted.key:
            return screen
    raise TasukiError("screen_unknown", screen=key)


def _monitors(computer: Computer) -> list[ScreenChoice]:
    """RandR's. What goes wrong here goes wrong again when the server starts, and is said there."""
    from user_agent.area.x11 import monitors

    return monitors(computer.environ.get("DISPLAY", ""))
