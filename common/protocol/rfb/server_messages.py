"""Messages from a server to a viewer, from ServerInit on: at message and rectangle level, passed on as they arrive.

Nothing waits for the end of an update, and no pixel is decoded. A rectangle goes on once it is whole, if it is no larger
than passage.HELD. A ServerCutText is dropped as it comes: clipboards cross by the channel's own frames.
"""

import struct
from collections.abc import Callable, Container
from typing import Final

from common.protocol.reading import ProtocolViolationError, Reading
from common.protocol.rfb import encodings
from common.protocol.rfb.limits import MAX_FENCE, MAX_SKIPPED
from common.protocol.rfb.passage import Passage
from common.protocol.rfb.pixels import SERVER_INIT_LENGTH, parse_server_init
from common.protocol.rfb.rectangles import PAYLOADS, Rectangle
from common.protocol.rfb.state import StreamState

_UNTIL_LAST: Final = 0xFFFF
_RECTANGLE = struct.Struct(">HHHHi")
_UPDATE_OF_ONE: Final = struct.pack(">BxH", 0, 1)


class ServerMessages:
    """The parser of one connection. Raises ProtocolViolationError at anything whose length cannot be known."""

    def __init__(
        self,
        *,
        passage: Passage,
        state: StreamState,
    ) -> None:
        self._passage = passage
        self._state = state
        self.initialised = False  # whether this connection's ServerInit has come
        self.finish = False  # where the present message ends, so does everything
        self._begun = False  # something of the present update has gone to the viewer
        self._readers: dict[int, Callable[[], Reading[None]]] = {
            0: self._update,
            1: self._colour_map,
            2: self._bell,
            3: self._cut_text,
            150: self._end_of_continuous_updates,
            248: self._fence,
        }

    def run(self) -> Reading[None]:
        """ServerInit, then messages, without end unless `finish` is set."""
        if self._state.initialised:
            yield from self._server_init_again()
        else:
            yield from self._server_init()
        self.initialised = True
        while True:
            self._passage.settle()
            if self.finish:
                return
            (kind,) = yield from self._passage.peek(1)
            if self.finish:  # set while it was waited for
                return
            reader = self._readers.get(kind)
            if reader is None:
                raise ProtocolViolationError(f"server message {kind}: its length cannot be known")
            yield from reader()

    def completion(self) -> bytes | None:
        """What completes the message that the viewer has a part of; None where nothing can, empty where it has none.

        For a viewer that knows LastRect, an update ends where that stands, whatever number was promised.
        """
        if not (self._begun or self._passage.torn):
            return b""
        if self._passage.torn or encodings.LAST_RECT not in self._state.listed:
            return None
        return _RECTANGLE.pack(0, 0, 0, 0, encodings.LAST_RECT)

    def _server_init(self) -> Reading[None]:
        state, passage = self._state, self._passage
        width, height, pixels, length = parse_server_init((yield from passage.take(SERVER_INIT_LENGTH)))
        state.name = yield from passage.take(length)
        state.started(width, height, pixels)

    def _server_init_again(self) -> Reading[None]:
        """It does not go to the viewer, who hears of another size by an update of its own, or cannot go on."""
        state, passage = self._state, self._passage
        head = yield from passage.peek(SERVER_INIT_LENGTH)
        width, height, _, length = parse_server_init(head)
        yield from passage.drop(SERVER_INIT_LENGTH + length)
        if (width, height) == (state.width, state.height):
            return
        state.width, state.height = width, height
        resize = resized(width, height, state.listed)
        if resize is None:
            state.tied = True
        else:
            passage.insert(resize)
            state.waits = False  # the viewer has its answer

    def _update(self) -> Reading[None]:
        state, passage = self._state, self._passage
        count = int.from_bytes((yield from passage.take(4))[2:], "big")
        state.update_started()
        done = 0
        while done < count or count == _UNTIL_LAST:
            x, y, width, height, encoding = _RECTANGLE.unpack((yield from passage.take(_RECTANGLE.size)))
            payload = PAYLOADS.get(encoding)
            if payload is None:
                raise ProtocolViolationError(f"a rectangle in encoding {encoding}, which is never agreed")
            yield from payload(passage, state, Rectangle(x, y, width, height), state.format)
            passage.settle()
            self._begun = True
            state.update_shown()
            if encoding == encodings.LAST_RECT:
                break
            done += 1
        self._begun = False
        state.update_shown()  # also one of no rectangles
        state.update_ended()

    def _colour_map(self) -> Reading[None]:
        head = yield from self._passage.take(6)
        yield from self._passage.pass_on(6 * int.from_bytes(head[4:], "big"))

    def _bell(self) -> Reading[None]:
        yield from self._passage.pass_on(1)

    def _cut_text(self) -> Reading[None]:
        passage = self._passage
        length = int.from_bytes((yield from passage.peek(8))[4:], "big")
        if length > MAX_SKIPPED:
            raise ProtocolViolationError(f"ServerCutText of {length} bytes")
        yield from passage.drop(8 + length)

    def _end_of_continuous_updates(self) -> Reading[None]:
        if self._state.end_seen():
            yield from self._passage.pass_on(1)
        else:
            yield from self._passage.drop(1)

    def _fence(self) -> Reading[None]:
        flags, length = struct.unpack(">4xIB", (yield from self._passage.peek(9)))
        if length > MAX_FENCE:
            yield from self._passage.drop(9 + length)
            return
        yield from self._passage.take(9)
        self._state.fence_seen(flags, (yield from self._passage.take(length)))


def resized(width: int, height: int, listed: Container[int]) -> bytes | None:
    """A FramebufferUpdate that says nothing but this size; None for a viewer that knows none."""
    if encodings.DESKTOP_SIZE in listed:
        return _UPDATE_OF_ONE + _RECTANGLE.pack(0, 0, width, height, encodings.DESKTOP_SIZE)
    if encodings.EXTENDED_DESKTOP_SIZE in listed:
        screen = struct.pack(">B3xIHHHHI", 1, 0, 0, 0, width, height, 0)
        return _UPDATE_OF_ONE + _RECTANGLE.pack(0, 0, width, height, encodings.EXTENDED_DESKTOP_SIZE) + screen
    return None
