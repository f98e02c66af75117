"""The tests in `here`, which pytest runs on Windows itself."""

import pytest

from tests.support.wine import WESTERN, Windows

HERE = "tests/windows/here"


@pytest.mark.parametrize("windows", [WESTERN], indirect=True)
def test_on_windows_itself(windows: Windows) -> None:
    """All of them pass, and there are some."""
    told = windows.printed("-m", "pytest", "-p", "no:cacheprovider", "--color=no", "--tb=short", "-q", HERE)
    assert " passed" in told.rstrip().rpartition("\n")[2]
    assert "skipped" not in told
