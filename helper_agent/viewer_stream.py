"""One viewer on the helper's side: its login, then both directions of its RFB stream."""

import asyncio
import socket
import struct
from collections.abc import Callable

from common.agent.pipe import Pipe
from common.agent.session.ports import LocalLink
from common.protocol.messages import Mode
from common.protocol.reading import ByteStream, Parse, ProtocolViolationError
from common.protocol.reasons import Why
from common.protocol.rfb.client_messages import FramebufferUpdateRequest, SetEncodings
from common.protocol.rfb.filter import NO_STOP_KEY, ClientFilter, PointerMoved
from common.protocol.rfb.handshake import Talk, ViewerLogin, greet_viewer, read_client_init
from common.protocol.rfb.input_way import messages
from common.protocol.rfb.server_filter import ServerFilter
from common.protocol.rfb.state import StreamState
from common.protocol.rfb.vncauth import CHALLENGE_LENGTH
from helper_agent.viewers.tools import Chord, Quality, encodings_for, pressed

SET_ENCODINGS = 2  # the message's type
POINTER_INTERVAL = 0.03  # seconds: where the helper points is shown at most so often


class ViewerStream:
    """A connection that claims to be the viewer, and once it knew the password, is.

    `answered(stream, right)` is called when it has given a password, `lost(stream)` when it has closed or broke a rule
    before that. Once it is `begin`-ning with a link, a broken rule fails the link.
    """

    def __init__(
        self,
        *,
        password: bytes,
        random: Callable[[int], bytes],
        answered: Callable[["ViewerStream", bool], None],
        lost: Callable[["ViewerStream"], None],
    ) -> None:
        self._answered = answered
        self._lost = lost
        self._pipe = Pipe(received=self._from_viewer, lost=self._viewer_lost, drained=self._acknowledge)
        self._bytes = ByteStream()
        self._talk = Talk(greet_viewer(self._bytes, password=password, challenge=random(CHALLENGE_LENGTH)), self._bytes)
        self._client_init = Parse(read_client_init(self._bytes))
        self._state = state = StreamState()
        self._client = ClientFilter(state=state, mode=Mode.VIEW, stop_key=NO_STOP_KEY)
        self._server = ServerFilter(state=state)
        self._mode = Mode.VIEW
        self._pointing = False
        self._quality = Quality.AUTO
        self._wished: tuple[int, ...] = ()  # the encodings that the viewer listed last, allow-listed
        self._own_keys = b""  # pressed by a tool, not by the viewer: as soon as they may go
        self._asks_anew = False  # the server is to hear the encodings again, and to send everything
        self._link: LocalLink | None = None
        self._early: list[bytes] = []  # the user's bytes until ClientInit; the window bounds them
        self._unacknowledged = 0
        self._held_back = False
        self._point: tuple[int, int] | None = None
        self._point_timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def greet(self, sock: socket.socket) -> None:
        """Begin the login over `sock`."""
        await self._pipe.attach(sock)
        self._pipe.write(self._talk.start())

    def begin(self, link: LocalLink, mode: Mode, *, held_back: bool) -> None:
        """The user's side has opened the stream: the viewer is admitted. ServerInit comes by `from_user`."""
        self._link = link
        self.set_mode(mode)
        self._held_back = held_back
        self._pipe.write(self._talk.result.admit())
        self._from_viewer(b"")

    def turn_away(self, reason: str) -> None:
        """It has answered, but does not get in: say why, and hang up."""
        self._pipe.write(self._talk.result.turn_away(reason))
        self.close()

    @property
    def seeing(self) -> bool:
        """Whether it gets the desktop."""
        return self._client_init.done and self._link is not None

    def from_user(self, data: bytes) -> None:
        """Bytes from the VNC server, by way of the user's filter, which is not believed here."""
        if not self.seeing:
            self._early.append(data)
            return
        if self._closed:
            return
        try:
            passed = self._server.feed(data)
        except ProtocolViolationError as error:
            self._fail(Why.PROTOCOL, f"from the user's side: {error}")
            return
        self._pipe.write(passed)
        self._unacknowledged += len(data)
        self._acknowledge()

    def set_mode(self, mode: Mode) -> None:
        """The user has decided. What is held down the user's side has let go by itself.

        It is told nevertheless, for from now on it hears no release: else it would believe a button held, and keep the
        next click from the server.
        """
        self._mode = mode
        self._steer()

    def point(self, on: bool) -> None:
        """The helper shows instead of touching: as in view mode nothing but where the pointer is goes to the user."""
        self._pointing = on
        self._steer()

    def press(self, chord: Chord) -> bool:
        """Keys beside the viewer's own; what that holds is let go first. False where keys do not go to the user now."""
        if not self.seeing or not self._touching:
            return False
        self._own_keys += messages(self._client.set_mode(Mode.VIEW))
        self._own_keys += messages(self._client.set_mode(Mode.CONTROL)) + pressed(chord)
        self._send_own()
        return True

    def set_quality(self, quality: Quality) -> None:
        """How fine the picture is from now on."""
        if quality is not self._quality:
            self._quality = quality
            self._asks_anew = bool(self._wished)
            self._send_own()

    def hold_back(self, on: bool) -> None:
        """Stop reading the viewer, or read on. The login is never held back."""
        self._held_back = on
        if self.seeing:
            self._obey_hold()

    def close(self) -> None:
        """Hang up; nothing is called back any more."""
        self._closed = True
        if self._point_timer is not None:
            self._point_timer.cancel()
        self._pipe.close()

    @property
    def _touching(self) -> bool:
        return self._mode is Mode.CONTROL and not self._pointing

    def _steer(self) -> None:
        if self._mode is Mode.VIEW:
            self._own_keys = b""
        said = messages(self._client.set_mode(Mode.CONTROL if self._touching else Mode.VIEW))
        if said and self._link is not None:
            self._link.send_rfb(said)

    def _send_own(self) -> None:
        """What the viewer has not said goes in between two of its messages, unless those belong together."""
        if self._link is None or self._closed or self._state.in_step:
            return
        own, self._own_keys = self._own_keys, b""
        if self._asks_anew:
            self._asks_anew = False
            everything = FramebufferUpdateRequest(False, 0, 0, self._state.width, self._state.height)
            own += SetEncodings(encodings_for(self._quality, self._wished)).encode() + everything.encode()
        if own:
            self._link.send_rfb(own)

    def _obey_hold(self) -> None:
        if self._held_back:
            self._pipe.pause()
        else:
            self._pipe.resume()

    def _from_viewer(self, data: bytes) -> None:
        try:
            if not self._talk.done:
                self._log_in(data)
            elif self._link is None:
                self._wait_with_client_init(data)
            elif not self._client_init.done:
                self._bytes.feed(data)
                self._initialise()
            else:
                self._filter(data)
        except ProtocolViolationError as error:
            self._fail(Why.UNFILTERABLE, str(error))

    def _log_in(self, data: bytes) -> None:
        self._pipe.write(self._talk.feed(data))
        if self._talk.done:
            login: ViewerLogin = self._talk.result
            self._answered(self, login.right)

    def _wait_with_client_init(self, data: bytes) -> None:
        self._bytes.feed(data)
        if len(self._bytes) > 1:  # ClientInit may come early, nothing else
            raise ProtocolViolationError("the viewer speaks before it was let in")

    def _initialise(self) -> None:
        if not self._client_init.step():
            return
        self._obey_hold()
        early, self._early = self._early, []
        for data in early:
            self.from_user(data)
        if self._bytes and not self._closed:
            self._filter(self._bytes.take())

    def _filter(self, data: bytes) -> None:
        link = self._link
        if link is None:
            return
        passed = self._client.feed(data)
        said = b"".join(self._made_to_serve(item) for item in passed if isinstance(item, bytes))
        if said:
            link.send_rfb(said)
        self._send_own()
        for item in passed:
            if isinstance(item, PointerMoved):
                self._pointed(item.x, item.y)

    def _made_to_serve(self, message: bytes) -> bytes:
        """SetEncodings as the quality wants them, every other message as it is."""
        if message[0] != SET_ENCODINGS:
            return message
        self._wished = struct.unpack(f">{len(message) // 4 - 1}i", message[4:])
        self._asks_anew = False
        return SetEncodings(encodings_for(self._quality, self._wished)).encode()

    def _pointed(self, x: int, y: int) -> None:
        """Show it now; in the moment after, only the last place counts."""
        self._point = (x, y)
        if self._point_timer is None:
            self._show_point()

    def _show_point(self) -> None:
        self._point_timer = None
        if self._point is not None and self._link is not None:
            self._link.pointer(*self._point)
            self._point = None
            self._point_timer = asyncio.get_running_loop().call_later(POINTER_INTERVAL, self._show_point)

    def _acknowledge(self) -> None:
        """The user's bytes are consumed once the viewer takes them."""
        if self._unacknowledged and not self._pipe.stuck and self._link is not None:
            count, self._unacknowledged = self._unacknowledged, 0
            self._link.consumed(count)

    def _viewer_lost(self) -> None:
        if not self._closed:
            self._let_go()
            self.close()
            self._lost(self)

    def _let_go(self) -> None:
        """The viewer can no longer let go of what it held down, nor take what it had asked for."""
        if self._link is not None:
            said = messages(self._client.viewer_gone())
            if said:
                self._link.send_rfb(said)

    def _fail(self, why: Why, detail: str) -> None:
        if self._closed:
            return
        link = self._link
        self.close()
        self._lost(self)
        if link is not None:
            link.failed(why, detail)
