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
from common.protocol.channel import CAN_TYPE
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.rfb.filter import PAUSE_KEY, Box, ClientFilter, StopKey
from common.protocol.rfb.server_filter import ServerFilter
from common.protocol.rfb.state import StreamState
from user_agent.area.guard import AreaGate, OpenGate
from user_agent.session_input import SessionInput
from user_agent.vnc_connection import VncConnection, reach
from user_agent.vnc_stream import VncStream

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

    `desktop` takes keys and pointer instead of the server; `gate` is asked before anything of the server's passes.
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
        login_patience: float = LOGIN_PATIENCE,
        on_screen: Callable[[int, int], None] = lambda _width, _height: None,
        on_problem: Callable[[TasukiError], None] = lambda _: None,
    ) -> None:
        self._server = server
        self._desktop = desktop
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
        self._shown = asyncio.Event()  # the last reason to stop the picture has gone

    # LocalSide

    @property
    def features(self) -> tuple[str, ...]:
        """Text can be typed where the keys are ours."""
        return (CAN_TYPE,) if self._desktop is not None else ()

    def attached(self, link: LocalLink, mode: Mode) -> None:
        """The session is connected. Nothing happens before the helper's viewer is there."""
        self._link = link
        self._mode = mode
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

    def close(self) -> None:
        """The session is over."""
        self._drop_stream()
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

    # for whatever must not be seen

    def stop_picture(self, why: str, *, at_once: bool = False) -> None:
        """Not one pixel that is newer than this call goes to the helper, and no input comes, until `go_on` with the same `why`.

        `at_once`: nor any that was read before, and the server may be another one then.
        """
        self._stops.add(why)
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
                connection = await self._connect()
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
