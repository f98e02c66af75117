"""The audit chain: what a row's digest is over, and the walk that checks a chain of them.

digest = SHA-256("tasuki-audit-1" 0 ‖ previous ‖ JSON [number, time, actor, event, subject, facts]) with the facts sorted
by name. The first row's `previous` is 32 zero bytes. A chain that was cut off at its end holds together: who wants to
notice that keeps the head (number and digest) elsewhere.
"""

from collections.abc import Iterable
from datetime import UTC
from hashlib import sha256

import msgspec

from relay.core.records import AuditEntry, AuditRow, Verdict

START = bytes(32)

_encoder = msgspec.json.Encoder(order="deterministic")


def link(entry: AuditEntry, *, number: int, previous: bytes) -> AuditRow:
    """The entry with its place in the chain, behind the row whose digest is `previous`."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    body = _encoder.encode([number, at, entry.actor, entry.event, entry.subject, entry.facts])
    digest = sha256(b"tasuki-audit-1\0" + previous + body).digest()
    return AuditRow(number=number, entry=entry, previous=previous, digest=digest)


def extend(entries: Iterable[AuditEntry], *, number: int, previous: bytes) -> list[AuditRow]:
    """Rows for the entries, in their order, behind row `number` (0: none yet) whose digest is `previous`."""
    rows = []
    for entry in entries:
        number += 1
        row = link(entry, number=number, previous=previous)
        previous = row.digest
        rows.append(row)
    return rows


def verify(rows: Iterable[AuditRow], verdict: Verdict = Verdict(rows=0)) -> Verdict:  # noqa: B008  (frozen)
    """Go on from `verdict` along the rows that follow; stops at the first that does not fit."""
    count, head = verdict.rows, verdict.head
    if not verdict.holds:
        return verdict
    for row in rows:
        if row != link(row.entry, number=count + 1, previous=head):
            return Verdict(rows=count, broken_at=count + 1, head=head)
        count, head = row.number, row.digest
    return Verdict(rows=count, head=head)
