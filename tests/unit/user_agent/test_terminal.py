"""The user's command line: what it says of a request that waits."""

import dataclasses
import io
import json
from typing import Any, cast

from common.agent.views import MatchingView, SessionView
from common.host.command import Events
from common.protocol.desk import Desk
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import OwnRequest
from common.protocol.messages import GroupEntry, HelperEntry, Mode, ToHelper
from common.protocol.session_life import SessionPhase
from user_agent.area.question import AreaView, ScreenQuestion
from user_agent.consent import Handover, Question, QuestionKind
from user_agent.listing import listing_event
from user_agent.servers.base import ScreenChoice
from user_agent.terminal import UserTerminal
from user_agent.views import RequestStage, SharedScreen, UserView

HANA = HelperEntry(uri="tasuki://Example/helper/x", name="Hana")


def view(*, away: bool, waits: float | None = 1800.0, **more: Any) -> UserView:
    """A request for Hana waits."""
    request = OwnRequest(request="a" * 32, to=ToHelper(uri=HANA.uri), mode=Mode.VIEW, name="Hana")
    helpers = () if away else (HANA,)
    matching = MatchingView(
        phase=MatchingPhase.ONLINE, request=request, waits=waits, helpers=helpers, listed=True, **more
    )
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
    assert "number" not in line
    [line] = told(view(away=True, waits=None), as_json=False)
    assert " min" not in line
    [line] = told(view(away=False), as_json=False)
    assert line == "Waiting for a helper: number 1 in the queue. Hana is there."


def test_the_desk_where_nobody_is_there() -> None:
    """Its hours and its telephone; where somebody is there they are not told, but for scripts."""
    desk = Desk(telephone="03-1234", open=[(4e9, 4e9 + 3600)])
    [line] = told(view(away=True, desk=desk), as_json=False)
    assert "The help desk is closed now. It opens on" in line
    assert line.endswith("You can also call: 03-1234")
    [line] = told(view(away=False, desk=desk), as_json=False)
    assert "03-1234" not in line
    first, second = map(json.loads, told(view(away=False, desk=desk)))
    assert first == {"event": "desk", "telephone": "03-1234", "open": [[4e9, 4e9 + 3600]], "call_back": False}
    assert (second["there"], second["available"]) == ("available", 0)


def test_what_can_be_shown_is_told_once() -> None:
    """Before the request waits: by which server, and which screen where it is not the whole desktop."""
    screen = ScreenChoice(name="HDMI-1", x=0, y=0, width=1024, height=768)
    asking = dataclasses.replace(view(away=False), stage=RequestStage.ASKING)
    whole, alone = (
        dataclasses.replace(asking, offer=SharedScreen(server="x11vnc", screen=which)) for which in (None, screen)
    )
    [line] = told(asking, whole, dataclasses.replace(whole, position=2))
    assert json.loads(line) == {"event": "offer", "server": "x11vnc", "screen": None, "others": []}
    [line] = told(asking, alone)
    assert json.loads(line)["screen"] == {"key": "1024x768+0+0", "name": "HDMI-1"}
    both = dataclasses.replace(asking, offer=SharedScreen(server="x11vnc", screen=screen, others=(screen,)))
    assert "HDMI-1 1024×768, HDMI-1 1024×768, one at a time" in told(asking, both, as_json=False)[0]
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


class Answered:
    """An app that takes every answer to what is open."""

    def __init__(self, terminal: UserTerminal) -> None:
        self.terminal = terminal
        self.taken: list[tuple[QuestionKind, bool]] = []
        self.view = view(away=False)

    def ask(self, *questions: Question) -> None:
        """These are open."""
        self.view = dataclasses.replace(self.view, stage=RequestStage.SESSION, questions=questions)
        self.terminal.changed(self.view)

    def allow(self, on: bool = True) -> bool:
        """As the app has it."""
        return self._take(QuestionKind.ALLOW, on)

    def grant(self, on: bool = True) -> bool:
        """As the app has it."""
        return self._take(QuestionKind.CONTROL, on)

    def _take(self, kind: QuestionKind, on: bool) -> bool:
        if not any(one.kind is kind for one in self.view.questions):
            return False
        self.taken.append((kind, on))
        self.ask()
        return True


