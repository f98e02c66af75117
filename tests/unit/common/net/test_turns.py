"""Sessions first, strangers last: so many steps in a turn, addresses in their order, handshakes bounded."""

import pytest

from common.net.turns import Turn, Turns
from tests.support.turning_clock import TurningClock


class Loop(TurningClock):
    """A loop whose turns the test makes, with the order of strangers in it."""

    def __init__(self, *, steps: int = 4, unfinished: int = 16, patience: float = 3.0) -> None:
        super().__init__()
        self.done: list[str] = []
        self.turns = Turns(clock=self, steps=steps, unfinished=unfinished, patience=patience)

    def join(self, group: str) -> Turn:
        """A connection that leaves when it is given up, as a real one does."""

        def give_up() -> None:
            self.done.append(f"{group} given up")
            turn.leave()

        turn = self.turns.join(group, give_up=give_up)
        return turn

    def step(self, turn: Turn, what: str) -> None:
        """Wait for a step."""
        turn.step(lambda: self.done.append(what))

    def begin(self, turn: Turn, what: str) -> None:
        """Wait for the first step of a handshake."""
        turn.begin(lambda: self.done.append(what))

    def turned(self) -> list[str]:
        """One turn of the loop: what was done in it."""
        self.done.clear()
        self.turn()
        return list(self.done)

    def advance(self, seconds: float) -> list[str]:
        """Time goes on: what that made be done, in one turn."""
        self.seconds += seconds
        return self.turned()


def test_so_many_steps_in_a_turn() -> None:
    """Ten connections want something: four get it in each turn, and nothing is called once nobody waits."""
    loop = Loop()
    for number in range(10):
        loop.step(loop.join(f"10.0.0.{number}"), str(number))
    assert loop.turns.waiting() == 10
    assert [len(loop.turned()) for _ in range(4)] == [4, 4, 2, 0]
    assert loop.due() == []
    assert loop.turns.waiting() == 0


def test_addresses_take_it_in_turns() -> None:
    """One address with a thousand connections keeps another with one waiting for a step, not for a thousand."""
    loop = Loop(steps=2)
    for number in range(1000):
        loop.step(loop.join("flood"), f"flood {number}")
    loop.step(loop.join("honest"), "honest")
    assert loop.turned() == ["flood 0", "honest"]
    assert loop.turned() == ["flood 1", "flood 2"]


def test_a_step_may_ask_for_the_next() -> None:
    """It is done behind those who waited already."""
    loop = Loop(steps=1)
    first, second = loop.join("a"), loop.join("a")
    first.step(lambda: loop.step(first, "first again"))
    loop.step(second, "second")
    assert [loop.turned(), loop.turned(), loop.turned()] == [[], ["second"], ["first again"]]


def test_known_ones_wait_for_nobody() -> None:
    """From the moment that it is known who it is."""
    loop = Loop()
    turn = loop.join("a")
    loop.step(turn, "waited")
    turn.leave()
    turn.leave()
    loop.step(turn, "at once")
    loop.begin(turn, "also")
    turn.finished()
    assert loop.done == ["at once", "also"]
    assert turn.known
    assert loop.turned() == []


def test_one_step_at_a_time() -> None:
    """Waiting twice is a bug of ours."""
    loop = Loop()
    turn = loop.join("a")
    loop.step(turn, "once")
    with pytest.raises(RuntimeError):
        loop.step(turn, "twice")


def test_a_bug_in_a_step_stops_nobody_else() -> None:
    """The others have their turns all the same."""
    loop = Loop(steps=1)
    loop.join("a").step(lambda: 1 / 0)  # type: ignore[arg-type] # a bug
    loop.step(loop.join("b"), "b")
    with pytest.raises(ZeroDivisionError):
        loop.turned()
    assert loop.turned() == ["b"]


def test_handshakes_of_one_address_are_bounded() -> None:
    """The third waits outside until one of two is done; another address has places of its own."""
    loop = Loop(unfinished=2)
    turns = [loop.join("a") for _ in range(3)]
    for number, turn in enumerate(turns):
        loop.begin(turn, str(number))
    loop.begin(loop.join("b"), "b")
    assert loop.turned() == ["0", "b", "1"]
    assert loop.turned() == []
    turns[1].finished()
    assert loop.turned() == ["2"]


def test_a_place_comes_free_with_its_connection() -> None:
    """Also where the one who waits next is gone already."""
    loop = Loop(unfinished=1)
    turns = [loop.join("a") for _ in range(4)]
    for number, turn in enumerate(turns):
        loop.begin(turn, str(number))
    loop.turned()
    turns[1].leave()
    turns[0].leave()
    assert loop.turned() == ["2"]


def test_who_stalls_is_given_up_where_others_wait() -> None:
    """The oldest first, after `patience` seconds and no sooner; where nobody waits it may take its time."""
    loop = Loop(unfinished=1, patience=3.0)
    stalled, honest = loop.join("a"), loop.join("a")
    loop.begin(stalled, "stalled")
    loop.turned()
    assert loop.advance(60.0) == []
    loop.begin(honest, "honest")
    assert loop.done == ["a given up"]
    assert loop.turned() == ["honest"]
    loop.begin(loop.join("a"), "third")
    assert loop.advance(2.9) == []
    assert loop.advance(0.2) == ["a given up"]
    assert loop.turned() == ["third"]
    assert loop.turns.given_up == 2


def test_who_waits_for_us_is_not_given_up() -> None:
    """That would blame the peer for what the relay has not got to yet."""
    loop = Loop(unfinished=1, patience=3.0)
    slow = loop.join("a")
    loop.begin(slow, "slow")
    loop.begin(loop.join("a"), "next")
    assert loop.advance(10.0) == ["slow"]
    assert loop.advance(2.9) == []
    assert loop.advance(3.0) == ["a given up"]


def test_those_who_left_are_not_kept() -> None:
    """However many come and go while a place is taken."""
    loop = Loop(unfinished=1)
    loop.begin(loop.join("a"), "holds")
    for _ in range(1000):
        turn = loop.join("a")
        loop.begin(turn, "never")
        turn.leave()
    assert loop.turns.waiting() < 10
