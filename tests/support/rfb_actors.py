"""A VNC server and viewers of the tests' own, over bytes that travel only as far as the test lets them.

The screen is four rows of one colour each, and every row of an update a rectangle for itself. The viewers read pixels by the
format that they believe to hold: what comes in another one is misread, and seen.
"""

import struct
from collections import deque
from collections.abc import Callable
from enum import Enum

from common.protocol.reading import ByteStream, Reading
from common.protocol.rfb import encodings as enc
from common.protocol.rfb.state import FENCE_REQUEST, FENCE_SYNC_NEXT
from tests.support.rfb import (
    BGR8,
    END_OF_CONTINUOUS,
    RGB16,
    RGB32,
    continuous,
    fence,
    rectangle,
    request,
    server_init,
    set_encodings,
    set_pixel_format,
    update,
)

WIDTH, ROWS = 2, 4
COLOURS = 8
FORMATS = (RGB32, RGB16, BGR8)
ALL = request(0, 0, WIDTH, ROWS, incremental=0)
MORE = request(0, 0, WIDTH, ROWS)
START, STOP = (continuous(on, 0, 0, WIDTH, ROWS) for on in (1, 0))


def pixel(colour: int, pixels: bytes) -> bytes:
    """One of COLOURS in a pixel format; every two of them differ in each."""
    bits, _, _, _, *maxima_and_shifts = struct.unpack(">BBBBHHHBBB3x", pixels)
    maxima, shifts = maxima_and_shifts[:3], maxima_and_shifts[3:]
    value: int = sum(
        maximum << shift for bit, (maximum, shift) in enumerate(zip(maxima, shifts, strict=True)) if colour >> bit & 1
    )
    return value.to_bytes(int(bits) // 8, "little")


class ServerEnd:
    """One connection to a server that is like TigerVNC's: the broker's VncConnection, and what the server makes of it.

    It does not send an update before its ping behind the last one is answered, where the viewer has fences.
    """

    def __init__(self, rows: list[int]) -> None:
        self.stuck = False
        self.gone = False
        self.closed = False
        self.out = bytearray(server_init(WIDTH, ROWS, FORMATS[0]))
        self.dirty: set[int] = set()
        self._rows = rows
        self._received: Callable[[bytes], None] = lambda _: None
        self._held_back = False
        self._format = FORMATS[0]
        self._fences = False
        self._requested = False
        self._continuous = False
        self._can_continue = False
        self._pings = 0
        self._asked: deque[bytes] = deque()  # payloads of its fences that the viewer has not answered
        self._sync: bytes | None = None
        self._heard = ByteStream()
        self._messages = 0  # to be read now
        self._reading = self._run()

    # VncConnection

    def start(
        self, *, received: Callable[[bytes], None], lost: Callable[[], None], drained: Callable[[], None]
    ) -> None:
        del lost, drained
        self._received = received

    def write(self, data: bytes) -> None:
        self._heard.feed(data)

    def hold_back(self, on: bool) -> None:
        self._held_back = on

    def close(self) -> None:
        self.closed = True

    # the server

    def deliver(self, count: int) -> None:
        """So many bytes of what it has written arrive at the broker."""
        if not (self.closed or self._held_back) and self.out:
            data = bytes(self.out[:count])
            del self.out[:count]
            self._received(data)

    def read(self, messages: int) -> None:
        """Do what the next messages say."""
        self._messages = messages
        next(self._reading)

    def send(self) -> None:
        """An update, where one is wanted and may go."""
        if self.dirty and (self._requested or self._continuous) and not self._asked:
            payload = {row: pixel(self._rows[row], self._format) * WIDTH for row in sorted(self.dirty)}
            parts = [rectangle(enc.RAW, data, 0, row, WIDTH, 1) for row, data in payload.items()]
            self.out += update(*parts)
            self.dirty.clear()
            self._requested = False
            if self._fences:
                self._ping()

    def _ping(self) -> None:
        self._asked.append(b"%d of %d" % (self._pings, id(self)))
        self._pings += 1
        self.out += fence(FENCE_REQUEST | 1, self._asked[-1])

    def _run(self) -> Reading[None]:
        while True:
            while not self._messages:
                yield
            (kind,) = yield from self._heard.read_exactly(1)
            sync, self._sync = self._sync, None
            yield from self._message(kind)
            if sync is not None:
                self.out += fence(FENCE_SYNC_NEXT, sync)
            self._messages -= 1

    def _message(self, kind: int) -> Reading[None]:
        match kind:
            case 0:
                self._format = (yield from self._heard.read_exactly(19))[3:]
            case 2:
                count = int.from_bytes((yield from self._heard.read_exactly(3))[1:], "big")
                listed = struct.unpack(f">{count}i", (yield from self._heard.read_exactly(4 * count)))
                if enc.FENCE in listed and not self._fences:
                    self._fences = True
                    self._ping()
                if enc.CONTINUOUS_UPDATES in listed and not self._can_continue:
                    self._can_continue = True
                    self.out += END_OF_CONTINUOUS
            case 3:
                (incremental, *_) = yield from self._heard.read_exactly(9)
                self._requested = self._requested or not (incremental and self._continuous)
                if not incremental:
                    self.dirty.update(range(ROWS))
            case 150:
                (on, *_) = yield from self._heard.read_exactly(9)
                assert self._can_continue, "TigerVNC hangs up here"
                self._continuous = bool(on)
                if on:
                    self._requested = False
                else:
                    self.out += END_OF_CONTINUOUS
            case 248:
                flags, length = struct.unpack(">3xIB", (yield from self._heard.read_exactly(8)))
                payload = yield from self._heard.read_exactly(length)
                if not flags & FENCE_REQUEST:
                    assert self._asked.popleft() == payload, "an answer to another server"
                elif flags & FENCE_SYNC_NEXT:
                    self._sync = payload
                else:
                    self.out += fence(flags & 3, payload)
            case _:
                raise AssertionError(f"the server got message {kind}")


class Habit(Enum):
    """How a viewer asks for updates."""

    OLD = "at the end of each update; a new format goes before the request"
    EARLY = "at the start of each update; a new format goes before the request"
    NOVNC = "at the end of each update, until continuous updates are announced: then it begins them; no new formats"
    FENCED = "at the end of each update; the answer to a fence parts the old format from the new"
    TIGERVNC = "early, until a fence was answered: then continuous updates, which end and begin around a new format"


class ViewerEnd:
    """A viewer: `rows` is what it shows."""

    def __init__(self, habit: Habit) -> None:
        self.rows: list[int] = [-1] * ROWS
        self.out = bytearray()
        self._habit = habit
        self._stream = ByteStream()
        self._format = FORMATS[0]
        self._next: bytes | None = None  # a format that was sent and does not hold yet
        self._wish: bytes | None = None  # a format that was not sent yet
        self._fences = self._probed = self._announced = self._continuous = False
        self._waits = False
        self._reading = self._run()

    def hear(self, data: bytes) -> None:
        """Bytes from the helper's agent."""
        self._stream.feed(data)
        next(self._reading)

    def wish(self, pixels: bytes) -> None:
        """Use another pixel format, as soon as that can be."""
        if self._habit is not Habit.NOVNC:
            self._wish = pixels
            if self._continuous:
                self._ask()
            elif self._habit is Habit.FENCED:
                self._change()

    def _run(self) -> Reading[None]:
        head = yield from self._stream.read_exactly(24)
        yield from self._stream.read_exactly(int.from_bytes(head[20:], "big"))
        listed = [enc.RAW, enc.LAST_RECT]
        if self._habit in {Habit.NOVNC, Habit.TIGERVNC}:
            listed.append(enc.CONTINUOUS_UPDATES)
        if self._habit in {Habit.NOVNC, Habit.TIGERVNC, Habit.FENCED}:
            listed.append(enc.FENCE)
        self.out += set_pixel_format(self._format) + set_encodings(*listed) + ALL
        while True:
            (kind,) = yield from self._stream.read_exactly(1)
            yield from self._message(kind)

    def _message(self, kind: int) -> Reading[None]:
        match kind:
            case 0:
                yield from self._update()
            case 150:
                self._end_of_continuous()
            case 248:
                flags, length = struct.unpack(">3xIB", (yield from self._stream.read_exactly(8)))
                payload = yield from self._stream.read_exactly(length)
                self._fence(flags, payload)
            case _:
                raise AssertionError(f"the viewer got message {kind}")

    def _update(self) -> Reading[None]:
        count = int.from_bytes((yield from self._stream.read_exactly(3))[1:], "big")
        early = self._habit in {Habit.EARLY, Habit.TIGERVNC}
        if early:
            self._ask()
        for _ in range(count):
            _, row, width, height, encoding = struct.unpack(">HHHHi", (yield from self._stream.read_exactly(12)))
            if encoding == enc.LAST_RECT:
                break
            assert (encoding, width, height) == (enc.RAW, WIDTH, 1), "misread"
            colours = {pixel(colour, self._format): colour for colour in range(COLOURS)}
            one = len(next(iter(colours)))
            data = yield from self._stream.read_exactly(WIDTH * one)
            assert data == data[:one] * WIDTH, "misread"
            self.rows[row] = colours[data[:one]]
        if self._habit is Habit.FENCED:
            self.out += MORE
            return
        if not self._continuous:
            self._switch()
        if not early:
            self._ask()
            self._switch()  # no update is under way
        if self._habit is Habit.TIGERVNC and self._fences and not self._probed:
            self._probed = True
            self.out += fence(FENCE_REQUEST | FENCE_SYNC_NEXT)

    def _change(self) -> None:
        if self._fences and self._wish is not None and self._next is None:
            self.out += fence(FENCE_REQUEST | FENCE_SYNC_NEXT, b"new") + set_pixel_format(self._wish)
            self._next, self._wish = self._wish, None

    def _ask(self) -> None:
        if self._wish is not None and self._next is None:
            change = set_pixel_format(self._wish)
            self.out += STOP + change + START if self._continuous else change
            self._next, self._wish = self._wish, None
        if not self._continuous:
            self.out += MORE

    def _switch(self) -> None:
        if self._next is not None:
            self._format, self._next = self._next, None

    def _end_of_continuous(self) -> None:
        if not self._announced:
            self._announced = True
            if self._habit is Habit.NOVNC:
                self._continuous = True
                self.out += START
            return
        self._switch()
        if self._wish is not None:
            self._ask()

    def _fence(self, flags: int, payload: bytes) -> None:
        self._fences = True
        if flags & FENCE_REQUEST:
            self.out += fence(flags & 3, payload)
        elif self._habit is Habit.FENCED:
            self._switch()
            self._change()
        elif self._announced and not self._continuous:
            self._continuous = True
            self.out += START
