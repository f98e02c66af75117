"""A segment of the audit log as a file: rows from the first to one whose head the CA has signed, which verifies by itself.

    {"kind": "tasuki-audit-segment-1", "first", "last", "previous"}      digest of the row before, in hex
    {"number", "at", "actor", "event", "subject", "facts", "names", "version", "erased", "digest"}     each row; names are digests
    {"head"}                                                           the signed head of the last row, base64

Names are not in it: those stand beside the log alone, where they can be erased.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec

from relay.core.records import AuditEntry, AuditRow

KIND: Final = "tasuki-audit-segment-1"
LINE_LIMIT: Final = 4 << 20
"""Bytes of a line."""
Line = TypeVar("Line", bound=msgspec.Struct)
_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class SegmentHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The first line."""

    kind: Annotated[str, msgspec.Meta(pattern=f"^{KIND}$")]
    first: Annotated[int, msgspec.Meta(ge=1)]
    last: Annotated[int, msgspec.Meta(ge=1)]
    previous: _Digest


class SegmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the log."""

    number: int
    at: datetime
    actor: str
    event: str
    subject: str
    facts: dict[str, str | int | None]
    names: dict[str, str]
    version: int
    erased: bool
    digest: _Digest


class SegmentEnd(msgspec.Struct, frozen=True, kw_only=True):
    """The last line."""

    head: bytes


def row_line(row: AuditRow) -> bytes:
    """A line of a segment, with its end."""
    entry = row.entry
    line = SegmentRow(
        number=row.number,
        at=entry.at,
        actor=entry.actor,
        event=entry.event,
        subject=entry.subject,
        facts=entry.facts,
        names=row.names,
        version=row.version,
        erased=row.erased,
        digest=row.digest.hex(),
    )
    return msgspec.json.encode(line) + b"\n"


def rows_of(lines: Iterable[bytes], *, previous: bytes) -> Iterator[AuditRow]:
    """Rows of such lines, the first behind the row whose digest is `previous`. Raises ValueError."""
    for line in lines:
        one = decode(line, SegmentRow)
        entry = AuditEntry(at=one.at, actor=one.actor, event=one.event, subject=one.subject, facts=one.facts)
        row = AuditRow(
            number=one.number,
            entry=entry,
            names=one.names,
            previous=previous,
            digest=bytes.fromhex(one.digest),
            version=one.version,
            erased=one.erased,
        )
        yield row
        previous = row.digest


def decode(line: bytes, kind: type[Line]) -> Line:
    """Raises ValueError."""
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None
