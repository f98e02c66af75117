"""What the helper's command line says of requests and viewers."""

from itertools import pairwise

from msgspec.structs import replace

from common.agent.views import SessionView
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.messages import Gone, Mode, Peer, RequestEntry, ToAnyone
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from helper_agent.events import missed_event, numbered_event, queue_events, viewer_event, viewer_shown_events
from helper_agent.views import HelperView, NumberedRequest, RunningSession

ENTRY = RequestEntry(
    request="a" * 32, user=Peer(uri="tasuki://o/user/1", name="Hanako"), to=ToAnyone(), mode=Mode.VIEW, since=1.0
)
SESSION = SessionView(
    session="5" * 32, request="a" * 32, role=Role.HELPER, phase=SessionPhase.CONNECTED, mode=Mode.VIEW
)


def test_requests_come_and_go() -> None:
    """One event each; what this helper took itself is no news to a person."""
    waiting = HelperView(requests=(NumberedRequest(number=1, entry=ENTRY),))
    (came,) = queue_events(HelperView(), waiting)
    assert (came.name, came.facts["number"]) == ("request", 1)
    assert list(queue_events(waiting, waiting)) == []
    (went,) = queue_events(waiting, HelperView())
    assert (went.name, went.facts["ours"], "Hanako" in went.text) == ("request_gone", False, True)
    running = RunningSession(number=1, view=SESSION, user="Hanako")
    (took,) = queue_events(waiting, HelperView(sessions=(running,)))
    assert (took.facts["ours"], took.text) == (True, "")


def test_a_call_back_is_told_anew() -> None:
    """When it becomes one, and when its user comes or goes; not for other words."""
    views = [
        HelperView(requests=(NumberedRequest(number=1, entry=replace(ENTRY, **more)),))
        for more in ({}, {"call_back": True}, {"call_back": True, "topic": "x"}, {"call_back": True, "here": False})
    ]
    told = [[(one.name, one.text) for one in queue_events(*pair)] for pair in pairwise(views)]
    assert [len(events) for events in told] == [1, 0, 1]
    assert "(call back)" in told[0][0][1]
    assert "(call back, not connected now)" in told[2][0][1]


def test_who_was_too_late() -> None:
    """Another helper was faster, or the user did not wait; a name stays on its line."""
    taken = missed_event(Gone(request="a" * 32, why=Why.TAKEN), "Hana\nko", 3)
    assert (taken.name, taken.text) == ("missed", "Hana ko was taken by another helper.")
    assert taken.facts == {"request": "a" * 32, "number": 3, "why": "taken"}
    assert "no longer" in missed_event(Gone(request="a" * 32, why=Why.CANCELLED), "Hanako", 3).text


def test_viewers() -> None:
    """The page's address, where to connect, a failure, the close: each in words, with the session's number."""
    page = viewer_event(SESSION, "viewer", {"viewer": "builtin", "address": "http://127.0.0.1:1/#x"})
    assert "http://127.0.0.1:1/#x" in page.text
    none = viewer_event(SESSION, "viewer", {"viewer": "none", "host": "127.0.0.1", "port": 5, "password_file": "/p"})
    assert "127.0.0.1::5" in none.text
    assert viewer_event(SESSION, "viewer", {"viewer": "tigervnc", "pid": 5}).text == ""
    closed = viewer_event(SESSION, "viewer_closed", {"viewer": "tigervnc", "problem": None})
    assert "closed" in closed.text
    problem = TasukiError("no_viewer", name="x")
    failed = numbered_event(viewer_event(SESSION, "problem", {"problem": problem}), 3)
    assert failed.facts == {
        "session": "5" * 32,
        "request": "a" * 32,
        "code": "no_viewer",
        "text": str(problem),
        "number": 3,
    }
    assert failed.text.startswith("[3] ")


def test_whether_the_desktop_is_shown() -> None:
    """Told at each change, not at the beginning."""
    before = RunningSession(number=1, view=SESSION, user="Hanako")
    after = RunningSession(number=1, view=SESSION, user="Hanako", shown=True)
    assert list(viewer_shown_events(None, after)) == []
    (event,) = viewer_shown_events(before, after)
    assert (event.name, event.facts["on"]) == ("viewer_shows", True)
