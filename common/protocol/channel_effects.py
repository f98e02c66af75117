"""What a channel's core tells its driver to do."""

from dataclasses import dataclass
from typing import TypeAlias

from common.protocol.channel import Control
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reasons import Why


@dataclass(frozen=True)
class SendBytes:
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
class StreamOver:
    """Helper's side: the present stream cannot go on; another one can be asked for."""


@dataclass(frozen=True)
class PauseRfb:
    """Stop reading this side's VNC program: a window of bytes is unacknowledged."""


@dataclass(frozen=True)
class ResumeRfb:
    """Read on."""


@dataclass(frozen=True)
class ControlReceived:
    """A CONTROL that the role which sent it may send (never `Rfb` and `Clip…`, which are the channel's own)."""

    control: Control


@dataclass(frozen=True)
class ClipboardCame:
    """What was copied at the other side: `content` is a ClipKind's, and the bytes are what that says."""

    content: str
    data: bytes


@dataclass(frozen=True)
class ClipboardRefused:
    """What was copied here, `size` bytes, the other side does not take; `why` is a ClipWhy's, or a later version's."""

    content: str
    size: int
    why: str


@dataclass(frozen=True)
class TextLeftOut:
    """A CONTROL of this kind came, and its text is too long or none. It counts as not sent."""

    kind: str


@dataclass(frozen=True)
class Silent:
    """Nothing was heard for so long that a person should know (`on`), or something is heard again."""

    on: bool


@dataclass(frozen=True)
class ChannelEnded:
    """The channel is over. `by` is the side that ended it, None for a cut or a silence; `detail` is for the log, in English."""

    why: Why
    by: Role | None
    detail: str = ""


ChannelEffect: TypeAlias = (
    SendBytes
    | Connected
    | RfbReceived
    | StreamStarted
    | StreamOver
    | PauseRfb
    | ResumeRfb
    | ControlReceived
    | ClipboardCame
    | ClipboardRefused
    | TextLeftOut
    | Silent
    | ChannelEnded
)
