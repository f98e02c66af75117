"""The user's agent as values that a window or a command line renders. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from common.agent.history import Record
from common.agent.views import MatchingView, SessionView
from common.host.errors import TasukiError, plain, sentence
from common.host.words import _, one_line, plain_reason, quotable, reason_sentence, sentences
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.texts import TEXT_LIMIT
from user_agent.area.question import AreaView
from user_agent.consent import Question
from user_agent.servers.base import ScreenChoice

# Losses: nobody wanted this end, so asking again is offered.
LOSSES = frozenset({
    Why.CUT, Why.SILENT, Why.USER_GONE, Why.HELPER_GONE, Why.RELAY_RESTARTED, Why.RELAY_STOPPED, Why.NEVER_JOINED,
    Why.ENDED, Why.USER_NOT_OPENED, Why.HELPER_NOT_OPENED, Why.NOT_BACK, Why.USER_NOT_BACK, Why.HELPER_NOT_BACK,
    Why.USER_RESTARTED, Why.HELPER_RESTARTED,
    Why.GRANT_EXPIRED, Why.SERVER_GONE, Why.VIEWER_GONE, Why.FAILED,
    Why.NOT_BACK, Why.USER_NOT_BACK, Why.HELPER_NOT_BACK, Why.HELPER_RESTARTED,
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

    `inventory` is what the person saw and agreed to send (user_agent.inventory); `screens` are keys of ScreenChoices, the one that is seen
    first before others that may be seen instead; none: all, at once too.
    """

    helper: str = ""
    group: str = ""
    anyone: bool = False
    mode: Mode
    topic: str = ""
    inventory: Mapping[str, str] = field(default_factory=dict)
    screens: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SharedScreen:
    """What the VNC server shows. The framebuffer's size is 0 until the helper's viewer has asked for a picture."""

    server: str
    screen: ScreenChoice | None = None  # None: all of them
    others: tuple[ScreenChoice, ...] = ()  # that may be seen instead, as it is offered
    width: int = 0
    height: int = 0

    @property
    def text(self) -> str:
        """What the person reads of it before anybody sees it."""
        if self.screen is None:
            return _("Can be shown: the whole desktop ({program}).").format(program=one_line(self.server))
        screens = ", ".join(one_line(f"{one.name} {one.size}".strip()) for one in (self.screen, *self.others))
        if self.others:
            text = _("Can be shown: the screens {screens}, one at a time ({program}).")
            return text.format(screens=screens, program=one_line(self.server))
        text = _("Can be shown: the screen {screen} alone ({program}).")
        return text.format(screen=screens, program=one_line(self.server))


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
        return self._with_words(sentence(self.problem) if self.problem is not None else reason_sentence(self.why))

    @property
    def plain(self) -> str:
        """The same for a window: without what only an operator knows."""
        return self._with_words(plain(self.problem) if self.problem is not None else plain_reason(self.why))

    def _with_words(self, text: str) -> str:
        said = _("“{words}”").format(words=quotable(self.words, TEXT_LIMIT)) if self.words else ""
        return sentences(text, said)


@dataclass(frozen=True, kw_only=True)
class MissedCall:
    """A helper wanted to help, and nobody answered; the call back waits on."""

    name: str


@dataclass(frozen=True, kw_only=True)
class UserView:
    """All that is shown of the user's agent. A new value at every change."""

    stage: RequestStage = RequestStage.IDLE
    matching: MatchingView = field(default_factory=MatchingView)
    wish: Wish | None = None
    position: int | None = None
    missed: MissedCall | None = None  # the last one, of a call back that waits
    offer: SharedScreen | None = None  # what can be shown, as it was seen just before somebody was asked
    shared: SharedScreen | None = None  # while there is a session
    area: AreaView = field(default_factory=AreaView)  # where one monitor is shown
    session: SessionView | None = None
    questions: tuple[Question, ...] = ()
    ending: RequestEnding | None = None
    cannot_show: TasukiError | None = None  # why nobody could be shown this screen, as it was last looked at
    record: Record | None = None  # of the session that has just ended, for its summary; None where it never connected


OF_ONE_REQUEST: Final = ("ending", "session", "position", "record", "offer", "missed")
"""What of a view goes when help is asked for anew."""
