"""Tickets: good once, for one slot, for a time; and whatever is wrong with one looks the same."""

import itertools
import random

from common.protocol.tickets import digest, new_ticket
from relay.core.tickets import LegSlot, Side, TicketTable

SESSION = "5" * 32
OTHER = "6" * 32


class Table(TicketTable):
    """A table, and tickets that are the same in every run."""

    def __init__(self, *, lifetime: float) -> None:
        super().__init__(lifetime=lifetime)
        self._random = random.Random(1).randbytes

    def issue(self, session: str, side: Side, now: float, *, pair: int = 0) -> str:
        """A new one, which the table holds."""
        ticket = new_ticket(self._random)
        self.hold(digest(ticket), LegSlot(session, side, pair), now)
        return ticket


def table(lifetime: float = 60.0) -> Table:
    """An empty one."""
    return Table(lifetime=lifetime)


def test_a_ticket_is_good_once() -> None:
    """The first to show it gets the slot; then it is worth nothing."""
    tickets = table()
    ticket = tickets.issue(SESSION, Side.USER, 0.0)
    assert len(tickets._entries) == 1
    assert tickets.take(ticket, 1.0) == LegSlot(SESSION, Side.USER)
    assert tickets.take(ticket, 1.0) is None
    assert len(tickets._entries) == 0


def test_each_side_has_its_own() -> None:
    """Which side a leg is, the table says, not whoever shows the ticket."""
    tickets = table()
    user, helper = (tickets.issue(SESSION, side, 0.0) for side in Side)
    assert user != helper
    assert tickets.take(helper, 0.0) == LegSlot(SESSION, Side.HELPER)
    assert tickets.take(user, 0.0) == LegSlot(SESSION, Side.USER)
    assert Side.USER.other is Side.HELPER
    assert Side.HELPER.other is Side.USER


def test_a_ticket_is_of_one_pair() -> None:
    """The next attempt at the same session has tickets of its own, and the older ones die."""
    tickets = table()
    older = tickets.issue(SESSION, Side.USER, 0.0)
    newer = tickets.issue(SESSION, Side.USER, 0.0, pair=1)
    assert tickets.take(older, 0.0) is None
    assert tickets.take(newer, 0.0) == LegSlot(SESSION, Side.USER, 1)


def test_a_ticket_dies_at_its_time() -> None:
    """To the moment; also when somebody looks too late, it is gone for good."""
    tickets = table(lifetime=10.0)
    early = tickets.issue(SESSION, Side.USER, 0.0)
    late = tickets.issue(SESSION, Side.HELPER, 0.0)
    assert tickets.take(early, 9.999) is not None
    assert tickets.take(late, 10.0) is None
    assert tickets.take(late, 0.0) is None


def test_a_newer_ticket_kills_the_older_of_its_side() -> None:
    """And leaves the other side's alone."""
    tickets = table()
    older = tickets.issue(SESSION, Side.USER, 0.0)
    helper = tickets.issue(SESSION, Side.HELPER, 0.0)
    newer = tickets.issue(SESSION, Side.USER, 1.0)
    assert tickets.take(older, 2.0) is None
    assert tickets.take(newer, 2.0) == LegSlot(SESSION, Side.USER)
    assert tickets.take(helper, 2.0) == LegSlot(SESSION, Side.HELPER)


def test_revoking_kills_both_sides_of_one_session() -> None:
    """Other sessions keep theirs; a session without tickets can be revoked too."""
    tickets = table()
    dead = [tickets.issue(SESSION, side, 0.0) for side in Side]
    alive = tickets.issue(OTHER, Side.USER, 0.0)
    tickets.revoke(SESSION)
    tickets.revoke(SESSION)
    assert [tickets.take(ticket, 0.0) for ticket in dead] == [None, None]
    assert tickets.take(alive, 0.0) == LegSlot(OTHER, Side.USER)


def test_unused_tickets_do_not_pile_up() -> None:
    """Expired ones leave when others are issued, in their order."""
    tickets = table(lifetime=10.0)
    for number in range(100):
        tickets.issue(f"{number:032x}", Side.USER, float(number))
    assert len(tickets._entries) == 10


def test_what_was_never_issued() -> None:
    """Any text, also one that no ticket can be, opens nothing and harms nothing."""
    tickets = table()
    good = tickets.issue(SESSION, Side.USER, 0.0)
    for text in ("", "A" * 22, good[:-1], good + "A", good.swapcase(), "é" * 22, "\0"):
        assert tickets.take(text, 0.0) is None
    assert tickets.take(good, 0.0) is not None


def test_no_two_are_alike() -> None:
    """128 bits each."""
    tickets = table()
    made = [tickets.issue(f"{number:032x}", side, 0.0) for number, side in itertools.product(range(500), Side)]
    assert len(set(made)) == len(made)
    assert all(len(ticket) == 22 for ticket in made)


def test_the_table_holds_no_ticket() -> None:
    """Only digests: what a dump of memory shows opens nothing."""
    tickets = table()
    ticket = tickets.issue(SESSION, Side.USER, 0.0)
    assert ticket not in repr(vars(tickets))
