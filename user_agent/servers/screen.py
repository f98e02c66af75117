"""Is there an X screen to show?"""

from common.host.errors import TasukiError
from user_agent.servers.base import Host


def x_display(host: Host) -> str:
    """The X display. Raises TasukiError `no_screen` where there is none, `screen_is_wayland` where X shows nothing."""
    display = host.environ.get("DISPLAY", "")
    if host.environ.get("XDG_SESSION_TYPE") == "wayland" and host.environ.get("WAYLAND_DISPLAY"):
        raise TasukiError("screen_is_wayland")
    if not display:
        raise TasukiError("no_screen")
    return display


def x_environment(host: Host) -> dict[str, str]:
    """What an X server program needs of the environment, and nothing that could change what it does."""
    kept = ("DISPLAY", "XAUTHORITY", "HOME", "PATH", "LANG", "LC_ALL", "XDG_RUNTIME_DIR", "USER", "LOGNAME")
    return {name: host.environ[name] for name in kept if name in host.environ}
