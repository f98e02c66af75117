"""Everything here shares one worker: Wine has one server for a prefix, and takes its time to start."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import wine

HERE = Path(__file__).parent
# What pytest runs on Windows itself: test_here.py, test_installed_servers.py.
collect_ignore = [] if sys.platform == "win32" else ["here", "servers"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One group."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("wine"))


@pytest.fixture(scope="session", params=[wine.WESTERN, wine.JAPANESE], ids=["cp1252", "cp932"])
def windows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[wine.Windows]:
    """Windows in either code page."""
    started = wine.start(tmp_path_factory.mktemp("windows"), locale=request.param)
    yield started
    started.end()
