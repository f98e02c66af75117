"""What tells of a desktop's layout, for the desktop that a kind of server shows."""

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.screen import is_wayland
from user_agent.area.polled import PolledProbe
from user_agent.area.ports import LayoutProbe
from user_agent.servers.wayland import outputs


def open_probe(computer: Computer) -> LayoutProbe:
    """The one of this desktop. Not on the loop: it may wait. Raises TasukiError `display_closed`, `screens_not_watched`."""
    if computer.platform == "win32":
        return PolledProbe(computer.windows.layout, waits=False)
    if computer.platform != "linux":
        raise TasukiError("screens_not_watched")
    if is_wayland(computer.environ):
        return PolledProbe(lambda: tuple(sorted((one.name, one.key) for one in outputs(computer))), waits=True)
    from user_agent.area.x11 import X11Probe

    return X11Probe(computer.environ.get("DISPLAY", ""))
