"""When a side says something, and when silence is told."""

from common.protocol.session_timing import SessionTiming
from common.protocol.signs_of_life import SignsOfLife


def test_nothing_is_counted_before_there_is_a_connection() -> None:
    """What goes out then begins no clock."""
    signs = SignsOfLife(SessionTiming())
    signs.said(1.0)
    assert not signs.begun
    assert not signs.probe(1.0)
    signs.begin(2.0)
    assert signs.begun
    assert signs.probe(3.0)
    assert not signs.probe(3.1)
