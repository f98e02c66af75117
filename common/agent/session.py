"""A session of this agent, from `granted` to its end: the leg, the end-to-end TLS, the peer, the channel.

Three parties meet here: the **local side** (what stands between the channel and the VNC program on this PC: the user's
broker, the helper's viewer front), the **person** (a window or a command line: `on_change` gets values to render,
`on_event` what happened; intents come in as method calls), and the wire. Everything runs on the loop's one thread.

How a local side lives:

    attached(link, mode)      once, when both HELLOs were exchanged
    stream_started(n)         user: the helper's viewer wants stream n: drop the old connection to the VNC server, open
                              a new one, log in, then link.stream_ready(n), then link.send_rfb(ServerInit…)
                              helper: stream n begins, after link.start_stream() gave n: rfb_received starts at ServerInit
    rfb_received(data)        bytes of the present stream; link.consumed(count) once the VNC program has taken them
                              (a filter that drops bytes has consumed them too)
    pause_reading/resume_reading   stop, or go on, reading the VNC program: the window is full; link.send_rfb of what
                              was already read is still allowed
    mode_changed, pause_changed, question_open   what the filter must do from now on
    close()                   once, at the end (also when it was never attached): drop every connection at once
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reasons import Why


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
        """Helper's side, while only looking: the pointer is here. User's side: show it (the filter saw it)."""

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


class Phase(StrEnum):
    """Where a session is."""

    DIALLING = "dialling"  # to the relay
    JOINING = "joining"  # the leg is there; its partner is not yet
    SECURING = "securing"  # end-to-end TLS
    ASKING = "asking"  # user's side: may this helper come in? `view.deadline` says until when
    GREETING = "greeting"  # waiting for the other side's HELLO (a helper waits here while the user is asked)
    CONNECTED = "connected"
    ENDED = "ended"


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
    problem: Exception | None = None  # what failed, where there is more to say than `why`


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


@dataclass(frozen=True, kw_only=True)
class SessionTiming:
    """Seconds (agents' settings may shorten them)."""

    dial: float = 30.0  # one round over the addresses
    join: float = 60.0  # from the leg to `ready`
    secure: float = 15.0  # end-to-end TLS
    allow: float = 60.0  # the person's answer
    greet: float = 75.0  # the other side's HELLO
    want: float = 60.0  # the answer to a wish for control
    bye: float = 5.0  # until the leg is dropped behind a BYE
    reason: float = 2.0  # after a cut: for the relay to say why
    ping: float = 15.0
    silence: float = 60.0


class Session:
    """One session. `await run()` lives it; the rest may be called at any moment and is ignored where it is too late."""

    view: SessionView

    async def run(self) -> SessionView:
        """Live the session to its end and return the last view. Cancelled: ends with USER_ENDED or HELPER_ENDED."""
        ...

    def allow(self, on: bool = True) -> None:
        """User: the answer to `Phase.ASKING`. No ends with REFUSED."""

    def set_mode(self, mode: Mode) -> None:
        """User: this mode from now on (also the answer to `control_wanted`)."""

    def refuse_control(self) -> None:
        """User: no to `control_wanted`."""

    def want_control(self) -> None:
        """Helper: may I control?"""

    def pause(self, on: bool) -> None:
        """User: show nothing and take no input, or go on."""

    def chat(self, text: str) -> None:
        """Either: send a line, at most 4000 characters."""

    def question(self, on: bool) -> None:
        """User: some other question of the agent is on the screen; input is dropped meanwhile."""

    def stop(self, why: Why | None = None) -> None:
        """Either: end it. `why` is USER_ENDED or HELPER_ENDED unless told."""


OnChange: TypeAlias = Callable[[SessionView], None]
OnEvent: TypeAlias = Callable[[SessionEvent], None]
