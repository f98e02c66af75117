"""The few things that records know by themselves."""

from relay.core.records import Verdict


def test_verdict() -> None:
    """A chain holds when no row breaks it."""
    assert Verdict(rows=3).holds
    assert not Verdict(rows=3, broken_at=2).holds
