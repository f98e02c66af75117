"""Lines of chat arrive once, in order, over any number of breaks."""

from common.agent.session.chat_lines import KEPT, ChatLines
from common.protocol.channel import Chat


def test_what_has_not_arrived_goes_again() -> None:
    """With the numbers that it had; what has arrived does not."""
    lines = ChatLines()
    sent = [lines.written(text, 0, keep=True) for text in ("one", "two", "three")]
    assert sent == [Chat(text="one", n=1), Chat(text="two", n=2), Chat(text="three", n=3)]
    assert lines.arrived(1) == 0
    assert lines.again() == lines.again() == sent[1:]
    lines.arrived(3)
    assert lines.again() == []


def test_a_writer_reads_its_own_numbers() -> None:
    """The highest of those that have arrived; a line may have none."""
    lines = ChatLines()
    for text, number in (("one", 7), ("two", 0), ("three", 9)):
        lines.written(text, number, keep=True)
    assert lines.arrived(2) == 7
    assert lines.arrived(2) == 0
    assert lines.arrived(3) == 9


def test_nothing_is_shown_twice() -> None:
    """A number that came before is an old line; without one it is an older agent's, and new."""
    lines = ChatLines()
    assert [lines.came(n) for n in (1, 2, 2, 1, 3, 0, 0)] == [True, True, False, False, True, True, True]
    assert lines.last_came == 3


def test_it_keeps_so_many() -> None:
    """Full where they must be kept; of an older agent, which need not tell, the oldest are forgotten."""
    lines = ChatLines()
    for _ in range(KEPT):
        assert not lines.full
        lines.written("x", 0, keep=True)
    assert lines.full
    older = ChatLines()
    for number in range(1, KEPT + 11):
        older.written("x", number, keep=False)
    assert len(older.again()) == KEPT
