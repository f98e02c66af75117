"""What users see of a helper."""

from common.protocol.messages import Status
from relay.core.availability import Availability


def test_shown() -> None:
    """Available, busy in a session, away when the helper says so whatever else is true."""
    assert Availability().shown(missed_requests=2) is Status.AVAILABLE
    assert Availability().holding(1).shown(missed_requests=2) is Status.BUSY
    assert Availability().says(Status.BUSY).shown(missed_requests=2) is Status.BUSY
    assert Availability().says(Status.AWAY).holding(1).shown(missed_requests=2) is Status.AWAY


def test_away_after_two_missed() -> None:
    """Two missed requests in a row make a helper away; an answer between them starts anew, and so does a status."""
    once = Availability().missed_one()
    assert once.shown(missed_requests=2) is Status.AVAILABLE
    assert once.missed_one().shown(missed_requests=2) is Status.AWAY
    assert once.answered().missed_one().shown(missed_requests=2) is Status.AVAILABLE
    assert once.missed_one().says(Status.AVAILABLE).shown(missed_requests=2) is Status.AVAILABLE
