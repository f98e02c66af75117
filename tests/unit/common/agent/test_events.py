"""Differences of views become events with a sentence."""

from dataclasses import replace
from datetime import timedelta

import pytest

from common.agent.events import (
    AgentEvent,
    happened_event,
    matching_events,
    mode_text,
    problem_text,
    request_event,
    session_events,
    time_text,
    to_facts,
)
from common.agent.matching.problems import is_hopeless
from common.agent.views import (
    ChatLeftOut,
    ChatReceived,
    ClipboardLeftOut,
    ClipboardReceived,
    ControlRefused,
    InputLost,
    KeysUnpressed,
    MatchingView,
    PointerShown,
    ScreenChanged,
    SessionEvent,
    SessionView,
)
from common.host.errors import TasukiError
from common.protocol.channel_clip import ClipWhy
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Code, Mode, Peer, RequestEntry, ToAnyone, ToGroup, ToHelper
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase

IDS = {"session": "5" * 32, "request": "a" * 32}
VIEW = SessionView(
    session=IDS["session"],
    request=IDS["request"],
    role=Role.USER,
    phase=SessionPhase.GREETING,
    mode=Mode.VIEW,
    peer_name="Taro",
    peer_uri="tasuki://o/helper/1",
)
CONNECTED = replace(VIEW, phase=SessionPhase.CONNECTED)


def names(events: list[AgentEvent]) -> list[str]:
    """The events' names."""
    return [one.name for one in events]


def test_coming_online_is_told_once() -> None:
    """Online when it comes, and not again at the next change."""
    online = MatchingView(phase=MatchingPhase.ONLINE, name="Hanako", organisation="o", account="tasuki://o/user/1")
    (event,) = matching_events(MatchingView(), online)
    assert event.name == "online"
    assert "Hanako" in event.text
    assert list(matching_events(online, replace(online, clock_skew=1.0))) == []


def test_being_offline_says_why() -> None:
    """Each new problem is told once, as a sentence."""
    problem = TasukiError("relay_lost", address="relay.example")
    lost = MatchingView(phase=MatchingPhase.RETRYING, problem=problem)
    (event,) = matching_events(MatchingView(phase=MatchingPhase.ONLINE), lost)
    assert (event.name, event.facts["code"]) == ("offline", "relay_lost")
    assert "relay.example" in event.text
    assert list(matching_events(lost, replace(lost, clock_skew=5.0))) == []
    (event,) = matching_events(MatchingView(), replace(lost, lost=1e9))
    assert event.text.endswith(f"Trying again since {time_text(1e9)}.")
    assert event.facts["since"] == 1e9
    (event,) = matching_events(MatchingView(), replace(lost, lost=1e9, refused=Code.CERTIFICATE_REVOKED))
    assert "Trying again" not in event.text


def test_a_lost_connection_has_its_clock() -> None:
    """Since when, and until when it is tried."""
    events = session_events(
        CONNECTED, replace(CONNECTED, phase=SessionPhase.INTERRUPTED, lost=1e9, tried_until=1e9 + 180)
    )
    (event,) = (one for one in events if one.name == "interrupted")
    said = f"Connection lost at {time_text(1e9)}, trying again until {time_text(1e9 + 180)} at most…"
    assert (event.text, event.facts["until"]) == (said, 1e9 + 180)


def test_being_replaced_is_told() -> None:
    """The same certificate elsewhere."""
    replaced = MatchingView(phase=MatchingPhase.REPLACED)
    assert names(list(matching_events(MatchingView(), replaced))) == ["replaced"]
    assert is_hopeless(replaced)


def test_what_is_hopeless() -> None:
    """A revoked certificate is; a lost connection is not."""
    retrying = MatchingView(phase=MatchingPhase.RETRYING)
    assert not is_hopeless(retrying)
    assert is_hopeless(replace(retrying, refused=Code.CERTIFICATE_REVOKED))
    assert not is_hopeless(replace(retrying, phase=MatchingPhase.DIALLING, refused=Code.CERTIFICATE_REVOKED))
    assert is_hopeless(replace(retrying, problem=TasukiError("certificate_expired")))


