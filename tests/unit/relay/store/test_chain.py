"""The audit chain."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relay.core.records import AuditEntry, AuditRow, Verdict
from relay.store import chain
from tests.support.clock import START


def rows(count: int = 4) -> list[AuditRow]:
    """A chain."""
    entries = [AuditEntry(at=START, actor="a", event="e", subject=str(n), facts={"b": n, "a": 0}) for n in range(count)]
    return chain.extend(entries, number=0, previous=chain.START)


def test_known_digest() -> None:
    """The digest of a given row never changes: an old log must verify with a new program."""
    assert rows(1)[0].digest.hex() == "e95b0d95a1eecc768170228d4aba99db57e34a54e59f0735192552c5de624ff5"


def test_facts_are_sorted() -> None:
    """The order in which facts were named does not matter."""
    [row] = rows(1)
    turned = replace(row.entry, facts={"a": 0, "b": 0})
    assert chain.link(turned, number=1, previous=chain.START) == row


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("what", ["actor", "event", "subject", "facts", "at", "number", "previous", "digest"])
def test_a_changed_row_breaks_it(at: int, what: str) -> None:
    """Any field of any row, changed, is found at that row."""
    found = rows()
    row = found[at]
    if what == "number":
        found[at] = replace(row, number=9)
    elif what in {"previous", "digest"}:
        found[at] = replace(row, **{what: b"x" * 32})  # type: ignore[arg-type]
    else:
        new = {"facts": {"b": 99}, "at": START + timedelta(microseconds=1)}.get(what, "else")
        found[at] = replace(row, entry=replace(row.entry, **{what: new}))  # type: ignore[arg-type]
    verdict = chain.verify(found)
    assert (verdict.holds, verdict.broken_at, verdict.rows) == (False, at + 1, at)
    assert chain.verify(rows(), verdict) == verdict


def test_a_row_taken_out_put_in_or_moved() -> None:
    """Removing, adding and reordering are found."""
    assert chain.verify(rows()[:1] + rows()[2:]).broken_at == 2
    assert chain.verify(rows()[1:]).broken_at == 1
    assert chain.verify([*rows()[:2], rows()[1], *rows()[2:]]).broken_at == 3
    assert chain.verify([rows()[1], rows()[0]]).broken_at == 1


def test_in_parts() -> None:
    """A walk in parts comes to the same end as one walk."""
    assert chain.verify(rows()[2:], chain.verify(rows()[:2])) == chain.verify(rows())
    assert chain.verify([]) == Verdict(rows=0)
