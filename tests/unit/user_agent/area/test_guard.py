"""The gate: it shuts at the first doubt, and opens only for a layout and a size that hold."""

from user_agent.area.guard import WRONG_SIZES, AreaGuard, OpenGate


class Probe:
    """A layout that a test changes."""

    gone = False

    def __init__(self) -> None:
        self.good = True
        self.asked = 0
        self.suspected = False

    def holds(self) -> bool:
        self.asked += 1
        return self.good

    def accept(self) -> bool:
        return True

    def watch(self, changed: object) -> None: ...

    def suspect(self) -> None:
        self.suspected = True

    def close(self) -> None: ...


def test_nothing_passes_before_it_is_known_what_is_shown() -> None:
    """Not even where nothing has changed."""
    guard = AreaGuard(doubted=lambda: None)
    assert not guard.opens()
    assert guard.holds_again(Probe(), (800, 600))
    assert guard.opens()


def test_it_asks_each_time_and_shuts_for_good() -> None:
    """A layout that is as before again does not open it: what was shown in between is not known."""
    doubts: list[bool] = []
    guard, probe = AreaGuard(doubted=lambda: doubts.append(True)), Probe()
    guard.holds_again(probe, (800, 600))
    for _ in range(3):
        assert guard.opens()
    assert probe.asked == 4
    probe.good = False
    assert not guard.opens()
    assert doubts == [True]
    probe.good = True
    assert not guard.opens()
    assert doubts == [True]
    assert guard.holds_again(probe, (800, 600))
    assert guard.opens()


def test_a_change_before_it_opens_keeps_it_shut() -> None:
    """Between the look at the layout and the server's start."""
    guard, probe = AreaGuard(doubted=lambda: None), Probe()
    probe.good = False
    assert not guard.holds_again(probe, (800, 600))
    probe.good = True
    assert not guard.opens()


def test_what_somebody_else_has_heard_is_looked_at() -> None:
    """At once, also where nothing passes just now."""
    doubts: list[bool] = []
    guard, probe = AreaGuard(doubted=lambda: doubts.append(True)), Probe()
    guard.suspect()
    guard.holds_again(probe, (800, 600))
    guard.suspect()
    assert probe.suspected
    assert not doubts
    probe.good = False
    guard.suspect()
    assert doubts == [True]


def test_only_the_agreed_size_fits() -> None:
    """One pixel more or less does not; a server that keeps on is given up."""
    guard, probe = AreaGuard(doubted=lambda: None), Probe()
    guard.holds_again(probe, (800, 600))
    assert guard.fits(800, 600)
    for width, height in ((801, 600), (800, 599), (600, 800))[:WRONG_SIZES]:
        assert not guard.hopeless
        assert not guard.fits(width, height)
    assert guard.hopeless
    assert guard.fits(800, 600)
    assert not guard.hopeless


def test_once_all_is_agreed_to_everything_passes() -> None:
    """As where it was from the beginning."""
    guard, probe = AreaGuard(doubted=lambda: None), Probe()
    guard.holds_again(probe, (800, 600))
    guard.doubt()
    guard.give_up()
    probe.good = False
    for gate in (guard, OpenGate()):
        assert gate.opens()
        assert gate.fits(1, 1)
