"""The list of helpers, for very many who watch: who is sent what, in which order, and what others wait for meanwhile."""

from collections.abc import Callable

from common.protocol.messages import FromRelay, GroupEntry
from relay.matching.helper_list import PORTION, HelperList
from tests.support.clock import FakeClock

MANY = 3 * PORTION + 1


class Connection:
    """A watcher that counts its messages."""

    def __init__(self, sent: Callable[["Connection"], None] = lambda _: None) -> None:
        self.full = False
        self.asked = 0
        self.texts: list[str] = []
        self._sent = sent

    def send(self, message: FromRelay) -> None:
        """Lists are sent as text."""
        raise AssertionError(message)

    def send_text(self, text: str) -> None:
        """Count it."""
        self.texts.append(text)
        self._sent(self)


def list_of(clock: FakeClock) -> HelperList:
    """A list with one group in it."""
    helper_list = HelperList(clock=clock, list_every=1.0, list_batch=50)
    helper_list.put(GroupEntry(group="Desk"))
    return helper_list


def test_everybody_gets_the_change_and_others_get_their_turns_in_between() -> None:
    """A change is sent in portions; what else is due comes between them and not behind the last."""
    clock = FakeClock()
    helper_list = list_of(clock)
    order: list[str] = []
    crowd = [Connection(lambda _: order.append("list")) for _ in range(MANY)]
    for one in crowd:
        helper_list.watch(one, True)
    order.clear()
    clock.advance(5)

    def meanwhile() -> None:
        clock.call_later(0.001, lambda: order.append("session"))

    clock.call_later(0.999, meanwhile)
    helper_list.put(GroupEntry(group="Printers"))
    clock.advance(0.999)
    assert order == []
    clock.advance(0.001)
    assert order.count("list") == MANY
    assert order.index("session") == PORTION
    assert all(len(one.texts) == 2 for one in crowd)
    assert len({one.texts[1] for one in crowd}) == 1
    assert clock.waiting == 0


def test_who_leaves_or_stops_reading_between_two_portions_gets_nothing() -> None:
    """And who comes meanwhile has the whole list, once."""
    clock = FakeClock()
    helper_list = list_of(clock)
    late = Connection()
    crowd = [Connection() for _ in range(MANY)]

    def change(_: Connection) -> None:
        if len(crowd[0].texts) == 2:
            helper_list.leave(crowd[-1])
            helper_list.watch(crowd[-2], False)
            crowd[-3].full = True
            helper_list.watch(late, True)

    crowd[0] = Connection(change)
    for one in crowd:
        helper_list.watch(one, True)
    clock.advance(5)
    helper_list.put(GroupEntry(group="Printers"))
    clock.advance(1)
    assert [len(one.texts) for one in crowd[-4:]] == [2, 1, 1, 1]
    assert len(late.texts) == 1
    crowd[-3].full = False
    helper_list.resumed(crowd[-3])
    clock.advance(1)
    assert [len(one.texts) for one in crowd[-4:]] == [2, 2, 1, 1]
    assert clock.waiting == 0


def test_a_change_between_two_portions_reaches_everybody() -> None:
    """Those who had the first of the two get the second in the next second."""
    clock = FakeClock()
    helper_list = list_of(clock)
    crowd = [Connection() for _ in range(MANY)]
    for one in crowd:
        helper_list.watch(one, True)
    clock.advance(5)
    helper_list.put(GroupEntry(group="Printers"))
    clock.call_later(1, lambda: helper_list.put(GroupEntry(group="Hall")))
    clock.advance(1)
    clock.advance(1)
    assert all("Hall" in one.texts[-1] for one in crowd)
    assert clock.waiting == 0


def test_who_comes_costs_the_others_nothing() -> None:
    """Nobody else's state is looked at when one more watches a list that it has seen whole."""
    clock = FakeClock()
    helper_list = list_of(clock)
    asked = 0

    class Counting(Connection):
        @property
        def full(self) -> bool:
            nonlocal asked
            asked += 1
            return False

        @full.setter
        def full(self, value: bool) -> None: ...

    for _ in range(MANY):
        helper_list.watch(Counting(), True)
    assert asked <= MANY


def test_stopped_in_the_middle() -> None:
    """No portion follows."""
    clock = FakeClock()
    helper_list = list_of(clock)
    crowd = [Connection() for _ in range(MANY)]
    for one in crowd:
        helper_list.watch(one, True)
    clock.advance(5)
    helper_list.put(GroupEntry(group="Printers"))
    clock.call_later(1, helper_list.stop)
    clock.advance(1)
    assert sum(len(one.texts) == 2 for one in crowd) == PORTION
    assert clock.waiting == 0
