"""Messages from a server to a viewer, from ServerInit on: at message and rectangle level, passed on as they arrive.

Nothing waits for the end of an update, and no pixel is decoded. What is decided about (ServerCutText, an
EndOfContinuousUpdates that we had asked for) is kept back until it is whole: at most 1 MiB.
"""

import struct
from collections.abc import Callable
from typing import Final

from common.protocol.reading import ProtocolViolationError, Reading
from common.protocol.rfb import encodings
from common.protocol.rfb.passage import Passage
from common.protocol.rfb.pixels import SERVER_INIT_LENGTH, parse_server_init
from common.protocol.rfb.rectangles import PAYLOADS, Rectangle
from common.protocol.rfb.state import StreamState

MAX_CUT_TEXT: Final = 1024 * 1024
MAX_FENCE: Final = 64

_UNTIL_LAST: Final = 0xFFFF
_RECTANGLE = struct.Struct(">HHHHi")


class ServerMessages:
    """The parser: `run` never returns, and raises ProtocolViolationError at anything whose length cannot be known.

    `may_cut_text` is asked at the start of a ServerCutText, and again once it is whole.
    """

    def __init__(self, *, passage: Passage, state: StreamState, may_cut_text: Callable[[], bool]) -> None:
        self._passage = passage
        self._state = state
        self._may_cut_text = may_cut_text
        self._readers: dict[int, Callable[[], Reading[None]]] = {
            0: self._update,
            1: self._colour_map,
            2: self._bell,
            3: self._cut_text,
            150: self._end_of_continuous_updates,
            248: self._fence,
        }

    def run(self) -> Reading[None]:
        """ServerInit, then messages without end."""
        yield from self._server_init()
        while True:
            (kind,) = yield from self._passage.peek(1)
            reader = self._readers.get(kind)
            if reader is None:
                raise ProtocolViolationError(f"server message {kind}: its length cannot be known")
            yield from reader()

    def _server_init(self) -> Reading[None]:
        state, passage = self._state, self._passage
        width, height, pixels, length = parse_server_init((yield from passage.take(SERVER_INIT_LENGTH)))
        state.name = yield from passage.take(length)
        state.started(width, height, pixels)

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
            if encoding == encodings.LAST_RECT:
                break
            done += 1
        state.update_ended()

    def _colour_map(self) -> Reading[None]:
        head = yield from self._passage.take(6)
        yield from self._passage.pass_on(6 * int.from_bytes(head[4:], "big"))

    def _bell(self) -> Reading[None]:
        yield from self._passage.pass_on(1)

    def _cut_text(self) -> Reading[None]:
        passage = self._passage
        length = int.from_bytes((yield from passage.peek(8))[4:], "big")
        if length > MAX_CUT_TEXT:
            raise ProtocolViolationError(f"ServerCutText of {length} bytes")
        whole = 8 + length
        if self._may_cut_text():
            yield from passage.peek(whole)
            if self._may_cut_text():
                yield from passage.pass_on(whole)
                return
        yield from passage.drop(whole)

    def _end_of_continuous_updates(self) -> Reading[None]:
        if self._state.end_seen():
            yield from self._passage.pass_on(1)
        else:
            yield from self._passage.drop(1)

    def _fence(self) -> Reading[None]:
        head = yield from self._passage.take(9)
        flags, length = struct.unpack(">IB", head[4:])
        if length > MAX_FENCE:
            raise ProtocolViolationError(f"a fence of {length} bytes")
        self._state.fence_seen(flags, (yield from self._passage.take(length)))
