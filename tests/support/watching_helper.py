"""The local side of a helper who takes all that comes, and asks for more at once: what it is shown, counted by colours."""

import struct
from collections.abc import Iterator

from common.agent.session.ports import LocalLink
from common.protocol.messages import Mode
from tests.support.rfb import RGB32, request, set_encodings, set_pixel_format

RAW, DESKTOP_SIZE, LAST_RECT = 0, -223, -224
AHEAD = 3  # requests that are never answered in time


class WatchingHelper:
    """In Raw. A stream that cannot go on is begun again, as a viewer that is opened again does."""

    features: tuple[str, ...] = ()

    def __init__(self, *colours: str) -> None:
        self.link: LocalLink | None = None
        self.seen = dict.fromkeys(colours, 0)  # pixels
        self.size = (0, 0)
        self.sizes: list[tuple[int, int]] = []
        self.streams = 0
        self.mode = Mode.VIEW
        self._buffer = bytearray()
        self._parsing: Iterator[int] = iter(())
        self._needs = 0

    def attached(self, link: LocalLink, mode: Mode) -> None:
        self.link, self.mode = link, mode

    def begin(self) -> None:
        """Open the viewer."""
        assert self.link is not None
        self._buffer.clear()
        self._parsing = self._parse()
        self._needs = next(self._parsing)
        self.streams += 1
        self.link.start_stream()

    def forget(self) -> None:
        """Count anew."""
        self.seen = dict.fromkeys(self.seen, 0)

    def ask(self, *, incremental: int) -> None:
        """For the whole screen."""
        assert self.link is not None
        self.link.send_rfb(request(0, 0, *self.size, incremental=incremental))

    # LocalSide

    def stream_started(self, n: int) -> None: ...

    def stream_over(self) -> None:
        self.begin()

    def rfb_received(self, data: bytes) -> None:
        assert self.link is not None
        self.link.consumed(len(data))
        self._buffer += data
        while len(self._buffer) >= self._needs:
            self._needs = self._parsing.__next__()

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def mode_changed(self, mode: Mode) -> None: ...

    def pause_changed(self, on: bool) -> None: ...

    def question_open(self, on: bool) -> None: ...

    def type_text(self, text: str) -> None: ...

    def cut_off(self) -> None: ...
    def interrupted(self) -> None: ...
    def resumed(self, mode: Mode) -> None: ...

    def close(self) -> None: ...

    # the stream: each value that is yielded is how many bytes must be there

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _parse(self) -> Iterator[int]:
        assert self.link is not None
        yield 24
        head = self._take(24)
        length = int.from_bytes(head[20:], "big")
        yield length
        self._take(length)
        self._resized(*struct.unpack_from(">HH", head))
        self.link.send_rfb(set_pixel_format(RGB32) + set_encodings(RAW, DESKTOP_SIZE, LAST_RECT))
        for _ in range(AHEAD):
            self.ask(incremental=0)
        while True:
            yield 1
            kind = self._take(1)[0]
            if kind == 2:
                continue
            assert kind == 0, f"message {kind}"
            yield from self._update()
            self.ask(incremental=1)

    def _update(self) -> Iterator[int]:
        yield 3
        (count,) = struct.unpack(">xH", self._take(3))
        for _ in range(count):
            yield 12
            _, _, width, height, encoding = struct.unpack(">HHHHi", self._take(12))
            if encoding == DESKTOP_SIZE:
                self._resized(width, height)
            elif encoding == LAST_RECT:
                return
            else:
                assert encoding == RAW, f"encoding {encoding}"
                yield width * height * 4
                self._count(self._take(width * height * 4))

    def _resized(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.sizes.append(self.size)

    def _count(self, pixels: bytes) -> None:
        for colour in self.seen:
            red, green, blue = bytes.fromhex(colour[1:])
            at = -1
            wire = bytes([blue, green, red, 0])
            while (at := pixels.find(wire, at + 1)) >= 0:
                self.seen[colour] += at % 4 == 0
                at += 3
