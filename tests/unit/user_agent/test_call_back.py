"""A call back on the disk, and in words."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from common.agent.enrolment.folder import CALL_BACK
from common.agent.views import MatchingView
from common.host.words import set_language
from common.protocol.desk import Desk
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import OwnRequest
from common.protocol.messages import Mode, To, ToAnyone, ToGroup, ToHelper
from tests.support.zones import Berlin
from user_agent.call_back import CallBackFile, call_back_text, can_be_left, missed_text
from user_agent.views import MissedCall, RequestStage, UserView, Wish

ID = "a" * 32
TOKYO = timezone(timedelta(hours=9))


@dataclass
class Profile:
    """Who is enrolled here."""

    folder: Path
    owner: str = f"{'0' * 64} tasuki://x/user/1"


@pytest.mark.parametrize(
    ("to", "name", "wish"),
    [
        (ToHelper(uri="tasuki://x/helper/1"), "Hana", Wish(helper="tasuki://x/helper/1", mode=Mode.VIEW)),
        (ToGroup(group="Desk"), None, Wish(group="Desk", mode=Mode.VIEW)),
        (ToAnyone(), None, Wish(anyone=True, mode=Mode.VIEW)),
    ],
)
def test_kept(tmp_path: Path, to: To, name: str | None, wish: Wish) -> None:
    """All that is needed to go on with it: the request, the name that was clicked, the wish. Nobody else reads it."""
    request = OwnRequest(request=ID, to=to, mode=Mode.VIEW, topic="", name=name, call_back=True)
    whole = Wish(**{**vars_of(wish), "inventory": {"os": "x"}, "screens": ("left", "right")})  # type: ignore[arg-type]
    file = CallBackFile(Profile(tmp_path))
    assert file.read() is None
    file.write(request, whole)
    left = CallBackFile(Profile(tmp_path)).read()
    assert left is not None
    assert (left.request, left.to, left.name) == (ID, to, name)
    assert left.wish == whole
    if os.name == "posix":
        assert (tmp_path / CALL_BACK).stat().st_mode & 0o077 == 0
    file.remove()
    file.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("other", [f"{'1' * 64} tasuki://x/user/1", f"{'0' * 64} tasuki://x/user/2"])
def test_anothers(tmp_path: Path, other: str) -> None:
    """What was said to one organisation, or by one account, is told to no other: it is none, and gone."""
    request = OwnRequest(request=ID, to=ToAnyone(), mode=Mode.VIEW, topic="My salary", call_back=True)
    CallBackFile(Profile(tmp_path)).write(request, Wish(anyone=True, mode=Mode.VIEW))
    assert CallBackFile(Profile(tmp_path, other)).read() is None
    assert list(tmp_path.iterdir()) == []
    (tmp_path / CALL_BACK).write_bytes(b'{"request": "%s", "to": {"kind": "anyone"}, "mode": "view"}' % ID.encode())
    assert CallBackFile(Profile(tmp_path)).read() is None  # nobody knows whose


def vars_of(wish: Wish) -> dict[str, object]:
    """Its fields."""
    return {name: getattr(wish, name) for name in wish.__dataclass_fields__}


@pytest.mark.parametrize("data", [b"", b"[]", b'{"request": "no id", "to": {"kind": "anyone"}, "mode": "view"}'])
def test_damaged(tmp_path: Path, data: bytes) -> None:
    """As good as none."""
    (tmp_path / CALL_BACK).write_bytes(data)
    assert CallBackFile(Profile(tmp_path)).read() is None


def test_when_one_can_be_left() -> None:
    """While a request waits that is none yet, at a relay that takes some."""
    request = OwnRequest(request=ID, to=ToAnyone(), mode=Mode.VIEW)
    matching = MatchingView(phase=MatchingPhase.ONLINE, request=request, desk=Desk(call_back=True))
    assert can_be_left(UserView(stage=RequestStage.WAITING, matching=matching))
    assert not can_be_left(UserView(stage=RequestStage.SESSION, matching=matching))
    assert not can_be_left(UserView(stage=RequestStage.WAITING, matching=MatchingView(request=request)))


def test_when_it_ends_at_the_end_of_summer_time() -> None:
    """As clocks will show it then, in another offset than now; and nothing fails at the end of all calendars."""
    set_language("en")
    try:
        saturday, monday = (datetime(2026, 10, day, 15, 0, tzinfo=UTC).timestamp() for day in (24, 26))
        assert call_back_text(saturday, Berlin()).endswith("Saturday at 17:00.")
        assert call_back_text(monday, Berlin()).endswith("Monday at 16:00.")
        for far in (1e300, float("inf"), -1e300, 253402300799.0, 1e10):
            for zone in (Berlin(), TOKYO, timezone(timedelta(hours=-12)), None):
                assert call_back_text(far, zone)
    finally:
        set_language(None)


def test_words() -> None:
    """How long it stays, in the person's own time; who called in vain."""
    set_language("en")
    try:
        until = datetime(2026, 12, 4, 17, 0, tzinfo=TOKYO).timestamp()
        assert call_back_text(until, TOKYO).endswith("The request stays in the queue until Friday at 17:00.")
        assert "until" not in call_back_text(None, TOKYO)
        assert missed_text(None) == missed_text(MissedCall(name="")) == ""
        assert missed_text(MissedCall(name="Hana")).startswith("Hana wanted to help you and had no answer.")
    finally:
        set_language(None)
