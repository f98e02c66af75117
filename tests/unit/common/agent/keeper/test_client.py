"""What the agent's side of the keeper knows without one: how a program ended."""

from common.agent.keeper.client import Exit


def test_last_line() -> None:
    """The last thing that it printed, else how it ended."""
    assert Exit(code=1, output="one\ntwo\n\n").last_line == "two"
    assert Exit(code=3).last_line == "exit code 3"
    assert Exit(code=None, signal=9).last_line == "signal 9"
