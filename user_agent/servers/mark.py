"""A mark on an X display: a small window of random black and white squares, for as long as somebody looks for it."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, Final

from Xlib import X

from common.host.x11 import open_display
from user_agent.servers.corner import SIDE, SQUARE, SQUARES, Mark, squares

DRAWN_WITHIN: Final = 2.0  # seconds until it may be drawn; later it is drawn in vain
GLANCE: Final = 0.005


@contextlib.contextmanager
def marked(display: str, nonce: bytes) -> Iterator[Mark]:
    """Show the mark of these 8 bytes until the end of the block. It waits: not on the loop. Raises what X says."""
    bits = squares(nonce)
    connection = open_display(display)
    try:
        screen = connection.screen()
        window = screen.root.create_window(
            0,
            0,
            SIDE,
            SIDE,
            0,
            screen.root_depth,
            X.InputOutput,
            X.CopyFromParent,
            background_pixel=screen.black_pixel,
            override_redirect=1,  # no window manager moves it, or gives it the keyboard
            event_mask=X.ExposureMask,
        )
        white = window.create_gc(foreground=screen.white_pixel)
        window.map()
        _exposed(connection)
        window.poly_fill_rectangle(
            white,
            [
                (place % SQUARES * SQUARE, place // SQUARES * SQUARE, SQUARE, SQUARE)
                for place, bit in enumerate(bits)
                if bit
            ],
        )
        window.configure(stack_mode=X.Above)
        connection.sync()
        yield Mark(bits, (screen.width_in_pixels, screen.height_in_pixels))
    finally:
        connection.close()


def _exposed(connection: Any) -> None:
    """Wait until the server says that the window is there: what is drawn before that is lost."""
    end = time.monotonic() + DRAWN_WITHIN
    while time.monotonic() < end:
        while connection.pending_events():
            if connection.next_event().type == X.Expose:
                return
        time.sleep(GLANCE)
