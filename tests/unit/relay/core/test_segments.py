"""A segment's lines: what is written is read, and what is none is an error."""

import pytest

from relay.core.records import AuditEntry, AuditRow
from relay.core.segments import KIND, SegmentEnd, SegmentHeader, decode, row_line, rows_of
from tests.support.clock import START


def row(number: int, previous: bytes, *, erased: bool = False) -> AuditRow:
    """A row of a log."""
    facts: dict[str, str | int | None] = {} if erased else {"mode": "view", "bytes": 7, "why": None}
    entry = AuditEntry(at=START, actor="relay", event="session.over", subject="花子", facts=facts)
    return AuditRow(
        number=number,
        entry=entry,
        names={"0e6f": "ab" * 32},
        previous=previous,
        digest=bytes([number]) * 32,
        version=1 if erased else 2,
        erased=erased,
    )


def test_rows_are_read_as_they_were() -> None:
    """Each knows the digest of the one before."""
    rows = [row(4, bytes([3]) * 32), row(5, bytes([4]) * 32, erased=True), row(6, bytes([5]) * 32)]
    lines = [row_line(one) for one in rows]
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    assert list(rows_of(lines, previous=bytes([3]) * 32)) == rows


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[" * 100_000, b"\xff", row_line(row(1, bytes(32))).replace(b'"digest":"01', b'"digest":"0Z')]
)
def test_what_is_no_row_is_an_error(line: bytes) -> None:
    """Whatever lies there."""
    with pytest.raises(ValueError, match=r".") as caught:
        list(rows_of([line], previous=bytes(32)))
    assert type(caught.value) is ValueError


def test_first_and_last_line() -> None:
    """Of the right kind alone."""
    header = decode(f'{{"kind": "{KIND}", "first": 1, "last": 9, "previous": "{"00" * 32}"}}'.encode(), SegmentHeader)
    assert (header.first, header.last) == (1, 9)
    assert decode(b'{"head": "AAE="}', SegmentEnd).head == b"\0\1"
    with pytest.raises(ValueError, match="kind"):
        decode(f'{{"kind": "another", "first": 1, "last": 9, "previous": "{"00" * 32}"}}'.encode(), SegmentHeader)
