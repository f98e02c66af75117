"""Rates."""

from relay.core.rates import Rate


def test_rate() -> None:
    """A burst up to the count, then as fast as it fills, never more for having waited long."""
    rate = Rate(count=2, seconds=10)
    assert rate.idle(0)
    assert [rate.allow(0), rate.allow(0), rate.allow(0)] == [True, True, False]
    assert not rate.idle(4)
    assert [rate.allow(4.9), rate.allow(5), rate.allow(5)] == [False, True, False]
    assert rate.idle(100)
    assert [rate.allow(100), rate.allow(100), rate.allow(100)] == [True, True, False]
