"""A mark on an X display: a small window of random black and white squares, for as long as somebody looks for it."""

import contextlib
from collections.abc import Iterator
from typing import Final

from Xlib import X

from common.host.x11 import open_display

SQUARES: Final = 8  # each way: 64 random bits
SQUARE: Final = 4  # pixels: a viewer's JPEG or a scaled picture would not come out black and white
SIDE: Final = SQUARES * SQUARE


class Mark:
    """Where it lies is the desktop's first pixel. `bits` are its squares, row by row, True for white."""

    def __init__(self, bits: tuple[bool, ...], size: tuple[int, int]) -> None:
        self.bits = bits
        self.size = size  # the display's, in pixels


@contextlib.contextmanager
def marked(display: str, nonce: bytes) -> Iterator[Mark]:
    """Show the mark of these 8 bytes until the end of the block. It waits: not on the loop. Raises what X says."""
    bits = tuple(bool(byte >> bit & 1) for byte in nonce for bit in range(8))
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
        while connection.next_event().type != X.Expose:
            pass
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
