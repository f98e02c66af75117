"""The tests in `here`, which pytest runs on Windows itself."""

import pytest

from tests.support.wine import WESTERN, Windows

HERE = "tests/windows/here"
DEADLINE = 200.0  # seconds; it took 117 of them on two cores with a load of nine


@pytest.mark.parametrize("windows", [WESTERN], indirect=True)
def test_on_windows_itself(windows: Windows) -> None:
    """All of them pass, and there are some."""
    argv = ("-m", "pytest", "-p", "no:cacheprovider", "--color=no", "--tb=short", "-q", HERE)
    told = windows.printed(*argv, within=DEADLINE)
    assert " passed" in told.rstrip().rpartition("\n")[2]
    assert "skipped" not in told
