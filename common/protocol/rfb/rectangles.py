"""The payload of one rectangle, by encoding: measured and passed on, never decoded.

Every length is bounded by the rectangle's own size, so a hostile server cannot promise a viewer gigabytes for a pixel.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from common.protocol.reading import ProtocolViolationError, Reading
from common.protocol.rfb import encodings
from common.protocol.rfb.passage import Passage
from common.protocol.rfb.pixels import MAX_NAME, PixelFormat
from common.protocol.rfb.state import StreamState

MAX_CURSOR: Final = 1024  # pixels, each way
MIN_TO_COMPRESS: Final = 12  # Tight: shorter data comes as it is, without a length
SLACK: Final = 64 * 1024  # what zlib may add to a rectangle that does not compress

_FILTER_COPY: Final = 0
_FILTER_PALETTE: Final = 1
_FILTER_GRADIENT: Final = 2
_REASON_CLIENT: Final = 1


class Rectangle(NamedTuple):
    """A rectangle's head. In pseudo-encodings x and y mean other things (hotspot, reason, status)."""

    x: int
    y: int
    width: int
    height: int

    def within(self, state: StreamState) -> None:
        """Raises ProtocolViolationError where it reaches out of the framebuffer."""
        if self.x + self.width > state.width or self.y + self.height > state.height:
            raise ProtocolViolationError("a rectangle out of the framebuffer")


Payload: TypeAlias = Callable[[Passage, StreamState, Rectangle, PixelFormat], Reading[None]]


def _raw(passage: Passage, state: StreamState, box: Rectangle, pixels: PixelFormat) -> Reading[None]:
    box.within(state)
    yield from passage.pass_on(box.width * box.height * pixels.pixel_bytes)


def _copy_rect(passage: Passage, state: StreamState, box: Rectangle, _pixels: PixelFormat) -> Reading[None]:
    box.within(state)
    source = yield from passage.take(4)
    x, y = int.from_bytes(source[:2], "big"), int.from_bytes(source[2:], "big")
    Rectangle(x, y, box.width, box.height).within(state)


def _rre(passage: Passage, state: StreamState, box: Rectangle, pixels: PixelFormat) -> Reading[None]:
    box.within(state)
    count = int.from_bytes((yield from passage.take(4)), "big")
    if count > box.width * box.height:
        raise ProtocolViolationError(f"RRE: {count} parts in a rectangle of {box.width} x {box.height}")
    yield from passage.pass_on(pixels.pixel_bytes + count * (pixels.pixel_bytes + 8))


def _zlib(passage: Passage, state: StreamState, box: Rectangle, pixels: PixelFormat) -> Reading[None]:
    """Zlib and ZRLE: a length, and so many bytes."""
    box.within(state)
    length = int.from_bytes((yield from passage.take(4)), "big")
    if length > 2 * box.width * box.height * pixels.pixel_bytes + SLACK:
        raise ProtocolViolationError(f"{length} compressed bytes for a rectangle of {box.width} x {box.height}")
    yield from passage.pass_on(length)
    state.tied = True


def _tight(passage: Passage, state: StreamState, box: Rectangle, pixels: PixelFormat) -> Reading[None]:
    box.within(state)
    kind = (yield from passage.take(1))[0] >> 4
    passage.set_bits(state.tight_resets)
    state.tight_resets = 0
    if kind == 0x8:  # fill
        yield from passage.pass_on(pixels.tight_bytes)
        return
    if kind == 0x9:  # JPEG
        yield from _compact(passage)
        return
    if kind & 0x8:  # 0xA is PNG, which is never agreed
        raise ProtocolViolationError(f"Tight: no such compression {kind:#x}")
    row = box.width * pixels.tight_bytes
    if kind & 0x4:
        row = yield from _tight_filtered_row(passage, box, pixels)
    length = row * box.height
    if length < MIN_TO_COMPRESS:
        yield from passage.pass_on(length)
    else:
        yield from _compact(passage)


