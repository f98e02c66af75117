"""The gate for connections that are not known yet, and the rate of what costs more than a connection."""

import random

import pytest

from relay.core.admission import Gate, Quota, group_of


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("somewhere", "somewhere"),
    ],
)
def test_what_counts_as_one(address: str, group: str) -> None:
    """An IPv4 address, an IPv6 /64; IPv4 in IPv6 is IPv4."""
    assert group_of(address) == group


def gate(*, per_address: int = 4, total: int = 8, early_drop: float = 1.0, luck: float = 0.0) -> Gate:
    """A gate whose luck is always the same."""
    return Gate(per_address=per_address, total=total, early_drop=early_drop, random=lambda: luck)


def test_the_cap_of_one_address() -> None:
    """Up to it, not past it; others come in meanwhile; a place given up is free again."""
    one = gate()
    passes = [one.admit("192.0.2.1") for _ in range(4)]
    assert None not in passes
    assert one.admit("192.0.2.1") is None
    assert one.admit("192.0.2.2") is not None
    assert one.inside == 5
    assert one.turned_away == 1
    first = passes[0]
    assert first is not None
    first.release()
    first.release()
    assert one.inside == 4
    assert one.admit("192.0.2.1") is not None


def test_the_cap_of_all() -> None:
    """Whoever comes; nothing is remembered of those turned away."""
    one = gate()
    passes = [one.admit(f"192.0.2.{number}") for number in range(8)]
    assert None not in passes
    assert one.admit("192.0.2.100") is None
    for place in passes:
        assert place is not None
        place.release()
    assert one.inside == 0
    assert one.admit("192.0.2.100") is not None


def test_ipv6_counts_by_64() -> None:
    """One household with 2^64 addresses is one."""
    one = gate()
    assert None not in [one.admit(f"2001:db8::{number:x}") for number in range(4)]
    assert one.admit("2001:db8::ffff") is None
    assert one.admit("2001:db8:0:1::1") is not None


@pytest.mark.parametrize(("inside", "likely"), [(0, 0.0), (74, 0.0), (75, 0.0), (80, 0.2), (90, 0.6), (99, 0.96)])
def test_early_drop(inside: int, likely: float) -> None:
    """Nobody below three quarters of a cap, then more and more."""
    for luck in (max(0.0, likely - 0.01), likely + 0.01):
        one = gate(per_address=1000, total=100, early_drop=0.75, luck=2.0)
        for number in range(inside):
            assert one.admit(f"192.0.2.{number}") is not None
        one._random = lambda luck=luck: luck  # type: ignore[misc]
        assert (one.admit("198.51.100.1") is None) == (luck < likely)


def test_early_drop_in_numbers() -> None:
    """Of a thousand newcomers at seven eighths about half get in."""
    dropped = 0
    for seed in range(1000):
        one = Gate(per_address=1000, total=80, early_drop=0.75, random=random.Random(seed).random)
        one._inside = 70
        dropped += one.admit("192.0.2.1") is None
    assert 430 < dropped < 570


def test_a_quota_of_one_key() -> None:
    """So many in a window, then the time until it is over; the next window begins anew; others have their own."""
    quota = Quota(count=3, window=60.0)
    for _ in range(3):
        assert quota.wait("192.0.2.1", 10.0) == 0
        quota.use("192.0.2.1", 10.0)
    assert quota.wait("192.0.2.1", 10.0) == 60
    assert quota.wait("192.0.2.2", 10.0) == 0
    assert 0 < quota.wait("192.0.2.1", 69.9) < 0.2
    assert quota.wait("192.0.2.1", 70.0) == 0
    quota.use("192.0.2.1", 70.0)
    assert quota.wait("192.0.2.1", 70.0) == 0


def test_asking_uses_nothing_up() -> None:
    """Only what is counted counts."""
    quota = Quota(count=1, window=60.0)
    assert [quota.wait("a", 1.0) for _ in range(5)] == [0] * 5


def test_windows_that_are_over_are_forgotten() -> None:
    """A flood of keys leaves nothing behind, and one that is asked about again has its old window until that is over."""
    quota = Quota(count=3, window=60.0)
    for number in range(2000):
        quota.use(("line", number), number / 1000)
    quota.use("192.0.2.1", 60.5)
    assert len(quota._used) == 1500
    quota.use("192.0.2.1", 62.0)
    assert len(quota._used) == 1


def test_a_flood_of_keys_is_bounded() -> None:
    """The one that began first is forgiven."""
    quota = Quota(count=1, window=60.0, keys=10)
    for number in range(11):
        quota.use(number, 0.0)
    assert quota.wait(0, 0.0) == 0
    assert quota.wait(1, 0.0) == 60
    assert len(quota._used) == 10
