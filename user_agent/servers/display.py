"""Is there a screen to show, and whose is it: an X server's, or a Wayland compositor's?"""

from collections.abc import Container

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.screen import is_wayland, x_answers, x_depth

# The sessions on Xorg that desktops offer at the login screen, by what they call themselves in XDG_CURRENT_DESKTOP.
XORG_SESSIONS = {"gnome": "GNOME on Xorg", "kde": "Plasma (X11)"}


def desktop(computer: Computer) -> str:
    """What the desktop calls itself ("ubuntu:GNOME" is GNOME); "Wayland" where it does not say."""
    names = [name for name in computer.environ.get("XDG_CURRENT_DESKTOP", "").split(":") if name.isprintable() and name]
    return names[-1] if names else "Wayland"


def on_wayland(computer: Computer) -> TasukiError:
    """Why programs for X cannot show this desktop, and where to log in instead."""
    name = desktop(computer)
    session = XORG_SESSIONS.get(name.lower())
    if session is not None:
        return TasukiError("screen_is_wayland_with_xorg", desktop=name, session=session)
    return TasukiError("screen_is_wayland", desktop=name)


def x_display(computer: Computer) -> str:
    """The X display. Raises TasukiError `no_screen` where there is none, `screen_is_wayland…` where X shows nothing."""
    if is_wayland(computer.environ):
        raise on_wayland(computer)
    display = computer.environ.get("DISPLAY", "")
    if not display:
        raise TasukiError("no_screen")
    return display


def x_problem(computer: Computer) -> TasukiError | None:
    """Why no X display can be shown here; None where one can."""
    try:
        x_display(computer)
    except TasukiError as error:
        return error
    return None


def display_problem(computer: Computer) -> TasukiError | None:
    """Why the X display cannot be opened, which takes a moment to find out; None where it can."""
    display = computer.environ.get("DISPLAY", "")
    return None if x_answers(display) else TasukiError("display_closed", display=display)


def depth_problem(computer: Computer, program: str, depths: Container[int]) -> TasukiError | None:
    """Why this program cannot show the pixels of the X display; None where it can."""
    depth = x_depth(computer.environ.get("DISPLAY", ""))
    return None if depth is None or depth in depths else TasukiError("screen_depth", program=program, depth=depth)


def x_environment(computer: Computer) -> dict[str, str]:
    """What an X server program needs of the environment, and nothing that could change what it does."""
    return _kept(computer, "DISPLAY", "XAUTHORITY")


def wayland_environment(computer: Computer) -> dict[str, str]:
    """The same for a program of a Wayland desktop."""
    return _kept(computer, "WAYLAND_DISPLAY")


def _kept(computer: Computer, *more: str) -> dict[str, str]:
    kept = (*more, "HOME", "PATH", "LANG", "LC_ALL", "XDG_RUNTIME_DIR", "USER", "LOGNAME")
    return {name: computer.environ[name] for name in kept if name in computer.environ}
