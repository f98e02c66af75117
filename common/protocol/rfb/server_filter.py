"""The server's direction of the filter: measured message by message, and the user's clipboard only where it may cross."""

from common.protocol.messages import Mode
from common.protocol.rfb.passage import Passage
from common.protocol.rfb.server_messages import ServerMessages
from common.protocol.rfb.state import StreamState


class ServerFilter:
    """Fed bytes from ServerInit on; raises ProtocolViolationError, which ends the session.

    The user's side runs it for what must not leave the PC, the helper's side against a server that means harm.
    """

    def __init__(self, *, state: StreamState, mode: Mode, clipboard: bool = True) -> None:
        self._mode = mode
        self._clipboard = clipboard
        self._paused = False
        self._passage = Passage()
        self._reading = ServerMessages(passage=self._passage, state=state, may_cut_text=self._may_cut_text).run()

    def feed(self, data: bytes) -> bytes:
        """What of the server's bytes goes on to the viewer, in one piece; payload is not held until it is whole."""
        self._passage.feed(data)
        next(self._reading)
        return self._passage.collect()

    def set_mode(self, mode: Mode) -> None:
        """The mode from now on."""
        self._mode = mode

    def set_paused(self, on: bool) -> None:
        """The user shows nothing, or goes on. (Updates stop by what the other direction asks of the server.)"""
        self._paused = on

    def set_clipboard(self, on: bool) -> None:
        """Whether the user's clipboard may reach the helper's, in control mode."""
        self._clipboard = on

    def _may_cut_text(self) -> bool:
        return self._mode is Mode.CONTROL and self._clipboard and not self._paused
