"""Opening an X display for keys and pointer, where there is one: python-xlib is not on every computer."""

from typing import Any

from user_agent.input.ports import DesktopInput


def open_x11(display: str, **wanted: Any) -> DesktopInput:
    """See ports.OpenDesktop. Imported when it is needed, which is in a thread. Raises ImportError too, and TasukiError `releaser_failed`."""
    from user_agent.input.guarded import GuardedInput

    return GuardedInput(display, **wanted)