def _tight_filtered_row(passage: Passage, box: Rectangle, pixels: PixelFormat) -> Reading[int]:
    """The filter byte and what belongs to it. Returns the bytes of one filtered row."""
    (which,) = yield from passage.take(1)
    if which in {_FILTER_COPY, _FILTER_GRADIENT}:
        return box.width * pixels.tight_bytes
    if which != _FILTER_PALETTE:
        raise ProtocolViolationError(f"Tight: no such filter {which}")
    colours = (yield from passage.take(1))[0] + 1
    if colours == 1:  # viewers differ on how wide a row of it is
        raise ProtocolViolationError("Tight: a palette of one colour")
    yield from passage.pass_on(colours * pixels.tight_bytes)
    return (box.width + 7) // 8 if colours == 2 else box.width


def _compact(passage: Passage) -> Reading[None]:
    """Tight's compact length (7, 7 and 8 bits: at most 4 MiB) and so many bytes."""
    length = 0
    for shift in (0, 7, 14):
        (part,) = yield from passage.take(1)
        length |= (part if shift == 14 else part & 0x7F) << shift
        if not part & 0x80:
            break
    yield from passage.pass_on(length)


def _check_cursor(box: Rectangle) -> int:
    """Bytes of its one-bit mask. Raises ProtocolViolationError where it is larger than any cursor."""
    if box.width > MAX_CURSOR or box.height > MAX_CURSOR:
        raise ProtocolViolationError(f"a cursor of {box.width} x {box.height}")
    return (box.width + 7) // 8 * box.height


def _cursor(passage: Passage, _state: StreamState, box: Rectangle, pixels: PixelFormat) -> Reading[None]:
    mask = _check_cursor(box)
    yield from passage.pass_on(box.width * box.height * pixels.pixel_bytes + mask)


def _x_cursor(passage: Passage, _state: StreamState, box: Rectangle, _pixels: PixelFormat) -> Reading[None]:
    mask = _check_cursor(box)
    if mask:  # an empty one has no colours either
        yield from passage.pass_on(6 + 2 * mask)


def _cursor_with_alpha(passage: Passage, _state: StreamState, box: Rectangle, _pixels: PixelFormat) -> Reading[None]:
    _check_cursor(box)
    inner = int.from_bytes((yield from passage.take(4)), "big", signed=True)
    if inner != encodings.RAW:  # nobody sends anything else, and nothing else is cheap to measure
        raise ProtocolViolationError(f"a cursor in encoding {inner}")
    yield from passage.pass_on(box.width * box.height * 4)


def _nothing(_passage: Passage, _state: StreamState, _box: Rectangle, _pixels: PixelFormat) -> Reading[None]:
    yield from ()


def _qemu_key(_passage: Passage, state: StreamState, _box: Rectangle, _pixels: PixelFormat) -> Reading[None]:
    state.qemu_key_announced = True
    yield from ()


def _desktop_size(_passage: Passage, state: StreamState, box: Rectangle, _pixels: PixelFormat) -> Reading[None]:
    state.width, state.height = box.width, box.height
    yield from ()


def _extended_desktop_size(passage: Passage, state: StreamState, box: Rectangle, _pixels: PixelFormat) -> Reading[None]:
    screens = (yield from passage.take(4))[0]
    yield from passage.pass_on(16 * screens)
    if not (box.x == _REASON_CLIENT and box.y):  # else it says that a viewer's wish was not granted
        state.width, state.height = box.width, box.height


def _desktop_name(passage: Passage, state: StreamState, _box: Rectangle, _pixels: PixelFormat) -> Reading[None]:
    length = int.from_bytes((yield from passage.take(4)), "big")
    if length > MAX_NAME:
        raise ProtocolViolationError(f"a desktop name of {length} bytes")
    state.name = yield from passage.take(length)


PAYLOADS: Final[dict[int, Payload]] = {
    encodings.RAW: _raw,
    encodings.COPY_RECT: _copy_rect,
    encodings.RRE: _rre,
    encodings.ZLIB: _zlib,
    encodings.TIGHT: _tight,
    encodings.ZRLE: _zlib,
    encodings.DESKTOP_SIZE: _desktop_size,
    encodings.LAST_RECT: _nothing,
    encodings.POINTER_POSITION: _nothing,
    encodings.CURSOR: _cursor,
    encodings.X_CURSOR: _x_cursor,
    encodings.QEMU_KEY: _qemu_key,
    encodings.DESKTOP_NAME: _desktop_name,
    encodings.EXTENDED_DESKTOP_SIZE: _extended_desktop_size,
    encodings.CURSOR_WITH_ALPHA: _cursor_with_alpha,
}
