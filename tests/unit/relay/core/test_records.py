"""The few things that records know by themselves."""

from datetime import UTC, datetime, timedelta

from relay.core.records import LINE_LIFE, EnrolmentRecord, Verdict


def test_verdict() -> None:
    """A chain holds when no row breaks it."""
    assert Verdict(rows=3).holds
    assert not Verdict(rows=3, broken_at=2).holds


def test_how_long_a_line_is_good() -> None:
    """As the CA said, else as long as one line alone is."""
    made = datetime(2026, 1, 1, tzinfo=UTC)
    assert EnrolmentRecord(account="a", created_at=made).good_until == made + LINE_LIFE
    until = made + timedelta(days=30)
    assert EnrolmentRecord(account="a", created_at=made, expires_at=until).good_until == until
