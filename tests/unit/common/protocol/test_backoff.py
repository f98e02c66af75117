"""Jittered, doubling, capped delays."""

from common.protocol.backoff import Backoff


def test_delays_double_up_to_the_cap() -> None:
    """With the highest jitter: 1, 2, 4, … and then the cap."""
    backoff = Backoff(random=lambda: 1.0, first=1.0, cap=10.0)
    assert [backoff.next() for _ in range(6)] == [1, 2, 4, 8, 10, 10]


def test_jitter_reaches_down_to_half() -> None:
    """With the lowest jitter each delay is half."""
    backoff = Backoff(random=lambda: 0.0, first=1.0, cap=10.0)
    assert [backoff.next() for _ in range(3)] == [0.5, 1, 2]


def test_reset_starts_small_again() -> None:
    """After a success the first delay is the first again."""
    backoff = Backoff(random=lambda: 1.0)
    backoff.next()
    backoff.next()
    backoff.reset()
    assert backoff.next() == 1


def test_many_tries_stay_finite() -> None:
    """Ten thousand tries later it is still the cap."""
    backoff = Backoff(random=lambda: 1.0)
    assert {backoff.next() for _ in range(10_000)} >= {60.0}
