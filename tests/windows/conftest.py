"""Everything here shares one worker: Wine has one server for a prefix, and takes its time to start.

What is marked `long` runs with `--all` alone: `make windows ARGS=--all`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import wine

HERE = Path(__file__).parent
# What pytest runs on Windows itself: test_here.py, test_installed_servers.py.
collect_ignore = [] if sys.platform == "win32" else ["here", "servers"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The switch."""
    parser.addoption("--all", action="store_true", help="on Wine: also the tests that take long")


def pytest_configure(config: pytest.Config) -> None:
    """The mark."""
    config.addinivalue_line("markers", "long: on Wine, minutes; runs with --all alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One group, and of it what was asked for."""
    later: list[pytest.Item] = []
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("wine"))
            if item.get_closest_marker("long") is not None and not config.getoption("--all"):
                later.append(item)
    if later:
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in later]


@pytest.fixture(scope="session", params=[wine.WESTERN, wine.JAPANESE], ids=["cp1252", "cp932"])
def windows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[wine.Windows]:
    """Windows in either code page."""
    started = wine.start(tmp_path_factory.mktemp("windows"), locale=request.param)
    yield started
    started.end()
