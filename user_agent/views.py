"""The user's agent as values that a window or a command line renders. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from common.agent.history import Record
from common.agent.views import MatchingView, SessionView
from common.host.errors import TasukiError, sentence
from common.host.words import _, one_line, reason_sentence
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from user_agent.area.question import AreaView
from user_agent.consent import Question
from user_agent.servers.base import ScreenChoice

# Losses: nobody wanted this end, so asking again is offered.
LOSSES = frozenset({
    Why.CUT, Why.SILENT, Why.USER_GONE, Why.HELPER_GONE, Why.RELAY_RESTARTED, Why.RELAY_STOPPED, Why.NEVER_JOINED,
    Why.ENDED, Why.USER_NOT_OPENED, Why.HELPER_NOT_OPENED,
    Why.GRANT_EXPIRED, Why.SERVER_GONE, Why.VIEWER_GONE, Why.FAILED,
})  # fmt: skip
AS_ASKED = frozenset({Why.USER_ENDED, Why.HELPER_ENDED, Why.CANCELLED, Why.OPERATOR_ENDED})


class RequestStage(StrEnum):
    """Where a request for help is."""

    IDLE = "idle"
    ASKING = "asking"  # being sent
    WAITING = "waiting"  # in the queue; `position`
    SESSION = "session"  # granted: `session` says how far it is
    ENDED = "ended"  # `ending` says why


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the person asks for. Exactly one of `helper` (a name or a URI), `group` and `anyone`.

    `inventory` is what the person saw and agreed to send (user_agent.inventory); `screen` a ScreenChoice's key, "" for all.
    """

    helper: str = ""
    group: str = ""
    anyone: bool = False
    mode: Mode
    topic: str = ""
    inventory: Mapping[str, str] = field(default_factory=dict)
    screen: str = ""


@dataclass(frozen=True, kw_only=True)
class SharedScreen:
    """What the VNC server shows. The framebuffer's size is 0 until the helper's viewer has asked for a picture."""

    server: str
    screen: ScreenChoice | None = None  # None: all of them
    width: int = 0
    height: int = 0

    @property
    def text(self) -> str:
        """What the person reads of it before anybody sees it."""
        if self.screen is None:
            return _("Can be shown: the whole desktop ({program}).").format(program=one_line(self.server))
        text = _("Can be shown: the screen {screen} alone ({program}).")
        name = f"{self.screen.name} {self.screen.width}×{self.screen.height}".strip()
        return text.format(screen=one_line(name), program=one_line(self.server))


@dataclass(frozen=True, kw_only=True)
class RequestEnding:
    """How a request ended: `why`, and what failed where there is more to say; `words` are the helper's own."""

    why: Why
    problem: TasukiError | None = None
    words: str = ""
    connected: bool = False  # a session had come of it

    @property
    def lost(self) -> bool:
        """Whether nobody wanted it: asking again makes sense at once."""
        return self.why in LOSSES

    @property
    def as_asked(self) -> bool:
        """Whether somebody ended it, as people do."""
        return self.why in AS_ASKED

    @property
    def text(self) -> str:
        """What the person reads."""
        text = sentence(self.problem) if self.problem is not None else reason_sentence(self.why)
        return f"{text} “{one_line(self.words)}”" if self.words else text


@dataclass(frozen=True, kw_only=True)
class UserView:
    """All that is shown of the user's agent. A new value at every change."""

    stage: RequestStage = RequestStage.IDLE
    matching: MatchingView = field(default_factory=MatchingView)
    wish: Wish | None = None
    position: int | None = None
    offer: SharedScreen | None = None  # what can be shown, as it was seen just before somebody was asked
    shared: SharedScreen | None = None  # while there is a session
    area: AreaView = field(default_factory=AreaView)  # where one monitor is shown
    session: SessionView | None = None
    questions: tuple[Question, ...] = ()
    ending: RequestEnding | None = None
    cannot_show: TasukiError | None = None  # why nobody could be shown this screen, as it was last looked at
    record: Record | None = None  # of the session that has just ended, for its summary; None where it never connected
