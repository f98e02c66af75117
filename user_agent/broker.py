"""The broker: between the channel and the VNC server on this PC. It logs in, and lets through what the filter lets through.

Keys and pointer go the same way, or into the desktop by the agent itself (session_input).

For every stream a new connection to the server: log in, ask for a shared desktop, then filter both directions. The
helper sees a byte of the screen only from ServerInit on, and never the server's password.

The picture can be stopped, for any number of reasons at once. While there is one there is no connection to the server; with
the last one gone the stream goes on over a new one.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import Protocol

from common.agent.session.ports import LocalLink
from common.host.background import Background
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.channel import CAN_DRAW, CAN_TYPE
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.rfb.filter import PAUSE_KEY, Box, ClientFilter, Pointed, StopKey
from common.protocol.rfb.server_filter import ServerFilter
from common.protocol.rfb.state import StreamState
from user_agent.area.guard import AreaGate, OpenGate
from user_agent.session_input import SessionInput
from user_agent.vnc_connection import VncConnection, reach
from user_agent.vnc_stream import VncStream

AHEAD = 5.0  # seconds that a connection which was made ahead waits for the helper's viewer: later its ServerInit may be wrong
LOGIN_PATIENCE = 15.0  # seconds from the wish for a connection to ServerInit's first byte being due
PAUSE = "pause"  # why the picture is stopped: the person wishes so
SCREENS = "screens"  # the screens have changed, and what was agreed to may not be what would be seen


class VncServer(Protocol):
    """What the broker needs of a VNC server (`user_agent.servers.base.RunningServer` is one)."""

    name: str
    password: str
    one_look: bool  # measured: to its end an update shows the screen as it was when it began, and nothing newer
    sleeps_alone: bool  # measured: without a client it does not look, and shows the next one what it saw last

    async def connect(self) -> socket.socket:
        """A new non-blocking connection. Raises TasukiError."""


class Broker:
    """The user's local side of a session (see common.agent.session.session). Everything on the loop's one thread.

    `desktop` takes keys and pointer instead of the server; `draws`: windows show what the helper draws; `gate` is asked before anything of the server's passes.
    `on_screen` gets the framebuffer's size, `on_problem` what a person should read, just before the session is failed with
    SERVER_GONE.
    """

    def __init__(
        self,
        *,
        server: VncServer,
        stop_key: StopKey = PAUSE_KEY,
        gate: AreaGate | None = None,
        desktop: SessionInput | None = None,
        draws: bool = False,
        login_patience: float = LOGIN_PATIENCE,
        on_screen: Callable[[int, int], None] = lambda _width, _height: None,
        on_problem: Callable[[TasukiError], None] = lambda _: None,
    ) -> None:
        self._server = server
        self._desktop = desktop
        self._draws = draws
        self._stop_key = stop_key
        self._gate = gate or OpenGate()
        self._login_patience = login_patience
        self._on_screen = on_screen
        self._on_problem = on_problem
        self._link: LocalLink | None = None
        self._mode = Mode.VIEW
        self._stops: set[str] = set()  # why the picture is stopped
        self._question = False
        self._held_back = False
        self._boxes: tuple[Box, ...] = ()
        self._keyboard = False
        self._stream: VncStream | None = None
        self._background = Background(on_failure=self._failed)
        self._serving: asyncio.Task[None] | None = None  # connects for the present stream
        self._company: asyncio.Task[None] | None = None  # keeps a server from sleeping
        self._ahead: asyncio.Task[VncConnection | TasukiError] | None = (
            None  # the first stream's, made while the helper's viewer comes
        )
        self._shown = asyncio.Event()  # the last reason to stop the picture has gone

    # LocalSide

    @property
    def features(self) -> tuple[str, ...]:
        """Text can be typed where the keys are ours, and drawn where windows of ours can show it."""
        return (*((CAN_TYPE,) if self._desktop is not None else ()), *((CAN_DRAW,) if self._draws else ()))

    def attached(self, link: LocalLink, mode: Mode) -> None:
        """The session is connected. Nothing of the screen is read before the helper's viewer is there."""
        self._link = link
        self._mode = mode
        self._seek_company()
        if not self._stops:
            # x11vnc takes an eighth of a second for each connection, one after the other: now, and not when the viewer waits.
            self._ahead = self._background.spawn(self._connect_ahead())
            asyncio.get_running_loop().call_later(AHEAD, self._drop_ahead, self._ahead)
        if self._desktop is not None:
            self._desktop.attached(link, mode)

    def stream_started(self, n: int) -> None:
        """The helper's viewer wants stream `n`: the old connection goes, a new one comes."""
        if self._link is None:
            return
        self._drop_stream()
        state = StreamState()
        client = ClientFilter(
            state=state, mode=self._mode, stop_key=self._stop_key, to_desktop=self._desktop is not None
        )
        client.question_open(self._question)
        client.cover(self._boxes)
        client.cover_keyboard(self._keyboard)
        server = ServerFilter(state=state)
        stream = VncStream(
            n=n,
            link=self._link,
            state=state,
            client=client,
            server=server,
            gate=self._gate,
            on_screen=self._on_screen,
            fail=self._fail,
            desktop=self._desktop,
        )
        stream.hold_back(self._held_back)
        self._stream = stream
        self._seek_company()
        self._serving = self._background.spawn(self._serve(stream, self._link))

    def stream_over(self) -> None:
        """Never called on the user's side."""

    def rfb_received(self, data: bytes) -> None:
        """The helper's bytes."""
        if self._stream is not None:
            self._stream.from_helper(data)

    def pause_reading(self) -> None:
        """The window is full."""
        self._held_back = True
        if self._stream is not None:
            self._stream.hold_back(True)

    def resume_reading(self) -> None:
        """There is room again."""
        self._held_back = False
        if self._stream is not None:
            self._stream.hold_back(False)

    def mode_changed(self, mode: Mode) -> None:
        """The person has decided. What is held down is let go before the helper only looks."""
        self._mode = mode
        if self._stream is not None:
            self._stream.pass_on(self._stream.client.set_mode(mode))
        if self._desktop is not None:
            self._desktop.mode_changed(mode)

    def pause_changed(self, on: bool) -> None:
        """No input, and nothing of the screen, or both again."""
        (self.stop_picture if on else self.go_on)(PAUSE)

    def question_open(self, on: bool) -> None:
        """A question to the person is on the screen: nobody else answers it."""
        self._question = on
        if self._stream is not None:
            self._stream.pass_on(self._stream.client.question_open(on))

    def type_text(self, text: str) -> None:
        """Where and while the helper's keys would be pressed; else it is dropped, as they are."""
        if self._desktop is not None and self._stream is not None and self._stream.types:
            self._desktop.type(text)

    def cut_off(self) -> None:
        """Nobody can let go any more of what is held."""
        if self._stream is not None:
            self._stream.pass_on(self._stream.client.viewer_gone())

    def interrupted(self) -> None:
        """What is held is let go, and the picture's connection closed; the server runs on, for the stream that comes next."""
        self._drop_stream()
        self._drop_ahead(self._ahead)
        self._held_back = False

    def resumed(self, mode: Mode) -> None:
        """Nothing happens before the helper's side asks for its stream."""
        self.mode_changed(mode)

    def close(self) -> None:
        """The session is over."""
        self._drop_stream()
        self._drop_ahead(self._ahead)
        if self._desktop is not None:
            self._desktop.end()
        self._part_company()
        self._link = None

    # for the user's window

    def cover(self, boxes: Iterable[Box]) -> None:
        """Where Tasuki's own bar lies, in framebuffer pixels: the helper presses nothing there."""
        self._boxes = tuple(boxes)
        if self._stream is not None:
            self._stream.pass_on(self._stream.client.cover(self._boxes))

    def cover_keyboard(self, on: bool) -> None:
        """One of Tasuki's own windows has the keyboard: the helper types nothing there."""
        self._keyboard = on
        if self._stream is not None:
            self._stream.pass_on(self._stream.client.cover_keyboard(on))

    @property
    def pointed(self) -> Pointed | None:
        """Where the helper who controls has the pointer."""
        return self._stream.client.pointed if self._stream is not None else None

    # for whatever must not be seen

    def stop_picture(self, why: str, *, at_once: bool = False) -> None:
        """Not one pixel that is newer than this call goes to the helper, and no input comes, until `go_on` with the same `why`.

        `at_once`: nor any that was read before, and the server may be another one then.
        """
        self._stops.add(why)
        self._drop_ahead(self._ahead)
        if at_once:
            self._part_company()
        if self._stream is not None:
            self._stream.stop(to_the_end=self._server.one_look and not at_once)

    def go_on(self, why: str) -> None:
        """`why` is a reason no more. Without any the picture comes again, whole, as the screen is then."""
        self._stops.discard(why)
        if self._stops:
            return
        self._shown.set()
        if self._stream is not None:
            self._stream.go_on()

    def _drop_stream(self) -> None:
        if self._serving is not None and self._serving is not asyncio.current_task():
            self._serving.cancel()
        self._serving = None
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _fail(self, why: Why, detail: str) -> None:
        link = self._link
        self._drop_stream()
        if link is not None:
            link.failed(why, detail)

    def _failed(self, bug: BaseException) -> None:
        get_logger().error("broker_failed", exc_info=bug)
        self._fail(Why.FAILED, type(bug).__name__)

    async def _serve(self, stream: VncStream, link: LocalLink) -> None:
        """Connect for the stream, and again each time that its picture was stopped and may be shown."""
        while True:
            while self._stops:
                self._shown.clear()
                await self._shown.wait()
            if stream.over:
                link.stream_over()
                return
            self._seek_company()
            try:
                connection = await self._take_ahead() or await self._connect()
            except TasukiError as error:
                if self._gate.opens():
                    self._problem(error)
                    return
                continue  # it was ended with what it showed; there will be another
            if self._stops:
                connection.close()
            else:
                await stream.live(connection)

    async def _keep_company(self) -> None:
        """A connection beside the stream's, until the session's end: it asks for nothing, and what comes on it goes nowhere.

        Without it the server would show after a pause what it saw before, for seconds. Where it cannot be had, it does.
        """
        connection: VncConnection | None = None
        try:
            connection = await reach(self._server, within=self._login_patience)
            connection.start(received=lambda _: None, lost=lambda: None, drained=lambda: None)
            await asyncio.get_running_loop().create_future()
        except TasukiError as error:
            get_logger().warning("vnc_server_alone", server=self._server.name, error_code=error.code)
        finally:
            if connection is not None:
                connection.close()

    async def _connect(self) -> VncConnection:
        """A connection that is logged in to. Raises TasukiError.

        Begun, a login is never given up because the picture is stopped: some servers count that as a wrong password.
        """
        return await reach(self._server, within=self._login_patience)

    async def _connect_ahead(self) -> VncConnection | TasukiError:
        try:
            return await self._connect()
        except TasukiError as error:
            return error

    async def _take_ahead(self) -> VncConnection | None:
        """What was made ahead, if it is still there. Raises the TasukiError that it ended in: a wrong password is shown once."""
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            return None
        try:
            made = await asyncio.shield(ahead)
        except asyncio.CancelledError:
            ahead.add_done_callback(_close)  # nor is a login given up where the viewer opens its stream again
            raise
        if isinstance(made, TasukiError):
            raise made
        return None if made.gone else made

    def _drop_ahead(self, ahead: "asyncio.Task[VncConnection | TasukiError] | None") -> None:
        """Unless the stream has taken it."""
        if ahead is None or ahead is not self._ahead:
            return
        self._ahead = None
        ahead.add_done_callback(_close)  # a login is not given up: see _connect

    def _seek_company(self) -> None:
        if self._server.sleeps_alone and self._company is None:
            self._company = self._background.spawn(self._keep_company())

    def _part_company(self) -> None:
        if self._company is not None:
            self._company.cancel()
            self._company = None

    def _problem(self, error: TasukiError) -> None:
        get_logger().warning("vnc_server_problem", error_code=error.code, server=self._server.name)
        self._on_problem(error)
        self._fail(Why.SERVER_GONE, str(error))


def _close(ahead: "asyncio.Task[VncConnection | TasukiError]") -> None:
    if not ahead.cancelled() and ahead.exception() is None and not isinstance(made := ahead.result(), TasukiError):
        made.close()
