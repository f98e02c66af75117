"""The helper's agent as values that a window or a command line renders. Pure."""

from dataclasses import dataclass, field

from common.agent.views import MatchingView, SessionView
from common.host.errors import TasukiError
from common.protocol.messages import RequestEntry
from common.protocol.session_life import SessionPhase
from helper_agent.viewers.tools import Quality, Scaling


@dataclass(frozen=True, kw_only=True)
class NumberedRequest:
    """A waiting request with the short number that this agent gave it; its session keeps the number."""

    number: int
    entry: RequestEntry
    accepted: bool = False  # ours, if nobody was faster


@dataclass(frozen=True, kw_only=True)
class RunningSession:
    """A session. `viewer` names the viewer that was opened, `shown` says whether it shows the desktop."""

    number: int
    view: SessionView
    user: str  # the name in the list; the certificate's is in the view
    entry: RequestEntry | None = None  # the request as it stood in the queue: topic, group, computer details
    note: str = ""  # the helper's own, kept on this computer
    viewer: str = ""
    shown: bool = False
    address: str = field(default="", repr=False)  # of the built-in viewer's page; whoever has it sees the screen
    hint: str = ""  # where a viewer of the helper's own may connect, in words
    viewer_closed: bool = False  # a viewer's program has ended by itself
    pointing: bool = False  # the helper shows instead of touching, also in control mode
    drawing: bool = False  # the helper has the pen
    quality: Quality = Quality.AUTO
    scaling: Scaling = Scaling.FIT
    screen: tuple[int, int] = (0, 0)  # the user's, in pixels; (0, 0): not known yet
    refused: bool = False  # the last wish for control was refused

    @property
    def no_typing(self) -> TasukiError | None:
        """Why no text can be typed at the user's desktop now; None where it can."""
        if self.view.no_typing is not None:
            return self.view.no_typing
        if self.pointing or self.drawing:
            return TasukiError("typing_pointing")
        return None if self.shown else TasukiError("typing_unseen")


@dataclass(frozen=True, kw_only=True)
class HelperView:
    """All that is shown of the helper's agent. A new value at every change."""

    matching: MatchingView = field(default_factory=MatchingView)
    requests: tuple[NumberedRequest, ...] = ()
    sessions: tuple[RunningSession, ...] = ()

    @property
    def no_clipboard(self) -> TasukiError | None:
        """Why clipboards cross in none of the sessions that are connected; None where they do in one, or there is none."""
        found = [one.view.clipboard for one in self.sessions if one.view.phase is SessionPhase.CONNECTED]
        return found[0] if found and all(problem is not None for problem in found) else None
