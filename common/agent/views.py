"""What a window or a command line shows of an agent, as values. Pure: to import them costs a starting program next to nothing."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from common.host.errors import TasukiError
from common.protocol.channel import CAN_DRAW, CAN_TYPE, NO_SCREENS, Place, Screens
from common.protocol.channel_clip import CLIPBOARD_LIMIT, ClipWhy
from common.protocol.desk import Desk
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import Listed, OwnRequest
from common.protocol.messages import Code, Mode, RequestEntry, Status
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class MatchingView:
    """All that a window shows of the connection. A new value at every change."""

    phase: MatchingPhase = MatchingPhase.STOPPED
    account: str = ""
    name: str = ""  # the person's, as enrolled
    organisation: str = ""  # as it stands in URIs
    organisation_name: str = ""  # as it calls itself, where it does
    problem: TasukiError | None = None  # why it is not online
    lost: float | None = None  # Unix seconds: since when it is not, though it should be
    refused: Code | None = None
    clock_skew: float = 0.0  # seconds this PC's clock is ahead of the relay's; only for a sentence
    status: Status = Status.AVAILABLE  # helper's own
    helpers: tuple[Listed, ...] = ()  # user, while watching
    listed: bool = False  # user: that is all of them
    requests: tuple[RequestEntry, ...] = ()  # helper, while watching
    request: OwnRequest | None = None  # user
    waits: float | None = None  # user: seconds that a request waits at most, as the relay says
    desk: Desk | None = None  # user: the help desk, as the relay last told of it, now or another time

    @property
    def whose(self) -> str:
        """The organisation as people read it."""
        return self.organisation_name or self.organisation


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """All that a window shows of a session. A new value at every change."""

    session: str
    request: str
    role: Role
    phase: SessionPhase
    mode: Mode
    most: Mode = Mode.CONTROL  # what the helper may be allowed, by what the organisation has set
    peer_name: str = ""  # from the certificate, once it is verified; before that empty
    peer_uri: str = ""
    call_back: bool = False  # user's side: it comes of a request that was left as one
    paused: bool = False  # by the person
    screens_changed: bool = False  # the picture is stopped because of that: the person is asked what may be seen
    control_wanted: bool = False  # the helper has asked for control and has no answer yet
    deadline: float | None = None  # Unix seconds: when the open question counts as no
    since: float | None = None  # Unix seconds: connected since
    silent: bool = False  # connected, and nothing was heard from the other side for some seconds
    lost: float | None = None  # Unix seconds: interrupted since
    tried_until: float | None = None  # Unix seconds: so long it is tried to come back
    peer_features: frozenset[str] = frozenset()  # what the other side can take, once connected
    clipboard: TasukiError | None = None  # why clipboards cannot cross, once connected; None where they can
    screens: Screens = NO_SCREENS  # which of the user's screens may be seen one by one, and which is; empty: no choice
    recorded: Mode | None = (
        None  # the mode that stands in the organisation's record of it; None: none does, as far as is known
    )
    why: Why | None = None  # at the end
    by: Role | None = None  # which side ended it; None: the relay, a clock or a cut
    problem: TasukiError | None = None  # what failed, where there is more to say than `why`

    @property
    def stopped(self) -> bool:
        """Whether the helper sees a still picture and can do nothing, for whatever reason."""
        return self.paused or self.screens_changed or self.lost is not None

    @property
    def running(self) -> bool:
        """Whether the session is there, though perhaps it is interrupted."""
        return self.phase in {SessionPhase.CONNECTED, SessionPhase.INTERRUPTED}

    @property
    def mode_recorded(self) -> bool:
        """Whether the present mode stands in the record."""
        return self.running and self.recorded is self.mode

    @property
    def no_control(self) -> TasukiError | None:
        """Why the helper cannot be allowed to control, whatever the person wishes; None where that is the person's to say."""
        return TasukiError("control_beyond_most", name=self.peer_name) if self.most is Mode.VIEW else None

    @property
    def no_typing(self) -> TasukiError | None:
        """Helper: why no text can be typed at the user's desktop now; None where it can. A window greys by it."""
        if self.phase is not SessionPhase.CONNECTED:
            return TasukiError("typing_not_connected")
        if CAN_TYPE not in self.peer_features:
            return TasukiError("typing_not_there")
        if self.mode is not Mode.CONTROL:
            return TasukiError("typing_view")
        if self.paused:
            return TasukiError("typing_paused")
        return TasukiError("typing_screens_changed") if self.screens_changed else None

    @property
    def no_drawing(self) -> TasukiError | None:
        """Helper: why nothing can be drawn on the user's screen now; None where it can."""
        if self.phase is not SessionPhase.CONNECTED:
            return TasukiError("drawing_not_connected")
        if CAN_DRAW not in self.peer_features:
            return TasukiError("drawing_not_there")
        return TasukiError("drawing_stopped") if self.stopped else None


