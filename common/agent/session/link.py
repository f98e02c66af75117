"""What a local side holds of its session: the LocalLink that `attached` gives it."""

from collections.abc import Callable
from typing import Final

from common.agent.session.presenter import Presenter
from common.agent.session.unpressed import UnpressedKeys
from common.agent.views import PointerShown
from common.protocol.channel import Draw, Places, Pointer, Screen
from common.protocol.channel_effects import ChannelEffect
from common.protocol.channel_session import ChannelSession
from common.protocol.identity import Role
from common.protocol.reasons import Why
from common.protocol.texts import COMPUTER_NAME_LIMIT, clean_name

SCREEN_INTERVAL: Final = 0.2  # seconds; so our own frames stay far from the 200 in 10 s that end a session


class Link:
    """A LocalLink over a channel."""

    def __init__(
        self,
        *,
        role: Role,
        channel: ChannelSession,
        carry: Callable[[list[ChannelEffect]], None],
        presenter: Presenter,
        fail: Callable[[Why, str], None],
    ) -> None:
        self._role = role
        self._channel = channel
        self._carry = carry
        self._presenter = presenter
        self._fail = fail
        self._unpressed = UnpressedKeys(presenter=presenter, send=lambda word: carry(channel.send_control(word)))
        self._screen: Screen | None = None
        self._resting = False  # the screen's size was just said

    def send_rfb(self, data: bytes) -> None:
        """Bytes of the present stream, towards the peer."""
        self._carry(self._channel.rfb_to_send(data))

    def consumed(self, count: int) -> None:
        """So many received bytes were taken."""
        self._carry(self._channel.rfb_consumed(count, self._presenter.clock.monotonic()))

    def start_stream(self) -> int:
        """Viewer front: a viewer has connected."""
        n, effects = self._channel.start_stream()
        self._carry(effects)
        return n

    def stream_ready(self, n: int) -> None:
        """Broker: the VNC server is logged in to."""
        self._carry(self._channel.stream_ready(n))

    def stream_over(self) -> None:
        """Broker: the viewer must be opened again."""
        self._carry(self._channel.stream_over())

    def pointer(self, x: int, y: int) -> None:
        """Viewer front: send it. Broker: show it."""
        if self._role is Role.USER:
            self._presenter.tell(PointerShown(x, y))
        else:
            self._carry(self._channel.send_control(Pointer(x=x, y=y)))

    def draw(self, points: Places, *, begins: bool) -> None:
        """Viewer front: send it, where the user's side shows it."""
        if self._channel.draws:
            self._carry(self._channel.send_control(Draw(points=points, begins=begins)))

    def screen(self, width: int, height: int, name: str = "") -> None:
        """Broker: the framebuffer's size. Of changes that come faster than anybody looks only the last is told."""
        self._screen = Screen(width=width, height=height, name=clean_name(name, limit=COMPUTER_NAME_LIMIT))
        if not self._resting:
            self._tell_screen()

    def unpressed(self, character: str, keysym: int) -> None:
        """Broker: this cannot be pressed."""
        self._unpressed.add(character, keysym)

    def _tell_screen(self) -> None:
        screen, self._screen = self._screen, None
        self._resting = screen is not None
        if screen is not None:
            self._carry(self._channel.send_control(screen))
            self._presenter.set_timer("screen", SCREEN_INTERVAL, self._tell_screen)

    def failed(self, why: Why, detail: str = "") -> None:
        """The local side cannot go on."""
        self._fail(why, detail)
