"""What is said of a store."""

from relay.core.storing import StoreBehindError, StoreUnavailableError


def test_a_database_that_lies_behind() -> None:
    """What was written, and what is there."""
    error = StoreBehindError(row=9, found=7, turn=3, found_turn=2)
    assert isinstance(error, StoreUnavailableError)
    assert (error.row, error.found, error.turn, error.found_turn) == (9, 7, 3, 2)
    assert "row 9 was written, row 7 is the last" in str(error)
    assert "turn 3 was written, 2 is the last" in str(error)