@dataclass(frozen=True)
class ChatReceived:
    """The other side wrote."""

    text: str


@dataclass(frozen=True)
class ChatDelivered:
    """All that was written here up to this number has reached the other computer."""

    number: int


@dataclass(frozen=True)
class ChatLeftOut:
    """The other side wrote what cannot be shown: it is too long, or no text. (Another version of Tasuki, or none.)"""


@dataclass(frozen=True)
class ClipboardLeftOut:
    """What was copied on this computer stays here. `size` in bytes, 0 where it does not matter; of what is too large, at least."""

    why: ClipWhy
    size: int = 0

    @property
    def problem(self) -> TasukiError:
        """For a sentence."""
        if self.why is ClipWhy.TOO_LARGE:
            size, most = f"{self.size / MEBIBYTE:.1f}", f"{CLIPBOARD_LIMIT / MEBIBYTE:.0f}"
            return TasukiError("clipboard_too_large", size=size, most=most)
        return TasukiError("clipboard_broken" if self.why is ClipWhy.BROKEN else "clipboard_kind")


@dataclass(frozen=True)
class ClipboardReceived:
    """What was copied on the other computer is on this one's clipboard: `content` is text or png, `size` in bytes."""

    content: str
    size: int


@dataclass(frozen=True)
class PointerShown:
    """User's side: the helper points here, in framebuffer pixels."""

    x: int
    y: int


@dataclass(frozen=True)
class Drawn:
    """User's side: the helper draws here, in framebuffer pixels: a stroke that begins, or goes on."""

    points: tuple[Place, ...]
    begins: bool


@dataclass(frozen=True)
class ControlRefused:
    """Helper's side: the user said no, or nothing in time; or, with `beyond_most`, nobody was asked, for it may not be allowed."""

    beyond_most: bool = False


@dataclass(frozen=True)
class ControlBeyondMost:
    """User's side: the helper asked for control, which may not be allowed, and was refused."""


@dataclass(frozen=True)
class KeysUnpressed:
    """Helper's side: what the user's computer has no way to press: these characters, keys of these keysyms, and how many more."""

    text: str
    keys: tuple[int, ...] = ()
    more: int = 0

    @property
    def problem(self) -> TasukiError:
        """For a sentence."""
        named = ", ".join([*self.text, *(f"0x{key:X}" for key in self.keys)])
        return TasukiError("keys_unpressed", keys=named if not self.more else f"{named} (+ {self.more})")


@dataclass(frozen=True)
class ModeRecorded:
    """That this mode holds stands in the organisation's record of the session now."""

    mode: Mode


@dataclass(frozen=True)
class InputLost:
    """User's side: why the helper can press nothing any more, and so only looks."""

    problem: TasukiError


@dataclass(frozen=True)
class ScreenChanged:
    """Helper's side: the size of the user's framebuffer, and the computer's name."""

    width: int
    height: int
    name: str


@dataclass(frozen=True)
class ScreenWished:
    """User's side: the helper would see the screen of this key ("": all at once), which may be seen."""

    key: str


SessionEvent: TypeAlias = (
    ChatReceived
    | ChatDelivered
    | ChatLeftOut
    | ClipboardLeftOut
    | ClipboardReceived
    | PointerShown
    | Drawn
    | ControlRefused
    | ControlBeyondMost
    | KeysUnpressed
    | ModeRecorded
    | InputLost
    | ScreenChanged
    | ScreenWished
)
