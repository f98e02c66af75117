"""A viewer that speaks any version of RFB and shows any format of pixels, colour maps too: what it sees, as colours."""

import asyncio
import contextlib
import struct
from dataclasses import dataclass, field

from common.protocol.rfb import vncauth
from common.protocol.rfb.pixels import PixelFormat
from tests.support.rfb import set_encodings

RAW, COPY_RECT, DESKTOP_SIZE = 0, 1, -223
Colour = tuple[int, int, int]  # of 0 to 255

TRUE_32 = PixelFormat(32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
FORMATS = {
    "32 bits": TRUE_32,
    "32 bits, big-endian": PixelFormat(32, 24, 1, 1, 255, 255, 255, 16, 8, 0),
    "30 of 32 bits": PixelFormat(32, 30, 0, 1, 1023, 1023, 1023, 20, 10, 0),
    "16 bits": PixelFormat(16, 16, 0, 1, 31, 63, 31, 11, 5, 0),
    "15 of 16 bits": PixelFormat(16, 15, 0, 1, 31, 31, 31, 10, 5, 0),
    "8 bits (BGR233)": PixelFormat(8, 8, 0, 1, 7, 7, 3, 0, 3, 6),
    "6 of 8 bits": PixelFormat(8, 6, 0, 1, 3, 3, 3, 4, 2, 0),
    "3 of 8 bits": PixelFormat(8, 3, 0, 1, 1, 1, 1, 2, 1, 0),
    "8 bits with a colour map": PixelFormat(8, 8, 0, 0, 0, 0, 0, 0, 0, 0),
}


@dataclass
class OddViewer:
    """Logged in; `reader` is behind ServerInit. It takes whole pictures in Raw, and follows another size."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    size: tuple[int, int] = (0, 0)
    pixels: PixelFormat = TRUE_32
    colour_map: dict[int, Colour] = field(default_factory=dict)
    picture: dict[tuple[int, int], bytes] = field(
        default_factory=dict
    )  # rows: by their left end and height from the top

    @classmethod
    async def login(cls, port: int, password: str, *, version: bytes) -> "OddViewer":
        """With this version, as far as it goes: in 3.3 the server dictates, from 3.7 on the viewer chooses."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            assert await reader.readexactly(12) == b"RFB 003.008\n"
            writer.write(version)
            major, minor = int(version[4:7]), int(version[8:11])
            if (major, minor) < (3, 7):
                assert await reader.readexactly(4) == b"\0\0\0\2"
            else:
                assert await reader.readexactly(2) == b"\1\2"
                writer.write(b"\2")
            writer.write(vncauth.response(password.encode(), await reader.readexactly(16)))
            assert await reader.readexactly(4) == b"\0\0\0\0"
            writer.write(b"\1")
            head = await reader.readexactly(24)
            await reader.readexactly(int.from_bytes(head[20:], "big"))
            width, height = struct.unpack_from(">HH", head)
            return cls(reader, writer, (width, height), PixelFormat.parse(head[4:20]))
        except BaseException:
            writer.close()
            raise

    def show_in(self, pixels: PixelFormat) -> None:
        """SetPixelFormat, and the encodings that are understood."""
        self.pixels = pixels
        self.writer.write(b"\0\0\0\0" + pixels.encode() + set_encodings(RAW, COPY_RECT, DESKTOP_SIZE))

    async def look(self, *, incremental: bool = False) -> None:
        """Ask for the whole picture, and take the next update; a colour map that comes before it is kept."""
        self.writer.write(struct.pack(">BBHHHH", 3, incremental, 0, 0, *self.size))
        while not await self._message():
            pass

    async def sees(self, size: tuple[int, int]) -> None:
        """Follow until the desktop is of this size."""
        while self.size != size:
            await self.look(incremental=True)
        await self.look()

    async def _message(self) -> bool:
        """Whether it was an update with pixels."""
        kind = (await self.reader.readexactly(1))[0]
        if kind == 1:
            first, count = struct.unpack(">xHH", await self.reader.readexactly(5))
            for number in range(first, first + count):
                red, green, blue = struct.unpack(">HHH", await self.reader.readexactly(6))
                self.colour_map[number] = (red >> 8, green >> 8, blue >> 8)
            return False
        if kind == 3:
            await self.reader.readexactly(struct.unpack(">3xI", await self.reader.readexactly(7))[0])
            return False
        if kind == 2:
            return False
        assert kind == 0, f"message {kind}"
        drawn = False
        for _ in range(struct.unpack(">xH", await self.reader.readexactly(3))[0]):
            drawn = await self._rectangle() or drawn
        return drawn

    async def _rectangle(self) -> bool:
        x, y, width, height, encoding = struct.unpack(">HHHHi", await self.reader.readexactly(12))
        if encoding == DESKTOP_SIZE:
            self.size, self.picture = (width, height), {}
            return True
        if encoding == COPY_RECT:
            await self.reader.readexactly(4)
            return True
        assert encoding == RAW, f"encoding {encoding}"
        row = width * self.pixels.pixel_bytes
        for line in range(height):
            self.picture[x, y + line] = await self.reader.readexactly(row)
        return True

    def colour(self, x: int, y: int) -> Colour:
        """What is there, of the last update that covered it."""
        size = self.pixels.pixel_bytes
        left, row = next(
            (left, row) for (left, top), row in self.picture.items() if top == y and left <= x < left + len(row) // size
        )
        raw = row[(x - left) * size : (x - left + 1) * size]
        value = int.from_bytes(raw, "big" if self.pixels.big_endian else "little")
        if not self.pixels.true_colour:
            return self.colour_map[value]
        parts = (
            ((value >> shift) & maximum) * 255 // maximum
            for maximum, shift in (
                (self.pixels.red_max, self.pixels.red_shift),
                (self.pixels.green_max, self.pixels.green_shift),
                (self.pixels.blue_max, self.pixels.blue_shift),
            )
        )
        red, green, blue = parts
        return red, green, blue

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()
