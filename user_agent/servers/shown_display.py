"""Whether a VNC server that somebody else has started shows an X display of this computer.

Whoever names both a server and a display may be wrong, and then a helper would type into a desktop that nobody sees. So a
mark is shown on the display and looked for through the server, as a viewer would. A property of the root window would be
seen by nobody: no server passes one on.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Final

from common.host.errors import TasukiError
from common.host.screen import x_answers
from common.protocol.reading import ByteStream, Parse, ProtocolViolationError, Reading
from common.protocol.rfb import encodings
from common.protocol.rfb.client_messages import FramebufferUpdateRequest, SetEncodings, SetPixelFormat
from common.protocol.rfb.limits import MAX_SKIPPED
from common.protocol.rfb.pixels import SERVER_INIT_LENGTH, TRUE_COLOUR, parse_server_init
from user_agent.servers.base import RunningServer
from user_agent.servers.mark import SIDE, SQUARE, SQUARES, Mark, marked
from user_agent.vnc_connection import reach

PATIENCE: Final = 10.0  # seconds: x11vnc looks at a quiet screen every second or two
AGAIN: Final = 0.1  # seconds between two looks
WHITE, BLACK = 200, 55  # what a colour is at least, or at most: few colours, or a night light, change them a little
_PIXEL: Final = 4  # bytes, in the format that we ask for


async def prove_display(
    server: RunningServer, display: str, *, random: Callable[[int], bytes], within: float = PATIENCE
) -> None:
    """Return where `server` shows the X display of this name, whole.

    Raises TasukiError `server_other_display` | `display_closed`, and what logging in raises.
    """
    mark = marked(display, random(SQUARES * SQUARES // 8))
    if not await asyncio.to_thread(x_answers, display):
        raise TasukiError("display_closed", display=display)
    try:
        shown = await asyncio.to_thread(mark.__enter__)
    except Exception as error:
        raise TasukiError("display_closed", display=display) from error
    try:
        seen = await _sees(server, shown, within=within)
    finally:
        await asyncio.to_thread(mark.__exit__, None, None, None)
    if not seen:
        raise TasukiError("server_other_display", program=server.name, display=display)


async def _sees(server: RunningServer, mark: Mark, *, within: float) -> bool:
    """Whether the mark is in the server's picture, where it is on the display. Raises what connecting raises."""
    connection = await reach(server, within=within)
    corner = _Corner(mark)
    lost = asyncio.Event()
    connection.start(received=corner.feed, lost=lost.set, drained=lambda: None)
    try:
        async with asyncio.timeout(within):
            while not (corner.found or corner.hopeless or lost.is_set()):
                if corner.wants_more:
                    connection.write(corner.question())
                await asyncio.sleep(AGAIN)
    except TimeoutError:
        pass
    finally:
        connection.close()
    return corner.found


class _Corner:
    """What comes of one connection, read for its first SIDE × SIDE pixels. Asked for them uncompressed, a server sends no others."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self._bytes = ByteStream()
        self._parse = Parse(self._read())
        self._pixels = [bytes(_PIXEL * SIDE)] * SIDE
        self._asked = False
        self.wants_more = False  # an update has come whole, or the desktop is there
        self.found = False
        self.hopeless = False  # what it shows is of another size, or is nothing that can be read

    def feed(self, data: bytes) -> None:
        """What came."""
        if self.found or self.hopeless:
            return
        self._bytes.feed(data)
        try:
            self._parse.step()
        except ProtocolViolationError:
            self.hopeless = True

    def question(self) -> bytes:
        """Ask for the corner, whatever changed; the first time with the format that it shall come in."""
        self.wants_more = False
        ask = FramebufferUpdateRequest(incremental=False, x=0, y=0, width=SIDE, height=SIDE).encode()
        if self._asked:
            return ask
        self._asked = True
        return SetPixelFormat(TRUE_COLOUR).encode() + SetEncodings((encodings.RAW,)).encode() + ask

    def _read(self) -> Reading[None]:
        stream = self._bytes
        head = yield from stream.read_exactly(SERVER_INIT_LENGTH)
        width, height, _, length = parse_server_init(head)
        yield from stream.skip(length)
        if (width, height) != self._mark.size:
            raise ProtocolViolationError("a framebuffer of another size")
        self.wants_more = True
        while not self.found:
            (kind,) = yield from stream.read_exactly(1)
            match kind:
                case 0:  # FramebufferUpdate
                    yield from self._update(width, height)
                case 1:  # SetColourMapEntries
                    entries = yield from stream.read_exactly(5)
                    yield from stream.skip(6 * int.from_bytes(entries[3:], "big"))
                case 2:  # Bell
                    pass
                case 3:  # ServerCutText
                    text = yield from stream.read_exactly(7)
                    yield from stream.skip(min(int.from_bytes(text[3:], "big"), MAX_SKIPPED))
                case _:
                    raise ProtocolViolationError(f"server message {kind}")

    def _update(self, width: int, height: int) -> Reading[None]:
        count = int.from_bytes((yield from self._bytes.read_exactly(3))[1:], "big")
        for _ in range(count):
            x, y, w, h, encoding = struct.unpack(">HHHHi", (yield from self._bytes.read_exactly(12)))
            if encoding != encodings.RAW or x + w > width or y + h > height:
                raise ProtocolViolationError("a rectangle that was not asked for")
            for row in range(y, y + h):
                line = yield from self._bytes.read_exactly(_PIXEL * w)
                if row < SIDE and x < SIDE:
                    before = self._pixels[row]
                    self._pixels[row] = (before[: _PIXEL * x] + line + before[_PIXEL * (x + w) :])[: _PIXEL * SIDE]
        self.found = self._shows()
        self.wants_more = True

    def _shows(self) -> bool:
        for place, bit in enumerate(self._mark.bits):
            left, top = place % SQUARES * SQUARE * _PIXEL, place // SQUARES * SQUARE
            for row in self._pixels[top : top + SQUARE]:
                square = row[left : left + SQUARE * _PIXEL]
                colours = [value for at, value in enumerate(square) if at % _PIXEL != _PIXEL - 1]
                if (min(colours) < WHITE) if bit else (max(colours) > BLACK):
                    return False
        return True
