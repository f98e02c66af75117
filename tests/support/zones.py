"""A zone with summer time: not every system has the tables that Python reads zones from."""

from datetime import UTC, datetime, timedelta, tzinfo

SUMMER = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
WINTER = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


class Berlin(tzinfo):
    """In 2026, told from moments alone."""

    def fromutc(self, dt: datetime) -> datetime:
        """An hour ahead, in summer two."""
        summer = SUMMER <= dt.replace(tzinfo=UTC) < WINTER
        return dt + timedelta(hours=2 if summer else 1)

    def utcoffset(self, dt: datetime | None) -> timedelta:
        """By the day, which is enough for what is compared here."""
        summer = dt is not None and SUMMER < dt.replace(tzinfo=UTC) < WINTER
        return timedelta(hours=2 if summer else 1)

    def dst(self, dt: datetime | None) -> timedelta:
        """What of it is summer's."""
        return self.utcoffset(dt) - timedelta(hours=1)

    def tzname(self, dt: datetime | None) -> str:
        """Its names."""
        return "CEST" if self.dst(dt) else "CET"
