"""The rule for private files of Windows. What Windows makes of it is asked there (tests/windows)."""

from pathlib import Path

import pytest

from common.host.windows_acl import make_private, sddl
from tests.support.marks import needs

SID = "S-1-5-21-1-2-3-1001"


@pytest.mark.parametrize(
    ("folder", "rule"),
    [
        (True, f"D:P(A;OICI;FA;;;{SID})(A;OICI;FA;;;SY)"),
        (False, f"D:P(A;;FA;;;{SID})(A;;FA;;;SY)"),
    ],
)
def test_the_person_and_the_system_alone(folder: bool, rule: str) -> None:
    """Protected from what stands above; what a folder holds has the same."""
    assert sddl(SID, folder=folder) == rule


@needs("os.chmod")
def test_elsewhere_it_does_nothing(tmp_path: Path) -> None:
    """Rights are left alone."""
    before = tmp_path.stat().st_mode
    make_private(tmp_path, folder=True)
    assert tmp_path.stat().st_mode == before
