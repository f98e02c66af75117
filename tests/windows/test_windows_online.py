"""Both programs' windows before somebody who is enrolled: they come to the relay."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.organisation import Role, organisation
from deploy.demo.programs import Run
from tests.support.catalogue import compile_texts
from tests.support.display import virtual_display
from tests.support.wine import WESTERN, Windows, start
from tests.support.wine_sessions import none_left

PATIENCE = 200  # seconds; 82 for both on two cores with a load of six


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    """Windows with a screen."""
    compile_texts()
    with virtual_display() as display:
        windows = start(tmp_path_factory.mktemp("seen"), locale=WESTERN, display=display)
        yield windows
        windows.end()


@pytest.mark.timeout(600)
async def test_they_come_to_the_relay(seen: Windows, tmp_path: Path) -> None:
    """Whatever they ask of the system meanwhile; how long that took is printed."""
    run = Run.new(tmp_path)
    roles: tuple[Role, ...] = ("user", "helper")
    async with organisation(run) as office, contextlib.AsyncExitStack() as stack:
        people = [await office.enrol(role, f"Some {role}") for role in roles]
        begun = time.monotonic()
        for one in people:
            command = seen.program(f"{one.role}_agent", one.folder)
            program = await stack.enter_async_context(run.program(one.role, *command, environ=seen.environ))
            await program.event("online", within=PATIENCE)
            print(f"{one.role}: online after {time.monotonic() - begun:.1f} s")
    await none_left(seen)
