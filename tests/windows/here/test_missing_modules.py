"""Which of Python's own modules Windows lacks is what tests that never see Windows take it to be."""

import sys
from importlib import import_module
from importlib.util import find_spec

import pytest

from tests.windows.portions import UNIX_ONLY


@pytest.mark.parametrize("name", sorted(UNIX_ONLY))
def test_it_is_missing(name: str) -> None:
    """Or what it imports itself is."""
    with pytest.raises(ImportError):
        import_module(name)


def test_no_other_is() -> None:
    """Of those with a name that others may use."""
    public = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    assert {name for name in public if find_spec(name) is None} <= UNIX_ONLY
