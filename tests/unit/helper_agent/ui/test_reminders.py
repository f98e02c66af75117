"""The tone comes again while nobody takes a request: so often, and never to somebody who is busy."""

from helper_agent.ui.reminders import LATER, Reminders

ONE = ["a"]


def test_it_comes_again_a_bounded_number_of_times() -> None:
    """At its interval, and then no more, until somebody new asks."""
    reminders = Reminders(every=30, times=2)
    assert not reminders.is_due(ONE, quiet=False, now=1000)  # nobody came
    reminders.came(now=0)
    heard = [now for now in range(1000) if reminders.is_due(ONE, quiet=False, now=now)]
    assert heard == [30, 60]
    reminders.came(now=1000)
    assert [now for now in range(1000, 2000) if reminders.is_due(ONE, quiet=False, now=now)] == [1030, 1060]


def test_it_can_be_switched_off() -> None:
    """By either setting, also while it goes on."""
    for every, times in ((0.0, 5), (30.0, 0)):
        reminders = Reminders(every=every, times=times)
        reminders.came(now=0)
        assert not any(reminders.is_due(ONE, quiet=False, now=now) for now in range(1000))
    reminders = Reminders(every=30, times=5)
    reminders.came(now=0)
    reminders.follow(every=30, times=1)
    assert [now for now in range(1000) if reminders.is_due(ONE, quiet=False, now=now)] == [30]


def test_who_is_busy_hears_it_when_that_is_over() -> None:
    """What was left out is not made up for in a row."""
    reminders = Reminders(every=30, times=5)
    reminders.came(now=0)
    assert not any(reminders.is_due(ONE, quiet=True, now=now) for now in range(100))
    assert [now for now in range(100, 170) if reminders.is_due(ONE, quiet=False, now=now)] == [120, 150]


def test_nobody_waits_and_nothing_comes() -> None:
    """All were taken."""
    reminders = Reminders(every=30, times=5)
    reminders.came(now=0)
    assert not any(reminders.is_due([], quiet=False, now=now) for now in range(1000))


def test_later_is_later() -> None:
    """What was put off is silent, comes back once, and is forgotten when it was taken meanwhile."""
    reminders = Reminders(every=30, times=5)
    reminders.came(now=0)
    reminders.put_off(["a", "b"], now=10)
    assert reminders.is_put_off("a")
    assert not reminders.is_due(["a", "b"], quiet=False, now=100)
    assert reminders.is_due(["a", "c"], quiet=False, now=100)
    assert not reminders.back(["a"], now=10 + LATER - 1)  # b was taken
    assert reminders.back(["a"], now=10 + LATER)
    assert not reminders.is_put_off("a")
    assert not reminders.back(["a", "b"], now=10_000)
