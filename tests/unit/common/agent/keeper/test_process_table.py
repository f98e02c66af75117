"""Who descends from whom, in tables as systems give them."""

import pytest

from common.agent.keeper.process_table import Process, family

TABLE = [
    Process(4, 0, 1),
    Process(100, 4, 10),  # the keeper
    Process(110, 100, 20),
    Process(120, 110, 30),
    Process(200, 4, 15),
]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ([], {110, 120}),
        ([Process(130, 120, 30)], {110, 120, 130}),  # at the same tick
        ([Process(90, 100, 5)], {110, 120}),  # its parent had this id before the keeper had it
        ([Process(300, 150, 40)], {110, 120}),  # of one that has ended
        ([Process(100, 120, 10)], {110, 120}),
        ([Process(110, 110, 20)], {110, 120}),
    ],
    ids=["two", "a tick", "an id given again", "an orphan", "a ring", "its own parent"],
)
def test_a_family(more: list[Process], found: set[int]) -> None:
    """Children and theirs; not who only names a parent whose id somebody else has now."""
    assert family(100, [*TABLE, *more]) == found


def test_of_one_that_has_ended() -> None:
    """Nobody descends from who is not there: those who name it may mean another."""
    assert family(110, [process for process in TABLE if process.pid != 110]) == set()
