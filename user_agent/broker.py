"""The broker: between the channel and the VNC server on this PC. It logs in, and lets through what the filter lets through.

For every stream a new connection to the server: log in, ask for a shared desktop, then filter both directions. The
helper sees a byte of the screen only from ServerInit on, and never the server's password.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import Protocol

from common.agent.session import LocalLink
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.messages import Mode
from common.protocol.reading import ProtocolViolationError, TruncatedError
from common.protocol.reasons import Why
from common.protocol.rfb.filter import PAUSE_KEY, Box, ClientFilter, StopKey
from common.protocol.rfb.handshake import LoginError, LoginProblem
from common.protocol.rfb.server_filter import ServerFilter
from common.protocol.rfb.state import StreamState
from user_agent.vnc_stream import VncStream

LOGIN_PATIENCE = 15.0  # seconds from the wish for a stream to ServerInit's first byte being due


class VncServer(Protocol):
    """What the broker needs of a VNC server (`user_agent.servers.base.Server` is one)."""

    name: str
    password: str

    async def connect(self) -> socket.socket:
        """A new non-blocking connection. Raises TasukiError."""


class Broker:
    """The user's local side of a session (see common.agent.session). Everything on the loop's one thread.

    `on_screen` gets the framebuffer's size, `on_problem` what a person should read, just before the session is failed with
    SERVER_GONE.
    """

    def __init__(
        self,
        *,
        server: VncServer,
        clipboard_to_user: bool = True,
        clipboard_to_helper: bool = True,
        stop_key: StopKey = PAUSE_KEY,
        login_patience: float = LOGIN_PATIENCE,
        on_screen: Callable[[int, int], None] = lambda _width, _height: None,
        on_problem: Callable[[TasukiError], None] = lambda _: None,
    ) -> None:
        self._server = server
        self._clipboard_to_user = clipboard_to_user
        self._clipboard_to_helper = clipboard_to_helper
        self._stop_key = stop_key
        self._login_patience = login_patience
        self._on_screen = on_screen
        self._on_problem = on_problem
        self._link: LocalLink | None = None
        self._mode = Mode.VIEW
        self._paused = False
        self._question = False
        self._held_back = False
        self._boxes: tuple[Box, ...] = ()
        self._keyboard = False
        self._stream: VncStream | None = None
        self._opening: asyncio.Task[None] | None = None

    # LocalSide

    def attached(self, link: LocalLink, mode: Mode) -> None:
        """The session is connected. Nothing happens before the helper's viewer is there."""
        self._link = link
        self._mode = mode

    def stream_started(self, n: int) -> None:
        """The helper's viewer wants stream `n`: the old connection goes, a new one comes."""
        if self._link is None:
            return
        self._drop_stream()
        state = StreamState()
        client = ClientFilter(state=state, mode=self._mode, clipboard=self._clipboard_to_user, stop_key=self._stop_key)
        client.question_open(self._question)
        client.set_paused(self._paused)
        client.cover(self._boxes)
        client.cover_keyboard(self._keyboard)
        server = ServerFilter(state=state, mode=self._mode, clipboard=self._clipboard_to_helper)
        server.set_paused(self._paused)
        stream = VncStream(
            n=n,
            link=self._link,
            state=state,
            client=client,
            server=server,
            on_screen=self._on_screen,
            fail=self._fail,
        )
        stream.hold_back(self._held_back)
        self._stream = stream
        self._opening = asyncio.ensure_future(self._open(stream))

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
            self._stream.server.set_mode(mode)
            self._stream.to_server(self._stream.client.set_mode(mode))

    def pause_changed(self, on: bool) -> None:
        """No input, and nothing of the screen, or both again."""
        self._paused = on
        if self._stream is not None:
            self._stream.pause(on)

    def question_open(self, on: bool) -> None:
        """A question to the person is on the screen: nobody else answers it."""
        self._question = on
        if self._stream is not None:
            self._stream.to_server(self._stream.client.question_open(on))

    def close(self) -> None:
        """The session is over."""
        self._drop_stream()
        self._link = None

    # for the user's window

    def cover(self, boxes: Iterable[Box]) -> None:
        """Where Tasuki's own bar lies, in framebuffer pixels: the helper presses nothing there."""
        self._boxes = tuple(boxes)
        if self._stream is not None:
            self._stream.client.cover(self._boxes)

    def cover_keyboard(self, on: bool) -> None:
        """One of Tasuki's own windows has the keyboard: the helper types nothing there."""
        self._keyboard = on
        if self._stream is not None:
            self._stream.to_server(self._stream.client.cover_keyboard(on))

    def set_clipboard(self, *, to_user: bool, to_helper: bool) -> None:
        """Which way clipboards may cross in control mode."""
        self._clipboard_to_user = to_user
        self._clipboard_to_helper = to_helper
        if self._stream is not None:
            self._stream.client.set_clipboard(to_user)
            self._stream.server.set_clipboard(to_helper)

    def _drop_stream(self) -> None:
        if self._opening is not None and self._opening is not asyncio.current_task():
            self._opening.cancel()
        self._opening = None
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _fail(self, why: Why, detail: str) -> None:
        link = self._link
        self._drop_stream()
        if link is not None:
            link.failed(why, detail)

    async def _open(self, stream: VncStream) -> None:
        """Connect and log in; what goes wrong becomes words for the person and the end of the session."""
        name = self._server.name
        try:
            async with asyncio.timeout(self._login_patience):
                await stream.log_in(await self._server.connect(), self._server.password)
        except TimeoutError:
            self._problem(TasukiError("server_silent", program=name))
        except TasukiError as error:
            self._problem(error)
        except LoginError as error:
            self._problem(TasukiError(_LOGIN_ERRORS[error.problem], program=name, detail=error.reason or "-"))
        except TruncatedError:
            self._problem(TasukiError("server_hung_up", program=name))
        except ProtocolViolationError as error:
            self._problem(TasukiError("server_not_vnc", program=name, detail=str(error)))

    def _problem(self, error: TasukiError) -> None:
        get_logger().warning("vnc_server_problem", error_code=error.code, server=self._server.name)
        self._on_problem(error)
        self._fail(Why.SERVER_GONE, str(error))


_LOGIN_ERRORS = {
    LoginProblem.WRONG_PASSWORD: "server_password_wrong",
    LoginProblem.TOO_MANY_TRIES: "server_locked",
    LoginProblem.NO_USABLE_SECURITY: "server_security",
    LoginProblem.REFUSED: "server_refused",
}
