"""One relay on an Internet of its own for a module, and for each test two sites, built anew."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.demo.desktop import Desktop, desktop
from deploy.demo.programs import Run, until
from tests.support.catalogue import compile_texts
from tests.support.organisation import run_now
from tests.support.rooms.network import HOST, Internet, name_server, site, the_internet
from tests.support.rooms.people import Office, Person, Room, office

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where no network can be built, nothing here can run; and all of it stays in one worker, which has the relay."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("rooms"))
            if os.geteuid() != 0:
                item.add_marker(pytest.mark.skip(reason="networks are built by root alone"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table of rooms, where all were tried: what came of each, and what was read or how long it took."""
    rows = config.getoption("--all") and [
        (report.nodeid.rpartition("::")[2], outcome, " ".join(report.capstdout.split()) or "-")
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        if report.when == "call" and "tests/rooms/" in report.nodeid
    ]
    if not rows:
        return
    terminalreporter.write_sep("=", "rooms")
    for name, outcome, said in rows:
        terminalreporter.write_line(f"{name}: {outcome}: {said}")


@dataclass(kw_only=True)
class World:
    """What the rooms of a module share."""

    internet: Internet
    office: Office
    desktop: Desktop
    made: int = 0

    @contextlib.asynccontextmanager
    async def room(self, *names: str) -> AsyncIterator[Room]:
        """Two sites that nothing hinders, and a person at each who is not enrolled. `names`: the name server's records."""
        self.made += 1
        run = self.internet.run
        async with name_server(self.internet, *names):
            with site(self.internet, "user", 1) as one, site(self.internet, "helper", 2) as other:
                folder = run.folder / f"room-{self.made}"
                people = [
                    Person(site=at, role=role, name="", folder=folder / role, screen=screen)
                    for at, role, screen in ((one, "user", self.desktop.environ), (other, "helper", {}))
                ]
                for at in (one, other):
                    own = Run.new(made_folder(folder / f"site-{at.number}"), NO_AT_BRIDGE="1")
                    at.run = Run(folder=own.folder, environ={**own.environ, "TASUKI_RUN": run.environ["TASUKI_RUN"]})
                yield Room(office=self.office, desktop=self.desktop, user=people[0], helper=people[1])


def made_folder(path: Path) -> Path:
    """The folder, made."""
    path.mkdir(parents=True)
    return path


@contextlib.asynccontextmanager
async def a_world(folder: Path, host: str = HOST) -> AsyncIterator[World]:
    """Relay, which is called so, and desktop; nothing is left at the end."""
    compile_texts()
    run = Run.new(folder, NO_AT_BRIDGE="1")
    async with desktop(run) as screen, the_internet(run) as internet, office(internet, host) as place:
        yield World(internet=internet, office=place, desktop=screen)
    assert await until(lambda: not run.survivors(), within=5), run.survivors()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What the tests of a module share."""
    stack = contextlib.AsyncExitStack()
    try:
        yield run_now(stack.enter_async_context(a_world(tmp_path_factory.mktemp("rooms"))))
    finally:
        run_now(stack.aclose())
