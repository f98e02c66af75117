"""On which computers an agent has a clipboard without Qt: nowhere but on X11."""

import pytest

from common.agent.clipboard.choice import x11_desktop
from common.host.computer import Computer


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
async def test_without_x11_there_is_none(platform: str) -> None:
    """And python-xlib is not asked for, which other systems lack: not even where DISPLAY is set there, as X servers for them want."""
    display = {} if platform == "linux" else {"DISPLAY": ":987654"}
    assert await x11_desktop(Computer(environ=display, platform=platform)) is None


async def test_beside_a_compositor_there_is_none() -> None:
    """DISPLAY is that of Xwayland."""
    environ = {"DISPLAY": ":987654", "WAYLAND_DISPLAY": "wayland-0"}
    assert await x11_desktop(Computer(environ=environ, platform="linux")) is None
