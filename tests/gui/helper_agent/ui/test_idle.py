"""How long nothing was touched."""

from helper_agent.ui.idle import reader
from tests.support.display import virtual_display


def test_a_desktop_that_does_not_tell_is_no_failure() -> None:
    """Wayland, no screen."""
    assert reader({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux")() is None
    assert reader({}, "linux")() is None


def test_x_tells() -> None:
    """In seconds."""
    with virtual_display() as display:
        idle = reader({"DISPLAY": display}, "linux")()
    assert idle is not None
    assert idle >= 0
