"""How long nothing was touched."""

import os

import pytest

from helper_agent.ui.idle import reader


def test_a_desktop_that_does_not_tell_is_no_failure() -> None:
    """Wayland, no screen."""
    assert reader({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux")() is None
    assert reader({}, "linux")() is None


@pytest.mark.skipif("DISPLAY" not in os.environ, reason="no X server")
def test_x_tells() -> None:
    """In seconds."""
    idle = reader({"DISPLAY": os.environ["DISPLAY"]}, "linux")()
    assert idle is not None
    assert idle >= 0
