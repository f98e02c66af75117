"""A session as the rest of an agent sees it: its local side, and what a window or a command line shows of it.

The **local side** is what stands between the channel and the VNC program on this PC: the user's broker, the helper's
viewer front. It lives so:

    attached(link, mode)      once, when both HELLOs were exchanged
    stream_started(n)         user: the helper's viewer wants stream n: drop the old connection to the VNC server, open
                              a new one, log in, then link.stream_ready(n), then link.send_rfb(ServerInit…)
                              helper: stream n begins, after link.start_stream() gave n: rfb_received starts at ServerInit
    rfb_received(data)        bytes of the present stream; link.consumed(count) once the VNC program has taken them
                              (a filter that drops bytes has consumed them too)
    pause_reading/resume_reading   stop, or go on, reading the VNC program: the window is full; link.send_rfb of what
                              was already read is still allowed; a new stream starts unpaused
    mode_changed, pause_changed, question_open   what the filter must do from now on
    close()                   once, at the end (also when it was never attached): drop every connection at once
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from common.agent.matching_types import Account
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.messages import FromAgent, Mode
from common.protocol.reasons import Why
from common.protocol.session_life import Phase


class LocalLink(Protocol):
    """What a local side may ask of its session. Every call is ignored after the end."""

    def send_rfb(self, data: bytes) -> None:
        """Bytes of the present stream, towards the peer. Any number; 16 KiB and more at once cost least."""

    def consumed(self, count: int) -> None:
        """So many bytes out of `rfb_received` were taken, or dropped by the filter."""

    def start_stream(self) -> int:
        """Helper's side: a viewer has connected (again). The number of the stream that was asked for."""

    def stream_ready(self, n: int) -> None:
        """User's side: the VNC server is logged in to, and what is sent next starts at ServerInit."""

    def pointer(self, x: int, y: int) -> None:
        """Helper's side, while only looking or pointing: the pointer is here. User's side: show it (the filter saw it)."""

    def screen(self, width: int, height: int, name: str = "") -> None:
        """User's side: the framebuffer's size, at ServerInit and when it changes."""

    def failed(self, why: Why, detail: str = "") -> None:
        """End the session: SERVER_GONE, VIEWER_GONE, UNFILTERABLE, PROTOCOL or FAILED. `detail` is for the log."""


class LocalSide(Protocol):
    """The broker (user) or the viewer front (helper). The module's docstring says how it lives."""

    def attached(self, link: LocalLink, mode: Mode) -> None:
        """The session is connected; `mode` holds."""

    def stream_started(self, n: int) -> None:
        """Stream `n`: see the module's docstring."""

    def rfb_received(self, data: bytes) -> None:
        """Bytes of the present stream, from the peer. Raises nothing: a violation is link.failed(…)."""

    def pause_reading(self) -> None:
        """Stop reading the VNC program."""

    def resume_reading(self) -> None:
        """Read it again."""

    def mode_changed(self, mode: Mode) -> None:
        """The user's agent has decided: this mode from now on."""

    def pause_changed(self, on: bool) -> None:
        """The user has paused, or goes on. User's side: no input, and nothing of the screen. Helper's side: may show it."""

    def question_open(self, on: bool) -> None:
        """User's side: a question to the person is on the screen, so input is dropped. Never called on a helper's."""

    def close(self) -> None:
        """The session is over."""


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """All that a window shows of a session. A new value at every change."""

    session: str
    request: str
    role: Role
    phase: Phase
    mode: Mode
    peer_name: str = ""  # from the certificate, once it is verified; before that empty
    peer_uri: str = ""
    paused: bool = False
    control_wanted: bool = False  # the helper has asked for control and has no answer yet
    deadline: float | None = None  # Unix seconds: when the open question counts as no
    since: float | None = None  # Unix seconds: connected since
    why: Why | None = None  # at the end
    by: Role | None = None  # which side ended it; None: the relay, a clock or a cut
    problem: TasukiError | None = None  # what failed, where there is more to say than `why`


@dataclass(frozen=True)
class ChatReceived:
    """The other side wrote."""

    text: str


@dataclass(frozen=True)
class PointerShown:
    """User's side: the helper points here, in framebuffer pixels."""

    x: int
    y: int


@dataclass(frozen=True)
class ControlRefused:
    """Helper's side: the user said no, or nothing in time."""


@dataclass(frozen=True)
class ScreenChanged:
    """Helper's side: the size of the user's framebuffer, and the computer's name."""

    width: int
    height: int
    name: str


SessionEvent: TypeAlias = ChatReceived | PointerShown | ControlRefused | ScreenChanged


class SessionMatching(Protocol):
    """What a session needs of common.agent.matching.Matching."""

    profile: Account

    @property
    def clock_skew(self) -> float:
        """Seconds that this computer's clock is ahead of the relay's; only for a sentence."""

    def subscribe(self, listener: Callable[[object], None]) -> Callable[[], None]:
        """Hear what the relay says."""

    async def online(self, deadline: float) -> None:
        """Wait for the connection. Raises TasukiError."""

    def send(self, message: FromAgent) -> bool:
        """Say something, if online."""

    def active(self, session: str) -> None:
        """Both HELLOs were exchanged."""

    def end(self, session: str, why: Why) -> None:
        """The session is over."""
