"""Of which requests a helper is told."""

from helper_agent.ui.arrivals import Arrivals
from tests.support.waiting import view, waiting


def test_each_request_is_told_once() -> None:
    """Also where the list was away for a while, as when the relay is lost."""
    arrivals = Arrivals()
    first, second = waiting(1), waiting(2)
    assert arrivals.of(view(first)) == [first]
    assert arrivals.of(view(first, second)) == [second]
    assert arrivals.of(view()) == []
    assert arrivals.of(view(first, second)) == []


def test_what_it_remembers_is_bounded() -> None:
    """A helper's program runs for months."""
    arrivals = Arrivals()
    for number in range(5000):
        arrivals.of(view(waiting(number)))
    assert len(arrivals._told) < 1100


def test_a_call_back_is_told_when_it_can_be_taken() -> None:
    """Not while its user is away; once, however often the user comes and goes."""
    arrivals = Arrivals()
    away, here = (waiting(1, call_back=True, here=on) for on in (False, True))
    assert arrivals.of(view(away)) == []
    assert arrivals.of(view(here)) == [here]
    assert arrivals.of(view(away)) == arrivals.of(view(here)) == []
