"""What is asked of the records of what is over, as values. relay.store.reading answers; times are aware datetimes in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from common.protocol.messages import To
from common.protocol.reasons import Why
from relay.core.records import SessionRecord

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From `begin` to before `end`; None is open."""

    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionFilter:
    """Which sessions: granted in `span`, with one of `accounts` at either end, of this group, ended so. None: whatever.

    A session is of a group where its request was made to that group, or its helper is a member of it now.
    """

    span: Span = Span()
    accounts: frozenset[str] | None = None
    group: str | None = None
    why: Why | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionEntry:
    """A session, and what its request says of it."""

    session: SessionRecord
    to: To
    topic: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """A place between two sessions, newest first: behind the one that was granted then and has this identifier."""

    granted_at: datetime
    identifier: str

    def __str__(self) -> str:
        """As `parse` reads it."""
        return f"{(self.granted_at - _EPOCH) // _MICROSECOND}.{self.identifier}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `str` made. Raises ValueError."""
        number, _dot, identifier = text.partition(".")
        if not (number.isascii() and number.isdecimal() and identifier):
            raise ValueError(f"no cursor: {text}")
        try:
            return cls(granted_at=_EPOCH + int(number) * _MICROSECOND, identifier=identifier)
        except OverflowError as error:
            raise ValueError(f"no cursor: {text}") from error
