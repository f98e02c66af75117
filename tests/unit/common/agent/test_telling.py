"""Differences of views become events with a sentence."""

from dataclasses import replace

import pytest

from common.agent import matching, session
from common.agent.matching import MatchingView
from common.agent.matching_problems import is_hopeless
from common.agent.session import ChatReceived, ControlRefused, PointerShown, ScreenChanged, SessionView
from common.agent.telling import (
    Told,
    event_told,
    matching_told,
    mode_text,
    problem_text,
    request_told,
    session_told,
    time_text,
    to_facts,
)
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.messages import Code, Mode, Peer, RequestEntry, ToAnyone, ToGroup, ToHelper
from common.protocol.reasons import Why

IDS = {"session": "5" * 32, "request": "a" * 32}
VIEW = SessionView(
    session=IDS["session"],
    request=IDS["request"],
    role=Role.USER,
    phase=session.Phase.GREETING,
    mode=Mode.VIEW,
    peer_name="Taro",
    peer_uri="tasuki://o/helper/1",
)
CONNECTED = replace(VIEW, phase=session.Phase.CONNECTED)


def names(told: list[Told]) -> list[str]:
    """The events' names."""
    return [one.event for one in told]


def test_coming_online_is_told_once() -> None:
    """Online when it comes, and not again at the next change."""
    online = MatchingView(phase=matching.Phase.ONLINE, name="Hanako", organisation="o", account="tasuki://o/user/1")
    (told,) = matching_told(MatchingView(), online)
    assert told.event == "online"
    assert "Hanako" in told.text
    assert list(matching_told(online, replace(online, clock_skew=1.0))) == []


def test_being_offline_says_why() -> None:
    """Each new problem is told once, as a sentence."""
    problem = TasukiError("relay_lost", address="relay.example")
    lost = MatchingView(phase=matching.Phase.RETRYING, problem=problem)
    (told,) = matching_told(MatchingView(phase=matching.Phase.ONLINE), lost)
    assert (told.event, told.facts["code"]) == ("offline", "relay_lost")
    assert "relay.example" in told.text
    assert list(matching_told(lost, replace(lost, retry_at=5.0))) == []


def test_being_replaced_is_told() -> None:
    """The same certificate elsewhere."""
    replaced = MatchingView(phase=matching.Phase.REPLACED)
    assert names(list(matching_told(MatchingView(), replaced))) == ["replaced"]
    assert is_hopeless(replaced)


def test_what_is_hopeless() -> None:
    """A revoked certificate is; a lost connection is not."""
    retrying = MatchingView(phase=matching.Phase.RETRYING)
    assert not is_hopeless(retrying)
    assert is_hopeless(replace(retrying, refused=Code.CERTIFICATE_REVOKED))
    assert not is_hopeless(replace(retrying, phase=matching.Phase.DIALLING, refused=Code.CERTIFICATE_REVOKED))
    assert is_hopeless(replace(retrying, problem=TasukiError("certificate_expired")))


def test_a_session_is_told_in_order() -> None:
    """Phases for scripts; connected, mode, paused and ended for people too."""
    assert names(list(session_told(None, VIEW))) == ["session"]
    phase, connected = session_told(VIEW, CONNECTED)
    assert phase.text == ""
    assert connected.facts == {**IDS, "peer": {"name": "Taro", "uri": "tasuki://o/helper/1"}, "mode": "view"}
    control = replace(CONNECTED, mode=Mode.CONTROL, paused=True)
    mode, paused = session_told(CONNECTED, control)
    assert (mode.facts["mode"], paused.facts["on"]) == ("control", True)
    ended = replace(control, phase=session.Phase.ENDED, why=Why.CUT)
    assert names(list(session_told(control, ended))) == ["session", "ended"]
    assert list(session_told(ended, ended)) == []


def test_the_end_says_why() -> None:
    """The reason, who did it, and what failed where there is more to say."""
    ended = replace(VIEW, phase=session.Phase.ENDED, why=Why.USER_ENDED, by=Role.USER)
    told = list(session_told(VIEW, ended))[-1]
    assert (told.facts["why"], told.facts["by"]) == ("user_ended", "user")
    assert "code" not in told.facts
    problem = TasukiError("clock_wrong", difference="+01:00")
    told = list(session_told(VIEW, replace(ended, problem=problem, by=None)))[-1]
    assert told.facts["code"] == "clock_wrong"
    assert "+01:00" in told.text


@pytest.mark.parametrize(
    ("event", "name", "facts"),
    [
        (ChatReceived("hello"), "chat", {"text": "hello"}),
        (PointerShown(1, 2), "pointer", {"x": 1, "y": 2}),
        (ScreenChanged(800, 600, "pc"), "screen", {"width": 800, "height": 600, "name": "pc"}),
        (ControlRefused(), "control_refused", {}),
    ],
)
def test_events(event: session.SessionEvent, name: str, facts: dict[str, object]) -> None:
    """Each event with its facts and the session's ids."""
    told = event_told(event, VIEW)
    assert (told.event, told.facts) == (name, {**IDS, **facts})


def test_a_request_is_told() -> None:
    """Who, what for, and the colleague's note."""
    entry = RequestEntry(
        request=IDS["request"],
        user=Peer(uri="tasuki://o/user/1", name="Hanako"),
        to=ToAnyone(),
        mode=Mode.CONTROL,
        topic="Printer",
        since=1.0,
        note="See the tray",
    )
    told = request_told(entry, number=3)
    assert told.text.startswith("[3] Hanako")
    assert "See the tray" in told.text
    assert (told.facts["number"], told.facts["to"], told.facts["mode"]) == (3, {"kind": "anyone"}, "control")


def test_whom() -> None:
    """Whom a request is for."""
    assert to_facts(ToHelper(uri="u")) == {"kind": "helper", "uri": "u"}
    assert to_facts(ToGroup(group="g")) == {"kind": "group", "group": "g"}


def test_modes_are_said_to_each_side() -> None:
    """The four sentences differ."""
    views = [replace(VIEW, role=role, mode=mode) for role in Role for mode in Mode]
    assert len({mode_text(view) for view in views}) == 4


def test_problems_and_times() -> None:
    """A bug is not shown as a sentence of its own; a time is a time of day."""
    assert "log" in problem_text(ValueError("secret"))
    assert len(time_text(0.0)) == 8
