"""The user's command line: what it says of a request that waits."""

import io
import json
from typing import Any

from common.agent.views import MatchingView
from common.host.command import Events
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import OwnRequest
from common.protocol.messages import Mode, ToHelper
from user_agent.terminal import UserTerminal
from user_agent.views import RequestStage, UserView


def view(*, away: bool, waits: float | None = 1800.0) -> UserView:
    """A request for Hana waits."""
    request = OwnRequest(
        request="a" * 32, to=ToHelper(uri="tasuki://Example/helper/x"), mode=Mode.VIEW, name="Hana", away=away
    )
    matching = MatchingView(phase=MatchingPhase.ONLINE, request=request, waits=waits)
    return UserView(stage=RequestStage.WAITING, matching=matching, position=1)


def told(*views: UserView, as_json: bool = True) -> list[str]:
    """The lines that these views make, but for those about the connection."""
    out = io.StringIO()
    terminal = UserTerminal(Events(json=as_json, stream=out))
    for one in views:
        terminal.changed(one)
    return out.getvalue().splitlines()[1:]


def waiting(line: str) -> Any:
    """The facts of this line."""
    facts = json.loads(line)
    assert facts["event"] == "waiting"
    return facts["away"]


def test_a_helper_who_goes_away_while_the_request_waits() -> None:
    """It is said when it changes, and only then."""
    lines = told(view(away=False), view(away=True), view(away=True), view(away=False))
    assert [waiting(line) for line in lines] == [False, True, False]


def test_what_a_person_reads() -> None:
    """Who is not there, what can be done, and how long it would wait, where that is known."""
    [line] = told(view(away=True), as_json=False)
    assert "Hana is not here now. You can wait, or stop and ask somebody else." in line
    assert "30 min" in line
    [line] = told(view(away=True, waits=None), as_json=False)
    assert " min" not in line
