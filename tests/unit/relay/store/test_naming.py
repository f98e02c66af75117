"""Names beside the audit log."""

import pytest

from relay.core.records import AuditEntry
from relay.store import naming
from tests.support.clock import START
from tests.support.people import ANNA, HANA, uri


def entry(**changes: object) -> AuditEntry:
    """Something that happened."""
    return AuditEntry(**{"at": START, "actor": "relay", "event": "e", "subject": "s", **changes})  # type: ignore[arg-type]


def test_whom_a_row_is_about() -> None:
    """Accounts by identifier or URI, in actor, subject and facts; not what only looks like one, and no lists of them."""
    assert naming.accounts_in(entry()) == frozenset()
    assert naming.accounts_in(entry(actor=uri(ANNA), subject=HANA.identifier)) == {ANNA.identifier, HANA.identifier}
    assert naming.accounts_in(entry(facts={"helper": uri(HANA), "up": 3, "n": None})) == {HANA.identifier}
    for wrong in (f"{ANNA.identifier} {HANA.identifier}", f"x{ANNA.identifier}", ANNA.identifier[:-1], "é" * 36):
        assert naming.accounts_in(entry(subject=wrong)) == frozenset()


@pytest.mark.parametrize("name", ["Anna", "安奈", "a\ud800b"])
def test_a_digest_says_nothing_without_its_salt(name: str) -> None:
    """Two of one name differ; each is told from another name."""
    one, two = naming.beside("a", name), naming.beside("a", name)
    digests = [naming.digest(each.salt, each.name) for each in (one, two)]
    assert digests[0] != digests[1]
    assert naming.is_true(one, digests[0])
    assert not naming.is_true(two, digests[0])
