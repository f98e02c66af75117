"""The audit chain: what a row's digest is over, and the walk that checks a chain of them.

    version 2: SHA-256("tasuki-audit-2" 0 ‖ previous ‖ JSON [number, time, actor, event, subject, facts, names])
    version 1: SHA-256("tasuki-audit-1" 0 ‖ previous ‖ JSON [number, time, actor, event, subject, facts])

with facts and names sorted. `names` has SHA-256(salt ‖ name) for the accounts in the row; names and salts themselves are in no
digest, and can go (relay.store.naming). The first row's `previous` is 32 zero bytes. A chain that was cut off at its end holds
together: who wants to notice that keeps the head (number and digest) elsewhere.

A row that was erased keeps number, digest and `previous`, and says nothing any more. Only a later row `person.erased` that names its number
makes that good: its fact `rows` has numbers and spans of them, as "3 17-20".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final

import msgspec

from relay.core.records import ERASED, AuditEntry, AuditRow, Verdict

START: Final = bytes(32)
VERSION: Final = 2
"""Of the rows that are written now."""
SPANS: Final = 500
"""Spans that one row `person.erased` names at most."""

_encoder = msgspec.json.Encoder(order="deterministic")


def link(
    entry: AuditEntry, *, number: int, previous: bytes, names: Mapping[str, str] | None = None, version: int = VERSION
) -> AuditRow:
    """The entry with its place in the chain, behind the row whose digest is `previous`. Raises ValueError for a version that is none."""
    row = AuditRow(number=number, entry=entry, names=dict(names or {}), previous=previous, digest=b"", version=version)
    return replace(row, digest=_digest(row))


def _digest(row: AuditRow) -> bytes:
    """What it ought to be."""
    entry = row.entry
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    said: list[Any] = [row.number, at, entry.actor, entry.event, entry.subject, entry.facts]
    match row.version:
        case 1:
            prefix = b"tasuki-audit-1\0"
        case 2:
            prefix = b"tasuki-audit-2\0"
            said.append(row.names)
        case _:
            raise ValueError(f"version {row.version}")
    return sha256(prefix + row.previous + _encoder.encode(said)).digest()


def extend(
    entries: Iterable[AuditEntry],
    *,
    number: int,
    previous: bytes,
    names: Callable[[AuditEntry], Mapping[str, str]] = lambda _: {},
) -> list[AuditRow]:
    """Rows for the entries, in their order, behind row `number` (0: none yet) whose digest is `previous`."""
    rows = []
    for entry in entries:
        number += 1
        row = link(entry, number=number, previous=previous, names=names(entry))
        previous = row.digest
        rows.append(row)
    return rows


def verify(rows: Iterable[AuditRow], verdict: Verdict = Verdict(rows=0)) -> Verdict:  # noqa: B008  (frozen)
    """Go on from `verdict` along the rows that follow; stops at the first that does not fit. `complete` says what is left to be said."""
    count, head, erased = verdict.rows, verdict.head, verdict.erased
    unconfirmed = set(verdict.unconfirmed)
    if not verdict.holds:
        return verdict
    for row in rows:
        if row.number != count + 1 or row.previous != head or not _fits(row):
            return replace(
                verdict, rows=count, broken_at=count + 1, head=head, erased=erased, unconfirmed=frozenset(unconfirmed)
            )
        count, head = row.number, row.digest
        if row.erased:
            erased += 1
            unconfirmed.add(count)
        elif row.entry.event == ERASED and unconfirmed:
            for begin, end in spans_of(row.entry):
                unconfirmed.difference_update([one for one in unconfirmed if begin <= one <= end])
    return replace(verdict, rows=count, head=head, erased=erased, unconfirmed=frozenset(unconfirmed))


def complete(verdict: Verdict) -> Verdict:
    """At the end of the log: an erased row that no later one has confirmed is damage."""
    if not verdict.holds or not verdict.unconfirmed:
        return verdict
    return replace(verdict, broken_at=min(verdict.unconfirmed))


def _fits(row: AuditRow) -> bool:
    """Whether it says what was written; of an erased one nothing but its place is left to be looked at."""
    if row.erased:
        return row.entry.facts == {} and row.entry.event != ERASED and len(row.digest) == len(START)
    try:
        return row.digest == _digest(row)
    except (ValueError, TypeError, OverflowError):  # a version of nobody's, or what is no JSON
        return False


def erased_texts(numbers: Iterable[int]) -> list[str]:
    """The fact `rows` of as many rows `person.erased` as it takes; one that names none where there are none."""
    spans = list(_spans(sorted(set(numbers))))
    texts = [f"{begin}" if begin == end else f"{begin}-{end}" for begin, end in spans]
    return [" ".join(texts[place : place + SPANS]) for place in range(0, len(texts), SPANS)] or [""]


def spans_of(entry: AuditEntry) -> list[tuple[int, int]]:
    """What such a fact names; nothing where it cannot be read."""
    try:
        found = []
        for word in str(entry.facts.get("rows") or "").split():
            begin, dash, end = word.partition("-")
            found.append((int(begin), int(end if dash else begin)))
    except ValueError:
        return []
    return found


def _spans(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    if not numbers:
        return
    begin = numbers[0]
    for one, following in pairwise([*numbers, numbers[-1] + 2]):
        if following != one + 1:
            yield begin, one
            begin = following
