"""The channel of one session, for either role: told what happened, it returns what to do.

HELLO and its comparison, RFB with its window, stream numbers, CONTROL, PING and PONG, BYE. The user's side alone decides
the mode. No clock: every input that depends on time carries `now` (seconds of any steady clock).

The order of a channel's life: `opened` (TLS is done) → `greet` (this side has verified the peer: its HELLO goes out) →
both HELLOs equal → `Connected` → … → `Ended`, once, after which every input is ignored.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from common.protocol.channel import Bye, Chat, Control, Hello, Pause
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reasons import Why


@dataclass(frozen=True)
class Send:
    """Bytes for the end-to-end TLS."""

    data: bytes


@dataclass(frozen=True)
class Connected:
    """Both HELLOs were exchanged and are equal."""

    mode: Mode


@dataclass(frozen=True)
class RfbReceived:
    """Bytes of the present RFB stream. Say `rfb_consumed` once the viewer or the VNC server has taken them."""

    data: bytes


@dataclass(frozen=True)
class StreamStarted:
    """User's side: the helper asks for stream `n`. Helper's side: stream `n` begins."""

    n: int


@dataclass(frozen=True)
class PauseRfb:
    """Stop reading this side's VNC program: a window of bytes is unacknowledged."""


@dataclass(frozen=True)
class ResumeRfb:
    """Read on."""


@dataclass(frozen=True)
class ControlReceived:
    """A CONTROL that the role which sent it may send (never `Rfb`, which is the channel's own)."""

    control: Control


@dataclass(frozen=True)
class Ended:
    """The channel is over. `by` is the side that ended it, None for a cut; `detail` is for the log, in English."""

    why: Why
    by: Role | None
    detail: str = ""


Effect: TypeAlias = Send | Connected | RfbReceived | StreamStarted | PauseRfb | ResumeRfb | ControlReceived | Ended


@dataclass(frozen=True, kw_only=True)
class ChannelTiming:
    """Seconds."""

    ping: float = 15.0
    silence: float = 60.0


class ChannelSession:
    """One end of a channel."""

    def __init__(self, *, role: Role, hello: Hello, timing: ChannelTiming | None = None) -> None: ...

    mode: Mode
    connected: bool
    ended: Ended | None

    def opened(self, now: float) -> list[Effect]:
        """The end-to-end TLS is up; PING and the clock of silence start. Still no HELLO."""
        ...

    def greet(self, now: float) -> list[Effect]:
        """This side accepts its peer: HELLO goes out."""
        ...

    def bytes_received(self, data: bytes, now: float) -> list[Effect]:
        """Bytes came out of the end-to-end TLS."""
        ...

    def cut(self) -> list[Effect]:
        """The stream ended. Without a BYE that is a cut."""
        ...

    def tick(self, now: float) -> list[Effect]:
        """Time passed: call it at `deadline` at the latest."""
        ...

    @property
    def deadline(self) -> float | None:
        """When `tick` has something to do next."""
        ...

    def start_stream(self) -> tuple[int, list[Effect]]:
        """Helper's side: a viewer is there and wants a stream. Its number, which `StreamStarted` will name."""
        ...

    def stream_ready(self, n: int) -> list[Effect]:
        """User's side: the VNC server is logged in to; the next `rfb_to_send` is ServerInit. An old `n` is ignored."""
        ...

    def rfb_to_send(self, data: bytes) -> list[Effect]:
        """Bytes of the present stream from this side's VNC program, any number: what is over the window waits here."""
        ...

    def rfb_consumed(self, count: int) -> list[Effect]:
        """So many received bytes of the present stream were taken: they are acknowledged."""
        ...

    def send_control(self, control: Control) -> list[Effect]:
        """Send a CONTROL (not `Rfb`). A `SetMode` also sets `mode`. Raises ValueError where the role may not send it."""
        ...

    def bye(self, why: Why) -> list[Effect]:
        """This side ends the session."""
        ...
