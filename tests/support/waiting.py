"""Requests and sessions as a helper's agent shows them, for windows that render them."""

import dataclasses

from common.agent.views import MatchingView, SessionView
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import Listed
from common.protocol.messages import (
    GroupEntry,
    HelperEntry,
    Mode,
    Peer,
    RequestEntry,
    Status,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
)
from common.protocol.session_life import SessionPhase
from helper_agent.views import HelperView, NumberedRequest, RunningSession

NOW = 1_700_049_600.0  # 2023-11-15, in UTC
OWN = "tasuki://example/helper/1"
COLLEAGUES: tuple[Listed, ...] = (
    HelperEntry(uri=OWN, name="Taro Yamada", languages=["ja", "en"], skills=["Printers"]),
    HelperEntry(uri="tasuki://example/helper/2", name="佐藤花子", languages=["ja"], skills=["Excel"]),
    HelperEntry(uri="tasuki://example/helper/3", name="Jean-Luc Martin", languages=["fr"], status=Status.BUSY),
    HelperEntry(uri="tasuki://example/helper/4", name="Ana Souza", status=Status.AWAY),
    GroupEntry(group="Second floor", available=2, waiting=1),
)
COMPUTER = {
    "system": "Debian GNU/Linux 12 (6.1.0-18-amd64)",
    "desktop": "GNOME, x11",
    "computer": "hanako-pc",
    "memory": "15.4 GiB (9.1 GiB free)",
    "disk": "476 GiB (120 GiB free)",
}


def request_id(number: int) -> str:
    """The id of the request of this number."""
    return f"{number:032x}"


def waiting(
    number: int,
    name: str = "Hanako Suzuki",
    *,
    since: float | None = None,
    to: To | None = None,
    topic: str = "The printer does not print",
    mode: Mode = Mode.VIEW,
    accepted: bool = False,
    note: str = "",
    computer: bool = False,
    call_back: bool = False,
    here: bool = True,
) -> NumberedRequest:
    """A request; the higher its number, the shorter it waits."""
    entry = RequestEntry(
        request=request_id(number),
        user=Peer(uri=f"tasuki://example/user/{number}", name=name),
        to=to or ToAnyone(),
        mode=mode,
        topic=topic,
        inventory=COMPUTER if computer else {},
        since=NOW - 600 + number if since is None else since,
        note=note,
        call_back=call_back,
        here=here,
    )
    return NumberedRequest(number=number, entry=entry, accepted=accepted)


def running(number: int = 1, name: str = "Hanako Suzuki", **more: object) -> RunningSession:
    """A session; `more` goes into its SessionView."""
    values: dict[str, object] = {
        "session": f"{0x5E5 + number:032x}",
        "request": request_id(number),
        "role": Role.HELPER,
        "phase": SessionPhase.CONNECTED,
        "mode": Mode.VIEW,
        "peer_name": name,
        "peer_uri": f"tasuki://example/user/{number}",
        "since": NOW - 192,
    }
    view = SessionView(**(values | more))  # type: ignore[arg-type]
    return RunningSession(number=number, view=view, user=name, entry=waiting(number, name).entry)


def matching(phase: MatchingPhase = MatchingPhase.ONLINE, **more: object) -> MatchingView:
    """A helper's connection."""
    values: dict[str, object] = {"name": "Taro Yamada", "organisation": "example", "helpers": COLLEAGUES}
    return MatchingView(phase=phase, **(values | more))  # type: ignore[arg-type]


def view(*requests: NumberedRequest, sessions: tuple[RunningSession, ...] = (), **more: object) -> HelperView:
    """All of it; `more` goes into the MatchingView."""
    return HelperView(matching=matching(**more), requests=requests, sessions=sessions)  # type: ignore[arg-type]


def queue() -> HelperView:
    """Five who wait, of every kind."""
    return view(
        waiting(1, since=NOW - 3900, to=ToHelper(uri=OWN), mode=Mode.CONTROL, computer=True),
        waiting(2, "山田美咲", since=NOW - 1500, to=ToGroup(group="Second floor"), topic="Excel が開きません"),
        waiting(3, "Jonas Weber", since=NOW - 660, topic="", mode=Mode.CONTROL),
        waiting(4, "Maximiliane Freifrau von Hohenstein-Wolkenburg", since=NOW - 130, topic="Everything " * 20),
        waiting(
            5, "Ana", since=NOW - 12, to=ToGroup(group="Accounting"), note="Password was reset; mail is left to do."
        ),
    )


def without(shown: HelperView, *numbers: int) -> HelperView:
    """The same, but for these requests."""
    return dataclasses.replace(shown, requests=tuple(one for one in shown.requests if one.number not in numbers))
