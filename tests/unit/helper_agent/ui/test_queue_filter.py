"""Which requests a helper has chosen to see."""

from common.protocol.messages import ToGroup, ToHelper
from helper_agent.ui.queue_filter import Audience, QueueFilter, groups, whom
from tests.support.waiting import NOW, OWN, queue, waiting


def shown(chosen: QueueFilter) -> list[int]:
    """The numbers of those that are let through."""
    return [one.number for one in chosen.take(queue().requests)]


def test_who_waits_longest_stands_first_whatever_the_order() -> None:
    """And two of the same moment never change places."""
    same = [waiting(number, since=NOW) for number in (3, 1, 2)]
    assert [one.number for one in QueueFilter().take(same)] == [1, 2, 3]
    assert [one.number for one in QueueFilter().take(reversed(queue().requests))] == [1, 2, 3, 4, 5]


def test_call_backs_stand_behind_those_who_wait() -> None:
    """As the users are told: nobody who waits counts them, however long ago they were left."""
    first = [waiting(1, since=NOW - 900, call_back=True), waiting(2, since=NOW), waiting(3, since=NOW - 5)]
    assert [one.number for one in QueueFilter().take(first)] == [3, 2, 1]


def test_by_whom_they_ask() -> None:
    """This helper, anyone, one group."""
    assert shown(QueueFilter(whom=Audience.ME)) == [1]
    assert shown(QueueFilter(whom=Audience.ANYONE)) == [3, 4]
    assert shown(QueueFilter(whom=Audience.GROUP, group="Second floor")) == [2]
    assert shown(QueueFilter(whom=Audience.GROUP, group="Nobody")) == []
    assert whom(waiting(1, to=ToHelper(uri=OWN)).entry) is Audience.ME


def test_words_are_looked_for_everywhere() -> None:
    """Name, topic, group, a colleague's note and the computer, in any case; all of the words."""
    assert shown(QueueFilter(text="  HANAKO printer ")) == [1]
    assert shown(QueueFilter(text="excel")) == [2]
    assert shown(QueueFilter(text="accounting")) == [5]
    assert shown(QueueFilter(text="password reset")) == [5]
    assert shown(QueueFilter(text="debian")) == [1]
    assert shown(QueueFilter(text="hanako excel")) == []


def test_groups_are_those_that_somebody_asks() -> None:
    """Each once, by name."""
    more = waiting(9, to=ToGroup(group="Accounting"))
    assert groups([*queue().requests, more]) == ["Accounting", "Second floor"]