class Typed:
    """A terminal with a clock of ours, and what it says."""

    def __init__(self, *, as_json: bool) -> None:
        self.now = 100.0
        self.out = io.StringIO()
        self.terminal = UserTerminal(Events(json=as_json, stream=self.out), clock=lambda: self.now)
        self.app = Answered(self.terminal)
        self.terminal.app = cast("Any", self.app)

    def said(self) -> list[str]:
        """Since the last time."""
        lines = self.out.getvalue().splitlines()
        self.out.seek(0)
        self.out.truncate()
        return lines


COMES_IN = Question(kind=QuestionKind.ALLOW, session="s", name="Hana", uri="u", deadline=None)
CONTROLS = dataclasses.replace(COMES_IN, kind=QuestionKind.CONTROL)


def test_a_yes_typed_twice_gives_no_control() -> None:
    """The second, and a third behind it, were meant for *Allow?*; once the question could be read, a yes is its answer."""
    typed = Typed(as_json=False)
    typed.app.ask(COMES_IN)
    typed.terminal.order("yes")
    typed.app.ask(CONTROLS)
    typed.said()
    for after in (0.0, 1.4, 1.4):
        typed.now += after
        typed.terminal.order("yes")
        [line] = typed.said()
        assert "not taken" in line
        assert line.endswith("with mouse and keyboard? [yes / no]")
    assert typed.app.taken == [(QuestionKind.ALLOW, True)]
    typed.terminal.order("allow")
    assert typed.app.taken == [(QuestionKind.ALLOW, True)]
    typed.now += 1.6
    typed.terminal.order("yes")
    assert typed.app.taken[1:] == [(QuestionKind.CONTROL, True)]


def test_a_yes_lets_in_nobody_to_whom_one_was_handed_over_at_once() -> None:
    """Its question too can come while an answer to another is typed; a no is taken at once."""
    typed = Typed(as_json=True)
    handed = dataclasses.replace(COMES_IN, handover=Handover(by="Jiro"))
    typed.app.ask(handed)
    typed.said()
    typed.terminal.order("yes")
    assert typed.app.taken == []
    assert [(one["event"], one["order"]) for one in map(json.loads, typed.said())] == [("not_now", "yes")]
    typed.terminal.order("no")
    assert typed.app.taken == [(QuestionKind.ALLOW, False)]


def test_what_says_what_it_answers_is_taken_at_once() -> None:
    """Scripts give control by `grant`; so is a yes to what the person has begun."""
    typed = Typed(as_json=True)
    for question, line in (
        (CONTROLS, "grant"),
        (CONTROLS, "refuse"),
        (CONTROLS, "no"),
        (dataclasses.replace(CONTROLS, own=True), "yes"),
        (COMES_IN, "yes"),
        (COMES_IN, "allow"),
    ):
        typed.app.ask(question)
        typed.terminal.order(line)
        assert typed.app.taken.pop() == (question.kind, line not in {"refuse", "no"})


def test_control_that_may_not_be_allowed_is_answered_with_why() -> None:
    """Whoever types `control` reads that the organisation allows only looking; nothing is asked."""
    typed = Typed(as_json=True)
    session = SessionView(
        session="s", request="r", role=Role.USER, phase=SessionPhase.CONNECTED, mode=Mode.VIEW, most=Mode.VIEW
    )
    typed.app.view = dataclasses.replace(typed.app.view, stage=RequestStage.SESSION, session=session)
    typed.said()
    typed.terminal.order("control")
    [told] = map(json.loads, typed.said())
    assert (told["event"], told["code"]) == ("problem", "control_beyond_most")


def test_the_list_says_what_may_be_allowed() -> None:
    """In words, and for scripts."""
    listed = (
        GroupEntry(group="Interns", available=1, most=Mode.VIEW),
        GroupEntry(group="Desk", available=1),
        HelperEntry(uri="tasuki://x/helper/1", name="Taro", most=Mode.VIEW),
    )
    event = listing_event(MatchingView(helpers=listed, listed=True), 0.0)
    assert [line.endswith(("may only look", "may only look)")) for line in event.text.splitlines()] == [
        *(False, False, True, True),
    ]
    groups: Any = event.facts["groups"]
    assert [one["most"] for one in groups] == ["control", "view"]
