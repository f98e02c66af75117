"""Tests on several cores (pytest-xdist): which of them stay together in one worker, and which run while no other does.

Tests that share a fixture for a module stay together, so that it is made once. A test that is marked `alone`, because it
compares times or looks at the whole computer, waits until the other workers' present tests are over, and they wait for it.
"""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

if sys.platform != "win32":
    import fcntl

FOLDER = "tasuki_folder"  # under which name a worker is told where the locks lie
SHARED = {"module", "package", "class"}  # scopes; a fixture of the session is cheap


class Turnstile:
    """Lets many tests run beside each other, or one alone: two locks that the kernel gives back when a worker dies.

    Whoever wants to be alone holds the first while waiting for the second, so that nobody who comes later slips past.
    """

    def __init__(self, folder: Path) -> None:
        """`folder`: the same for all workers."""
        self._entrance = os.open(folder / "entrance", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._room = os.open(folder / "room", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextlib.contextmanager
    def passed(self, *, alone: bool) -> Iterator[None]:
        """Wait until one may run, and run."""
        fcntl.flock(self._entrance, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        finally:
            fcntl.flock(self._entrance, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)

    def close(self) -> None:
        """Nobody passes here any more."""
        os.close(self._entrance)
        os.close(self._room)


class Worker:
    """The hooks of a process that runs tests while others do."""

    def __init__(self, folder: Path, name: str) -> None:
        """`folder`: the same for all workers; `name`: this one's."""
        self._turnstile = Turnstile(folder)
        self._groups = folder / f"{name}.json"

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say which tests belong together."""
        groups = {item.nodeid: name for item in session.items if (name := group_of(item)) is not None}
        self._groups.write_text(json.dumps(groups), encoding="utf-8")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Wait for one's turn: outside of what counts as the test's time."""
        with self._turnstile.passed(alone=item.get_closest_marker("alone") is not None):
            return (yield)

    def pytest_unconfigure(self) -> None:
        """Let go of the locks."""
        self._turnstile.close()


def group_of(item: pytest.Item) -> str | None:
    """What a test shares with others: the group that it is marked with, else the module whose fixture it uses; None is nothing."""
    marked = item.get_closest_marker("xdist_group")
    if marked is not None:
        return str(marked.args[0])
    if not isinstance(item, pytest.Function):
        return None
    found = item._fixtureinfo.name2fixturedefs.values()
    shares = any(definition.scope in SHARED for definitions in found for definition in definitions)
    return item.nodeid.partition("::")[0] if shares else None


class GroupScheduling(LoadScopeScheduling):
    """Hands out groups as the workers have told them, large ones first, and all other tests one by one.

    xdist's own `--dist loadgroup` writes them into the tests' names, which pytest 9 no longer lets it.
    """

    def __init__(self, config: pytest.Config, log: Any, folder: Path) -> None:
        super().__init__(config, log)
        self._folder = folder
        self._groups: dict[str, str] | None = None

    def _split_scope(self, nodeid: str) -> str:
        if self._groups is None:  # every worker has collected before the first test is handed out
            self._groups = {}
            for told in self._folder.glob("*.json"):
                self._groups.update(json.loads(told.read_text(encoding="utf-8")))
        return self._groups.get(nodeid, nodeid)


class Controller:
    """The hooks of the process that hands tests out: a folder for what the workers share, as long as it runs."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tasuki-tests-")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of the folder."""
        node.workerinput[FOLDER] = self._folder.name

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> GroupScheduling:
        """Whatever --dist says."""
        return GroupScheduling(config, log, Path(self._folder.name))

    def pytest_unconfigure(self) -> None:
        """Remove it."""
        self._folder.cleanup()


def configure(config: pytest.Config) -> None:
    """Called by tests/conftest.py in every process of a run."""
    config.addinivalue_line(
        "markers", "alone: compares times or looks at the whole computer; no other test runs meanwhile"
    )
    given = getattr(config, "workerinput", None)
    if given is not None:
        config.pluginmanager.register(Worker(Path(given[FOLDER]), given["workerid"]), "tasuki-worker")
    elif config.getoption("numprocesses", None):
        # whoever comes in a dead worker's place leaves the last test to nobody, and the run would hang
        config.option.maxworkerrestart = "0"
        config.pluginmanager.register(Controller(), "tasuki-controller")
