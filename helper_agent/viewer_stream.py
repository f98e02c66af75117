"""One viewer on the helper's side: its login, then both directions of its RFB stream."""

import asyncio
import socket
import struct
from collections.abc import Callable

from common.agent.pipe import Pipe
from common.agent.session.ports import LocalLink
from common.protocol.channel import DRAW_POINTS, Place
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
from helper_agent.carrying_on import CarryingOn
from helper_agent.viewers.tools import Chord, Quality, encodings_for, pressed

SET_ENCODINGS = 2  # the message's type
PIXEL_FORMAT_LENGTH = 20  # of SetPixelFormat
POINTER_INTERVAL = 0.03  # seconds: where the helper points is shown at most so often, and what is drawn


class ViewerStream:
    """A connection that claims to be the viewer, and once it knew the password, is.

    `answered(stream, right)` is called when it has given a password, `lost(stream)` when it has closed or broke a rule
    before that; `over()` when its stream cannot go on after a break of the connection. Once it is `begin`-ning with a link, a broken rule fails the link.
    """

    def __init__(
        self,
        *,
        password: bytes,
        random: Callable[[int], bytes],
        answered: Callable[["ViewerStream", bool], None],
        lost: Callable[["ViewerStream"], None],
        over: Callable[[], None] = lambda: None,
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
        self._carrying_on = CarryingOn(
            state=state,
            client=self._client,
            server=self._server,
            send=lambda said: self._send(self._as_wished(said)),
            joined=self._joined,
            lost=over,
        )
        self._said: list[bytes] = []  # by the viewer, while another stream is joined
        self._mode = Mode.VIEW
        self._pointing = False
        self._drawing = False
        self._quality = Quality.AUTO
        self._wished: tuple[int, ...] = ()  # the encodings that the viewer listed last, allow-listed
        self._own_keys = b""  # pressed by a tool, not by the viewer: as soon as they may go
        self._asks_anew = False  # the server is to hear the encodings again, and to send everything
        self._link: LocalLink | None = None
        self._early: list[bytes] = []  # the user's bytes until ClientInit; the window bounds them
        self._unacknowledged = 0
        self._held_back = False
        self._point: Place | None = None
        self._stroke: list[Place] | None = None  # while the button is down with the pen: what was not sent yet
        self._begins = False  # what is sent next is a stroke's beginning
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

    @property
    def begun(self) -> bool:
        """Whether it had a stream."""
        return self._link is not None

    @property
    def carries_on(self) -> bool:
        """Whether it can go on over another stream; else it must be opened again."""
        return self._client_init.done and self._carrying_on.possible

    def interrupted(self) -> None:
        """The user's side is reached no more: the viewer keeps its picture, and is left between two messages."""
        if self._link is None or self._closed:
            return
        self._point = self._stroke = None
        self._early.clear()
        self._unacknowledged = 0
        self._pipe.write(self._carrying_on.cut())
        self._listen()

    def carry_on(self) -> None:
        """Another stream has begun, for the viewer that stayed."""
        self._carrying_on.begin()

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
        if self._carrying_on.joining:
            self._carrying_on.look()

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

    def draw(self, on: bool) -> None:
        """The helper has the pen: with the left button down the pointer draws, and nothing is touched."""
        self._drawing = on
        if not on:
            self._lift()
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
        self._carrying_on.close()
        if self._point_timer is not None:
            self._point_timer.cancel()
        self._pipe.close()

    @property
    def _touching(self) -> bool:
        return self._mode is Mode.CONTROL and not self._pointing and not self._drawing

    def _steer(self) -> None:
        if self._mode is Mode.VIEW:
            self._own_keys = b""
        self._send(messages(self._client.set_mode(Mode.CONTROL if self._touching else Mode.VIEW)))

    def _send_own(self) -> None:
        """What the viewer has not said goes in between two of its messages, unless those belong together."""
        if self._link is None or self._closed or self._state.in_step:
            return
        if self._carrying_on.away or self._carrying_on.joining:
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
        if self._link is None:
            return
        if self._carrying_on.joining:
            self._said.append(data)
            return
        passed = self._client.feed(data)
        self._send(b"".join(self._made_to_serve(item) for item in passed if isinstance(item, bytes)))
        self._pipe.write(self._carrying_on.answers())
        self._send_own()
        for item in passed:
            if isinstance(item, PointerMoved):
                self._pointed(item)

    def _send(self, said: bytes) -> None:
        if said and self._link is not None and not self._carrying_on.away:
            self._link.send_rfb(said)

    def _joined(self) -> None:
        """What the viewer said meanwhile goes where the other stream hears it."""
        self._listen()
        self._send_own()

    def _listen(self) -> None:
        said, self._said = self._said, []
        for data in said:
            self._from_viewer(data)

    def _as_wished(self, said: bytes) -> bytes:
        """What another stream must hear first: SetPixelFormat, then perhaps the encodings, as the quality wants them."""
        head, rest = said[:PIXEL_FORMAT_LENGTH], said[PIXEL_FORMAT_LENGTH:]
        if not rest or rest[0] != SET_ENCODINGS:
            return said
        length = 4 + 4 * int.from_bytes(rest[2:4], "big")
        return head + self._made_to_serve(rest[:length]) + rest[length:]

    def _made_to_serve(self, message: bytes) -> bytes:
        """SetEncodings as the quality wants them, every other message as it is."""
        if message[0] != SET_ENCODINGS:
            return message
        self._wished = struct.unpack(f">{len(message) // 4 - 1}i", message[4:])
        self._asks_anew = False
        return SetEncodings(encodings_for(self._quality, self._wished)).encode()

    def _pointed(self, item: PointerMoved) -> None:
        """Show it now; in the moment after, only the last place counts, but every place of a stroke does."""
        place = (item.x, item.y)
        if not (self._drawing and item.pressed):
            self._lift()
            self._point = place
        elif self._stroke is None:
            self._lift()
            self._stroke, self._begins = [place], True
        elif len(self._stroke) < DRAW_POINTS:
            self._stroke.append(place)
        else:
            self._stroke[-1] = place  # a pointer that is no hand's
        if self._point_timer is None:
            self._show_point()

    def _show_point(self) -> None:
        self._point_timer = None
        if self._link is None or self._closed or (self._point is None and not self._stroke):
            return
        if self._point is not None:
            self._link.pointer(*self._point)
            self._point = None
        self._send_stroke()
        self._point_timer = asyncio.get_running_loop().call_later(POINTER_INTERVAL, self._show_point)

    def _send_stroke(self) -> None:
        if self._stroke and self._link is not None:
            self._link.draw(tuple(self._stroke), begins=self._begins)
            self._stroke, self._begins = [], False

    def _lift(self) -> None:
        """The stroke is over: what is left of it goes."""
        self._send_stroke()
        self._stroke = None

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
        self._send(messages(self._client.viewer_gone()))

    def _fail(self, why: Why, detail: str) -> None:
        if self._closed:
            return
        link = self._link
        self.close()
        self._lost(self)
        if link is not None:
            link.failed(why, detail)
