"""How often something may happen."""

from relay.core.token_bucket import TokenBucket


def test_a_bucket() -> None:
    """A burst up to the count, then as fast as it fills, never more for having waited long."""
    bucket = TokenBucket(count=2, seconds=10)
    assert bucket.idle(0)
    assert [bucket.allow(0), bucket.allow(0), bucket.allow(0)] == [True, True, False]
    assert not bucket.idle(4)
    assert [bucket.allow(4.9), bucket.allow(5), bucket.allow(5)] == [False, True, False]
    assert bucket.idle(100)
    assert [bucket.allow(100), bucket.allow(100), bucket.allow(100)] == [True, True, False]
