"""The server's direction of the filter: measured message by message, without cut texts.

The viewer's stream may outlive its connection to the server. Where that is closed, at the end of a message (`finish`) or
anywhere (`cut`), the viewer is left with whole messages; `begin_again` is for the connection that comes next.
"""

import struct

from common.protocol.rfb.passage import Passage
from common.protocol.rfb.server_messages import ServerMessages
from common.protocol.rfb.state import FENCE_REQUEST, StreamState

END_OF_CONTINUOUS_UPDATES = b"\x96"


class ServerFilter:
    """Fed bytes from ServerInit on; raises ProtocolViolationError, which ends the session.

    The user's side runs it for what must not leave the PC, the helper's side against a server that means harm.
    """

    def __init__(
        self,
        *,
        state: StreamState,
    ) -> None:
        self._state = state
        self.begin_again()

    def feed(self, data: bytes) -> bytes:
        """What of the server's bytes goes on to the viewer, in one piece."""
        self._passage.feed(data)
        next(self._reading, None)
        return self._passage.collect()

    @property
    def initialised(self) -> bool:
        """Whether ServerInit of this connection has come."""
        return self._messages.initialised

    @property
    def may_cut(self) -> bool:
        """Whether a cut would leave the viewer with whole messages now."""
        return self._messages.completion() is not None

    def finish(self) -> None:
        """Nothing goes on behind the message that is under way."""
        self._messages.finish = True

    def cut(self) -> bytes | None:
        """The connection ends here; what is not whole does not go on. What the viewer must get to be between two messages.

        None where it has a part of something that nothing can complete: its stream is over.
        """
        completion = self._messages.completion()
        self._state.cut()
        return None if completion is None else completion + self.answers()

    def answers(self) -> bytes:
        """What the viewer waits for without a server: the ends of its continuous updates, and its fences."""
        owed = self._state.owed()
        fences = (_fence(flags & ~FENCE_REQUEST, payload) for flags, payload in owed.fences)
        return b"".join(fences) + END_OF_CONTINUOUS_UPDATES * owed.ends

    def begin_again(self) -> None:
        """Another connection follows, from its ServerInit on."""
        self._passage = Passage()
        self._messages = ServerMessages(passage=self._passage, state=self._state)
        self._reading = self._messages.run()


def _fence(flags: int, payload: bytes) -> bytes:
    return struct.pack(">B3xIB", 248, flags, len(payload)) + payload
