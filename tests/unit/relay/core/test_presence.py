"""What users see of a helper."""

from common.protocol.messages import Status
from relay.core.presence import Presence


def test_shown() -> None:
    """Available, busy in a session, away when the helper says so whatever else is true."""
    assert Presence().shown(limit=2) is Status.AVAILABLE
    assert Presence().holding(1).shown(limit=2) is Status.BUSY
    assert Presence().says(Status.BUSY).shown(limit=2) is Status.BUSY
    assert Presence().says(Status.AWAY).holding(1).shown(limit=2) is Status.AWAY


def test_away_after_two_missed() -> None:
    """Two missed requests in a row make a helper away; an answer between them starts anew, and so does a status."""
    once = Presence().missed_one()
    assert once.shown(limit=2) is Status.AVAILABLE
    assert once.missed_one().shown(limit=2) is Status.AWAY
    assert once.answered().missed_one().shown(limit=2) is Status.AVAILABLE
    assert once.missed_one().says(Status.AVAILABLE).shown(limit=2) is Status.AVAILABLE
