"""What the helper's command line says of requests and viewers."""

from common.agent.session import Phase, SessionView
from common.host.errors import TasukiError
from common.protocol.identity import Role
from common.protocol.messages import Gone, Mode, Peer, RequestEntry, ToAnyone
from common.protocol.reasons import Why
from helper_agent.telling import missed_told, numbered_told, requests_told, shown_told, viewer_told
from helper_agent.views import HelperView, Numbered, Running

ENTRY = RequestEntry(
    request="a" * 32, user=Peer(uri="tasuki://o/user/1", name="Hanako"), to=ToAnyone(), mode=Mode.VIEW, since=1.0
)
SESSION = SessionView(session="5" * 32, request="a" * 32, role=Role.HELPER, phase=Phase.CONNECTED, mode=Mode.VIEW)


def test_requests_come_and_go() -> None:
    """One event each; what this helper took itself is no news to a person."""
    waiting = HelperView(requests=(Numbered(number=1, entry=ENTRY),))
    (came,) = requests_told(HelperView(), waiting)
    assert (came.event, came.facts["number"]) == ("request", 1)
    assert list(requests_told(waiting, waiting)) == []
    (went,) = requests_told(waiting, HelperView())
    assert (went.event, went.facts["ours"], "Hanako" in went.text) == ("request_gone", False, True)
    running = Running(number=1, view=SESSION, user="Hanako")
    (took,) = requests_told(waiting, HelperView(sessions=(running,)))
    assert (took.facts["ours"], took.text) == (True, "")


def test_who_was_too_late() -> None:
    """Another helper was faster, or the user did not wait; a name stays on its line."""
    taken = missed_told(Gone(request="a" * 32, why=Why.TAKEN), "Hana\nko", 3)
    assert (taken.event, taken.text) == ("missed", "Hana ko was taken by another helper.")
    assert taken.facts == {"request": "a" * 32, "number": 3, "why": "taken"}
    assert "no longer" in missed_told(Gone(request="a" * 32, why=Why.CANCELLED), "Hanako", 3).text


def test_viewers() -> None:
    """The page's address, where to connect, a failure, the close: each in words, with the session's number."""
    page = viewer_told(SESSION, "viewer", {"viewer": "builtin", "address": "http://127.0.0.1:1/#x"})
    assert "http://127.0.0.1:1/#x" in page.text
    none = viewer_told(SESSION, "viewer", {"viewer": "none", "host": "127.0.0.1", "port": 5, "password_file": "/p"})
    assert "127.0.0.1::5" in none.text
    assert viewer_told(SESSION, "viewer", {"viewer": "tigervnc", "pid": 5}).text == ""
    closed = viewer_told(SESSION, "viewer_closed", {"viewer": "tigervnc", "problem": None})
    assert "closed" in closed.text
    problem = TasukiError("no_viewer", name="x")
    failed = numbered_told(viewer_told(SESSION, "problem", {"problem": problem}), 3)
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
    before = Running(number=1, view=SESSION, user="Hanako")
    after = Running(number=1, view=SESSION, user="Hanako", shown=True)
    assert list(shown_told(None, after)) == []
    (told,) = shown_told(before, after)
    assert (told.event, told.facts["on"]) == ("viewer_shows", True)
