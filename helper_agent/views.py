"""The helper's agent as values that a window or a command line renders. Pure."""

from dataclasses import dataclass, field

from common.agent.matching import MatchingView
from common.agent.session import SessionView
from common.protocol.messages import RequestEntry


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A waiting request with the short number that this agent gave it; its session keeps the number."""

    number: int
    entry: RequestEntry
    accepted: bool = False  # ours, if nobody was faster


@dataclass(frozen=True, kw_only=True)
class Running:
    """A session. `viewer` names the viewer that was opened, `shown` whether it shows the desktop."""

    number: int
    view: SessionView
    user: str  # the name in the list; the certificate's is in the view
    viewer: str = ""
    shown: bool = False


@dataclass(frozen=True, kw_only=True)
class HelperView:
    """All that is shown of the helper's agent. A new value at every change."""

    matching: MatchingView = field(default_factory=MatchingView)
    requests: tuple[Numbered, ...] = ()
    sessions: tuple[Running, ...] = ()
