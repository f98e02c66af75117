"""The user's command line: what it says of a request that waits."""

import dataclasses
import io
import json
from typing import Any, cast

from common.agent.views import MatchingView
from common.host.command import Events
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import OwnRequest
from common.protocol.messages import Mode, ToHelper
from user_agent.area.question import AreaView, ScreenQuestion
from user_agent.servers.base import ScreenChoice
from user_agent.terminal import UserTerminal
from user_agent.views import RequestStage, SharedScreen, UserView


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


def test_what_can_be_shown_is_told_once() -> None:
    """Before the request waits: by which server, and which screen where it is not the whole desktop."""
    screen = ScreenChoice(name="HDMI-1", x=0, y=0, width=1024, height=768)
    asking = dataclasses.replace(view(away=False), stage=RequestStage.ASKING)
    whole, alone = (
        dataclasses.replace(asking, offer=SharedScreen(server="x11vnc", screen=which)) for which in (None, screen)
    )
    [line] = told(asking, whole, dataclasses.replace(whole, position=2))
    assert json.loads(line) == {"event": "offer", "server": "x11vnc", "screen": None}
    [line] = told(asking, alone)
    assert json.loads(line)["screen"] == {"key": "1024x768+0+0", "name": "HDMI-1"}
    for one, words in ((whole, "the whole desktop (x11vnc)"), (alone, "the screen HDMI-1 1024×768 alone (x11vnc)")):
        [line] = told(asking, one, as_json=False)
        assert words in line


def test_which_screen_is_asked_and_answered() -> None:
    """Each time the screens are others; by number, and only while it is asked."""
    left = ScreenChoice(name="HDMI-1", x=0, y=0, width=1024, height=768)
    right = dataclasses.replace(left, name="DP-2", x=1024)
    question = ScreenQuestion(was=right, screens=(left, right))
    plain = dataclasses.replace(view(away=False), stage=RequestStage.SESSION)
    asked = dataclasses.replace(plain, area=AreaView(stopped=True, question=question))
    fewer = dataclasses.replace(plain, area=AreaView(stopped=True, question=ScreenQuestion(was=right, screens=(left,))))
    lines = [json.loads(line) for line in told(plain, asked, asked, fewer, plain, asked)]
    assert [line["event"] for line in lines] == ["question"] * 3
    assert [[one["key"] for one in line["screens"]] for line in lines] == [
        ["1024x768+0+0", "1024x768+1024+0"],
        ["1024x768+0+0"],
        ["1024x768+0+0", "1024x768+1024+0"],
    ]
    assert lines[0]["kind"] == "screen"
    assert lines[0]["was"]["key"] == right.key
    text = "\n".join(told(plain, asked, as_json=False))
    assert "[screen NUMBER]" in text
    assert "Screen 2: 1024 × 768 (DP-2)" in text

    class App:
        """What the terminal calls."""

        view = asked
        chosen: list[str]

        def choose_screen(self, key: str) -> bool:
            self.chosen.append(key)
            return True

    terminal, app = UserTerminal(Events(json=True, stream=io.StringIO())), App()
    app.chosen, played = [], cast("Any", app)
    terminal.app = played
    for line, done in (("screen 2", True), ("screen all", True), ("screen 3", False), ("screen nowhere", False)):
        order = terminal.parse(line)
        assert order is not None
        assert terminal.carry_out(order) is done
    assert app.chosen == [right.key, ""]
    app.view = plain
    order = terminal.parse("screen 1")
    assert order is not None
    assert not terminal.carry_out(order)
