"""Requests have numbers, as long as there is something to say of them."""

from common.protocol.messages import Mode, Peer, RequestEntry, ToAnyone
from helper_agent.request_numbers import RequestNumbers


def entry(request: str, topic: str = "") -> RequestEntry:
    """A request that waits."""
    user = Peer(uri="tasuki://Example/user/x", name="Anna")
    return RequestEntry(request=request * 32, user=user, to=ToAnyone(), mode=Mode.VIEW, topic=topic, since=1.0)


def test_numbers_count_up() -> None:
    """In the order in which requests came, whatever is seen again."""
    ledger = RequestNumbers()
    ledger.seen([entry("a"), entry("b")])
    ledger.seen([entry("b"), entry("c")])
    assert [ledger.number(request * 32) for request in "abcd"] == [1, 2, 3, 4]


def test_the_newest_words_count() -> None:
    """A request may be said otherwise while it waits."""
    ledger = RequestNumbers()
    ledger.seen([entry("a", "printer")])
    ledger.seen([entry("a", "smoke")])
    found = ledger.entry("a" * 32)
    assert found is not None
    assert found.topic == "smoke"


def test_what_is_over_is_forgotten() -> None:
    """And its number is never given again."""
    ledger = RequestNumbers()
    ledger.seen([entry("a"), entry("b")])
    ledger.keep({"b" * 32})
    assert "a" * 32 not in ledger
    assert ledger.entry("a" * 32) is None
    ledger.seen([entry("a")])
    assert (ledger.number("b" * 32), ledger.number("a" * 32)) == (2, 3)
