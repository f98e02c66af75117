"""The viewer front: between the channel and the viewer on this PC. To the viewer it is a VNC server with a one-time password.

For each viewer that is opened it listens anew on loopback, on a port and with a password of this one time, until one
viewer has given the password; that viewer gets a stream of its own. Connections of other users of this PC are hung up on.
While the helper only looks, pointer moves go to the user as a pointer to be shown, and nothing else goes.
"""

import asyncio
import errno
import socket
import string
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from common.agent.keeper.socket_owner import peer_is_own_user
from common.agent.session.ports import LocalLink
from common.host.log import get_logger
from common.host.system_errors import meaning
from common.host.words import _
from common.protocol.messages import Mode
from helper_agent.viewer_stream import ViewerStream
from helper_agent.viewers.tools import Chord, Quality

NONE_YET = 0  # no stream's number: it cannot be asked for now
MAX_TRIES = 5  # wrong passwords, then the offer is withdrawn
MAX_GREETED = 4  # connections that have not logged in yet, at once
LOGIN_PATIENCE = 30.0  # seconds for a viewer's login
_ALPHABET = string.ascii_letters + string.digits + "_."  # 64: six random bits a character


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Where a viewer may connect now, once. Exactly one of `port` (on 127.0.0.1) and `path` is set."""

    port: int = 0
    path: str = ""
    password: str = field(repr=False)


class ViewerFront:
    """The helper's local side of a session (see common.agent.session.session). Everything on the loop's one thread.

    `random(count)` gives random bytes. `on_viewer(True)` is called when a viewer sees the desktop, `on_viewer(False)`
    when it has closed; the session goes on, and `offer` lets the next one in. `on_over` is called when the viewer that is
    there gets no picture any more, though the session goes on: it should be opened again.
    """

    def __init__(
        self,
        *,
        random: Callable[[int], bytes],
        on_viewer: Callable[[bool], None] = lambda _: None,
        on_over: Callable[[], None] = lambda: None,
        login_patience: float = LOGIN_PATIENCE,
    ) -> None:
        self._random = random
        self._on_viewer = on_viewer
        self._on_over = on_over
        self._login_patience = login_patience
        self._link: LocalLink | None = None
        self._mode = Mode.VIEW
        self._pointing = False
        self._drawing = False
        self._quality = Quality.AUTO
        self._held_back = False
        self._listener: asyncio.Task[None] | None = None
        self._socket: socket.socket | None = None
        self._path = ""
        self._password = b""
        self._tries = 0
        self._greeted: set[ViewerStream] = set()
        self._viewer: ViewerStream | None = None  # the one that has logged in
        self._waiting: int | None = None  # the number of the stream that was asked for, or NONE_YET
        self._away = False  # the session is interrupted

    async def offer(self, *, path: str = "") -> Offer:
        """Let one viewer in: on a loopback port, or on a Unix socket at `path` (in a folder that only we may enter).

        Withdraws an offer made before; a viewer that is there already stays until the new one has logged in.
        Raises OSError.
        """
        self.withdraw()
        self._password = "".join(_ALPHABET[byte & 63] for byte in self._random(8)).encode()
        self._tries = 0
        self._socket = _listen(path)
        self._listener = asyncio.ensure_future(self._accept(self._socket))
        self._path = path
        port = 0 if path else self._socket.getsockname()[1]
        return Offer(port=port, path=path, password=self._password.decode())

    def withdraw(self) -> None:
        """Stop listening, and hang up on whoever has not logged in yet."""
        if self._listener is not None:
            self._listener.cancel()
            self._listener = None
        if self._socket is not None:
            # The cancelled accept lets go of it only later, and Qt's loop would look at a closed socket meanwhile.
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
            if self._path:
                Path(self._path).unlink(missing_ok=True)
        for stream in list(self._greeted):
            stream.close()
        self._greeted.clear()

    # LocalSide

    features: tuple[str, ...] = ()

    def attached(self, link: LocalLink, mode: Mode) -> None:
        """The session is connected."""
        self._link = link
        self._mode = mode
        if self._viewer is not None:
            self._waiting = link.start_stream()

    def stream_started(self, n: int) -> None:
        """The user's side has opened stream `n`; a viewer that has gone meanwhile does not get it."""
        if n != self._waiting or self._viewer is None or self._link is None:
            return
        self._waiting = None
        if self._viewer.begun:
            self._viewer.carry_on()
        else:
            self._viewer.begin(self._link, self._mode, held_back=self._held_back)
            self._on_viewer(True)

    def stream_over(self) -> None:
        """The viewer keeps its last picture until the one that is opened next has logged in."""
        if self._viewer is not None:
            self._on_over()

    def rfb_received(self, data: bytes) -> None:
        """The server's bytes; without a viewer they are taken and dropped, so that the server is not held up."""
        if self._viewer is not None and self._waiting is None:
            self._viewer.from_user(data)
        elif self._link is not None:
            self._link.consumed(len(data))

    def pause_reading(self) -> None:
        """The window is full."""
        self._held_back = True
        if self._viewer is not None:
            self._viewer.hold_back(True)

    def resume_reading(self) -> None:
        """There is room again."""
        self._held_back = False
        if self._viewer is not None:
            self._viewer.hold_back(False)

    def mode_changed(self, mode: Mode) -> None:
        """The user has decided."""
        self._mode = mode
        if self._viewer is not None:
            self._viewer.set_mode(mode)

    def pause_changed(self, on: bool) -> None:
        """The user's side does what is to be done, and the session's window says so: the viewer keeps its last picture."""

    def question_open(self, on: bool) -> None:
        """Never called on the helper's side."""

    def type_text(self, text: str) -> None:
        """Never called on the helper's side."""

    def cut_off(self) -> None:
        """The viewer keeps its last picture."""

    def interrupted(self) -> None:
        """The viewer keeps its last picture, and its connection."""
        self._away = True
        self._waiting = NONE_YET if self._waiting is not None else None
        self.resume_reading()
        if self._viewer is not None:
            self._viewer.interrupted()

    def resumed(self, mode: Mode) -> None:
        """The viewer gets another stream; one that cannot go on is opened again."""
        self._away = False
        self.mode_changed(mode)
        if self._viewer is None or self._link is None:
            return
        if self._viewer.begun and not self._viewer.carries_on:
            self._on_over()
        else:
            self._waiting = self._link.start_stream()

    def close(self) -> None:
        """The session is over."""
        self.withdraw()
        self._link = None
        self._drop_viewer()

    # for the helper's window

    def point(self, on: bool) -> None:
        """In control mode too: the viewer's pointer is shown to the user, and nothing of its input goes there."""
        self._pointing = on
        if self._viewer is not None:
            self._viewer.point(on)

    def draw(self, on: bool) -> None:
        """The pen, also while the helper only looks: see ViewerStream.draw."""
        self._drawing = on
        if self._viewer is not None:
            self._viewer.draw(on)

    def press(self, chord: Chord) -> bool:
        """Press and let go, whichever viewer it is. False where keys do not go to the user now."""
        return self._viewer is not None and self._viewer.press(chord)

    def set_quality(self, quality: Quality) -> None:
        """How fine the picture is from now on, whichever viewer shows it."""
        self._quality = quality
        if self._viewer is not None:
            self._viewer.set_quality(quality)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            sock = (await loop.sock_accept(listener))[0]
            sock.setblocking(False)
            if len(self._greeted) >= MAX_GREETED or not await _is_ours(sock):
                get_logger().warning("viewer_refused", why="not this user's, or too many at once")
                sock.close()
                continue
            stream = ViewerStream(
                password=self._password,
                random=self._random,
                answered=self._answered,
                lost=self._lost,
                over=self._on_over,
            )
            self._greeted.add(stream)
            loop.call_later(self._login_patience, self._too_slow, stream)
            await stream.greet(sock)

    def _too_slow(self, stream: ViewerStream) -> None:
        if stream in self._greeted:
            self._greeted.discard(stream)
            stream.close()

    def _answered(self, stream: ViewerStream, right: bool) -> None:
        self._greeted.discard(stream)
        if not right:
            self._tries += 1
            stream.turn_away(_("The password is wrong. Open the viewer from Tasuki."))
            if self._tries == MAX_TRIES:
                get_logger().warning("viewer_offer_withdrawn", tries=self._tries)
                self.withdraw()
            return
        self.withdraw()
        self._drop_viewer()
        self._viewer = stream
        stream.point(self._pointing)
        stream.draw(self._drawing)
        stream.set_quality(self._quality)
        if self._link is not None:
            self._waiting = NONE_YET if self._away else self._link.start_stream()

    def _lost(self, stream: ViewerStream) -> None:
        self._greeted.discard(stream)
        if stream is self._viewer:
            self._viewer = None
            if self._waiting is None:
                self._on_viewer(False)
            self._waiting = None

    def _drop_viewer(self) -> None:
        viewer, self._viewer = self._viewer, None
        if viewer is None:
            return
        if viewer.seeing:
            viewer.close()
            self._on_viewer(False)
        else:
            viewer.turn_away(_("The session is over."))


def _listen(path: str) -> socket.socket:
    if path:
        if sys.platform == "win32":
            raise OSError(errno.EAFNOSUPPORT, meaning(errno.EAFNOSUPPORT))
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        where: str | tuple[str, int] = path
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        where = ("127.0.0.1", 0)
    try:
        sock.bind(where)
        sock.listen(MAX_GREETED)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


async def _is_ours(sock: socket.socket) -> bool:
    try:
        return await asyncio.to_thread(peer_is_own_user, sock)
    except OSError:  # it has closed while we looked
        return False
