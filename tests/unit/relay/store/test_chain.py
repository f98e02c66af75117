"""The audit chain."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relay.core.records import ERASED, AuditEntry, AuditRow, Verdict
from relay.store import chain
from tests.support.clock import START


def rows(count: int = 4) -> list[AuditRow]:
    """A chain."""
    entries = [AuditEntry(at=START, actor="a", event="e", subject=str(n), facts={"b": n, "a": 0}) for n in range(count)]
    return chain.extend(entries, number=0, previous=chain.START)


def test_known_digests() -> None:
    """The digest of a given row never changes: an old log must verify with a new program."""
    entry = rows(1)[0].entry
    first = chain.link(entry, number=1, previous=chain.START, version=1)
    assert first.digest.hex() == "e95b0d95a1eecc768170228d4aba99db57e34a54e59f0735192552c5de624ff5"
    second = chain.link(entry, number=2, previous=first.digest, names={"b": "02", "a": "01"})
    assert second.digest.hex() == "804c46a676aa088058e500767ea12d95bf8e61371168aa67030669105e3c81c2"
    assert chain.verify([first, second]) == Verdict(rows=2, head=second.digest)
    with pytest.raises(ValueError, match="version 3"):
        chain.link(entry, number=1, previous=chain.START, version=3)


def test_facts_are_sorted() -> None:
    """The order in which facts were named does not matter."""
    [row] = rows(1)
    turned = replace(row.entry, facts={"a": 0, "b": 0})
    assert chain.link(turned, number=1, previous=chain.START) == row


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize(
    "what", ["actor", "event", "subject", "facts", "at", "number", "previous", "digest", "names", "version", "v1"]
)
def test_a_changed_row_breaks_it(at: int, what: str) -> None:
    """Any field of any row, changed, is found at that row."""
    found = rows()
    row = found[at]
    if what == "number":
        found[at] = replace(row, number=9)
    elif what == "names":
        found[at] = replace(row, names={"a": "00"})
    elif what in {"version", "v1"}:
        found[at] = replace(row, version=1 if what == "v1" else 9)
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


def erasing(numbers: str) -> AuditEntry:
    """What confirms that these rows were erased."""
    return AuditEntry(at=START, actor="operator:a", event=ERASED, subject="somebody", facts={"rows": numbers})


def erased(row: AuditRow) -> AuditRow:
    """A row that says nothing any more."""
    return replace(row, entry=replace(row.entry, actor="", subject="", facts={}), erased=True)


def confirmed_by(numbers: str) -> list[AuditRow]:
    """A chain whose rows 2 and 3 were erased, with that for its end."""
    found = rows()
    end = chain.extend([erasing(numbers)], number=4, previous=found[-1].digest)
    return [found[0], erased(found[1]), erased(found[2]), found[3], *end]


@pytest.mark.parametrize("numbers", ["2-3", "3 2", "1-2 3", "2 3-900000000000"])
def test_erased_rows_that_a_later_one_names(numbers: str) -> None:
    """The chain holds, and says how many they are; in one walk or several."""
    found = confirmed_by(numbers)
    verdict = chain.complete(chain.verify(found))
    assert (verdict.holds, verdict.rows, verdict.erased, verdict.unconfirmed) == (True, 5, 2, frozenset())
    for at in range(6):
        assert chain.complete(chain.verify(found[at:], chain.verify(found[:at]))) == verdict


@pytest.mark.parametrize("numbers", ["2", "3", "", "4-5", "two", "-", "3-2", None])
def test_an_erased_row_that_nobody_names_is_damage(numbers: str | None) -> None:
    """Whoever only cleared it is found out, also where the row that should name it is another's or cannot be read."""
    verdict = chain.complete(chain.verify(confirmed_by(numbers)))  # type: ignore[arg-type]
    assert not verdict.holds
    assert verdict.broken_at == (3 if numbers == "2" else 2)


def test_erased_rows_are_named_by_what_stands_behind_them() -> None:
    """A row that confirms before, one that says something still, and one that was erased itself are none."""
    before = chain.extend([erasing("2"), rows(1)[0].entry], number=0, previous=chain.START)
    assert not chain.complete(chain.verify([before[0], erased(before[1])])).holds
    talking = confirmed_by("2-3")
    talking[1] = replace(talking[1], entry=replace(talking[1].entry, facts={"a": 1}))
    assert chain.verify(talking).broken_at == 2
    gone = confirmed_by("2-3")
    gone[4] = erased(gone[4])
    assert chain.verify(gone).broken_at == 5


def test_many_numbers_are_named_in_several_rows() -> None:
    """Each names as many spans as it may, and together they name them all; without any there is one row all the same."""
    assert chain.erased_texts([]) == [""]
    assert chain.erased_texts([5, 3, 4, 9, 3]) == ["3-5 9"]
    numbers = range(1, 2 * chain.SPANS + 4, 2)
    texts = chain.erased_texts(numbers)
    assert [len(text.split()) for text in texts] == [chain.SPANS, 2]
    assert [begin for text in texts for begin, _ in chain.spans_of(erasing(text))] == list(numbers)