def test_a_session_is_told_in_order() -> None:
    """Phases for scripts; connected, mode, paused and ended for people too."""
    assert names(list(session_events(None, VIEW))) == ["session"]
    phase, connected = session_events(VIEW, CONNECTED)
    assert phase.text == ""
    assert connected.facts == {**IDS, "peer": {"name": "Taro", "uri": "tasuki://o/helper/1"}, "mode": "view"}
    control = replace(CONNECTED, mode=Mode.CONTROL, paused=True)
    mode, paused = session_events(CONNECTED, control)
    assert (mode.facts["mode"], paused.facts["on"], paused.facts["why"]) == ("control", True, "user")
    (changed,) = session_events(CONNECTED, replace(CONNECTED, screens_changed=True))
    assert (changed.facts["on"], changed.facts["why"]) == (True, "screens")
    assert changed.text != paused.text
    (goes_on,) = session_events(replace(CONNECTED, screens_changed=True), CONNECTED)
    assert (goes_on.facts["on"], goes_on.facts["why"]) == (False, None)
    ended = replace(control, phase=SessionPhase.ENDED, why=Why.CUT)
    assert names(list(session_events(control, ended))) == ["session", "ended"]
    assert list(session_events(ended, ended)) == []


def test_the_end_says_why() -> None:
    """The reason, who did it, and what failed where there is more to say."""
    ended = replace(VIEW, phase=SessionPhase.ENDED, why=Why.USER_ENDED, by=Role.USER)
    event = list(session_events(VIEW, ended))[-1]
    assert (event.facts["why"], event.facts["by"]) == ("user_ended", "user")
    assert "code" not in event.facts
    problem = TasukiError("clocks_differ", here="now", relay="then", difference=timedelta(hours=1))
    event = list(session_events(VIEW, replace(ended, problem=problem, by=None)))[-1]
    assert event.facts["code"] == "clocks_differ"
    assert "1 hour ahead" in event.text


@pytest.mark.parametrize(
    ("happened", "name", "facts"),
    [
        (ChatReceived("hello"), "chat", {"text": "hello"}),
        (ChatLeftOut(), "chat_left_out", {}),
        (ClipboardLeftOut(ClipWhy.TOO_LARGE, 9 << 20), "clipboard_left_out", {"why": "too_large", "size": 9 << 20}),
        (ClipboardLeftOut(ClipWhy.KIND), "clipboard_left_out", {"why": "kind", "size": 0}),
        (ClipboardReceived("text", 5), "clipboard", {"content": "text", "size": 5}),
        (KeysUnpressed("あ", (5,), 2), "keys_unpressed", {"text": "あ", "keys": [5], "more": 2}),
        (InputLost(TasukiError("input_overrun")), "input_lost", {"code": "input_overrun"}),
        (PointerShown(1, 2), "pointer", {"x": 1, "y": 2}),
        (ScreenChanged(800, 600, "pc"), "screen", {"width": 800, "height": 600, "name": "pc"}),
        (ControlRefused(), "control_refused", {}),
    ],
)
def test_events(happened: SessionEvent, name: str, facts: dict[str, object]) -> None:
    """Each event with its facts and the session's ids."""
    event = happened_event(happened, VIEW)
    assert (event.name, event.facts) == (name, {**IDS, **facts})


def test_what_could_not_be_pressed_is_named() -> None:
    """Characters as they are, keys by their numbers, and how many more."""
    text = happened_event(KeysUnpressed("あ🎉", (0x1008FF14,), 7), VIEW).text
    assert "あ, 🎉, 0x1008FF14 (+ 7)" in text


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
    event = request_event(entry, number=3)
    assert event.text.startswith("[3] Hanako")
    assert "See the tray" in event.text
    assert (event.facts["number"], event.facts["to"], event.facts["mode"]) == (3, {"kind": "anyone"}, "control")


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
