"""What a local side holds of its session: the LocalLink that `attached` gives it."""

from collections.abc import Callable

from common.agent.session_types import PointerShown, SessionEvent
from common.protocol.channel import Pointer, Screen
from common.protocol.channel_effects import Effect
from common.protocol.channel_session import ChannelSession
from common.protocol.identity import Role
from common.protocol.reasons import Why


class Link:
    """A LocalLink over a channel."""

    def __init__(
        self,
        *,
        role: Role,
        channel: ChannelSession,
        carry: Callable[[list[Effect]], None],
        tell: Callable[[SessionEvent], None],
        fail: Callable[[Why, str], None],
    ) -> None:
        self._role = role
        self._channel = channel
        self._carry = carry
        self._tell = tell
        self._fail = fail

    def send_rfb(self, data: bytes) -> None:
        """Bytes of the present stream, towards the peer."""
        self._carry(self._channel.rfb_to_send(data))

    def consumed(self, count: int) -> None:
        """So many received bytes were taken."""
        self._carry(self._channel.rfb_consumed(count))

    def start_stream(self) -> int:
        """Viewer front: a viewer has connected."""
        n, effects = self._channel.start_stream()
        self._carry(effects)
        return n

    def stream_ready(self, n: int) -> None:
        """Broker: the VNC server is logged in to."""
        self._carry(self._channel.stream_ready(n))

    def pointer(self, x: int, y: int) -> None:
        """Viewer front: send it. Broker: show it."""
        if self._role is Role.USER:
            self._tell(PointerShown(x, y))
        else:
            self._carry(self._channel.send_control(Pointer(x=x, y=y)))

    def screen(self, width: int, height: int, name: str = "") -> None:
        """Broker: the framebuffer's size."""
        self._carry(self._channel.send_control(Screen(width=width, height=height, name=name[:200])))

    def failed(self, why: Why, detail: str = "") -> None:
        """The local side cannot go on."""
        self._fail(why, detail)
