"""Where the audit log begins that is still in the records: behind rows that lie in a file, or at the first."""

import sqlalchemy as sa

from relay.core.records import SegmentRecord, Verdict
from relay.store import chain, rows, tables
from relay.store.directory import Fetch


async def start(fetch: Fetch) -> Verdict:
    """What is known before the first row that is there: broken where rows are missing that no signed segment has."""
    log, segments, heads = tables.audit, tables.audit_segments, tables.audit_heads
    [first] = await fetch(sa.select(sa.func.min(log.c.number).label("first")), lambda row: row["first"])
    if first in {None, 1}:
        return Verdict(rows=0)
    statement = (
        sa.select(segments)
        .join(heads, sa.and_(heads.c.number == segments.c.last, heads.c.digest == segments.c.digest))
        .where(segments.c.last >= first - 1, heads.c.document.is_not(None))
        .order_by(segments.c.last)
    )
    found = await fetch(statement, rows.segment_of)
    if not found:
        return Verdict(rows=0, broken_at=1)
    return await _before(fetch, int(first), found[0])


async def _before(fetch: Fetch, first: int, segment: SegmentRecord) -> Verdict:
    """Where the removing of a segment's rows was cut short some are left: the first of these says what was before it."""
    if segment.last == first - 1:
        return Verdict(rows=segment.last, head=segment.digest, archived=segment.last)
    if segment.first > first:
        return Verdict(rows=0, broken_at=1)
    statement = sa.select(tables.audit.c.previous).where(tables.audit.c.number == first)
    [previous] = await fetch(statement, lambda row: bytes(row["previous"]))
    return Verdict(rows=first - 1, head=previous, archived=first - 1)


async def beginning(fetch: Fetch) -> tuple[int, bytes]:
    """Number of the first row there is, and the digest of the one before; the first of all, where there is none."""
    verdict = await start(fetch)
    return verdict.rows + 1, verdict.head if verdict.rows else chain.START
