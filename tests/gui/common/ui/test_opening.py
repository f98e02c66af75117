"""From a folder to an agent: what stands in the way is said, tried again, and given up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit

from common.agent.composition import Agent
from common.agent.enrolment.profile import Profile
from common.host.errors import TasukiError
from common.host.files import FolderLock, private_folder
from common.protocol.identity import Role
from common.ui.enrolment import EnrolmentWindow
from common.ui.language import Speech
from common.ui.opening import Opening
from common.ui.startup_error import StartupErrorWindow
from tests.support.ca import Organisation
from tests.support.enrolment_lines import LINE
from tests.support.finding import find


def seen(kind: type[Any]) -> list[Any]:
    """The windows of this kind that can be seen."""
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]


async def until(so: Callable[[], Any]) -> Any:
    """Turns of the loop until it is so."""
    async with asyncio.timeout(10):
        while not (found := so()):  # noqa: ASYNC110 -- a window sets no event
            await asyncio.sleep(0.005)
    return found


@contextlib.asynccontextmanager
async def opening(
    folder: Path, *, line: str = ""
) -> AsyncIterator[tuple[Opening, "asyncio.Task[Agent | None]", list[str]]]:
    """On its way to an agent; the list grows with every window that says what is in the way."""
    hindered: list[str] = []
    made = Opening(role=Role.USER, folder=folder, environ={}, line=line, hindered=lambda: hindered.append("hindered"))
    agent = asyncio.ensure_future(made.agent())
    try:
        yield made, agent, hindered
    finally:
        agent.cancel()
        await asyncio.gather(agent, return_exceptions=True)
        made.close()
        await asyncio.sleep(0)


@pytest.fixture
def enrolled(tmp_path: Path) -> Path:
    """A folder with an identity."""
    person = Organisation(tmp_path).person()
    folder = private_folder(tmp_path / "agent")
    Profile.open(role=Role.USER, folder=folder).save(
        key=person.key, chain=person.chain, relay="relay.example", port=8443
    )
    return folder


async def test_an_enrolled_computer_asks_nothing(enrolled: Path, speech: Speech) -> None:
    """No window; and the folder is this program's until it is closed."""
    async with opening(enrolled) as (made, coming, hindered):
        agent = await coming
        assert agent is not None
        assert agent.profile.name == "Anna"
        assert hindered == []
        assert not made.show("x")
        other = FolderLock(enrolled)
        with pytest.raises(TasukiError):
            other.acquire()
        made.close()
        other.acquire()
        other.release()


async def test_what_is_in_the_way_is_tried_again(enrolled: Path, speech: Speech) -> None:
    """Once the other program has gone it goes on; a second start shows the window that asks."""
    with FolderLock(enrolled) as lock:
        async with opening(enrolled) as (made, coming, hindered):
            (window,) = await until(lambda: seen(StartupErrorWindow))
            assert hindered == ["hindered"]
            assert made.show()
            window.again.click()
            (window,) = await until(lambda: [one for one in seen(StartupErrorWindow) if one is not window])
            lock.release()
            window.again.click()
            assert await coming is not None
            assert seen(StartupErrorWindow) == []


async def test_a_person_who_gives_up_leaves(enrolled: Path, speech: Speech) -> None:
    """There is no agent then."""
    (enrolled / "agent.toml").write_text("[nonsense]\n", encoding="utf-8")
    async with opening(enrolled) as (_, coming, _):
        (window,) = await until(lambda: seen(StartupErrorWindow))
        window.leave.click()
        assert await coming is None


async def test_the_first_start_is_there_before_anything_is_loaded(tmp_path: Path, speech: Speech) -> None:
    """With the line that the start brought; a second start's is put in too; closing it leaves."""
    async with opening(tmp_path / "agent", line="tasuki-enrol:1:") as (made, coming, hindered):
        await asyncio.sleep(0)
        (window,) = seen(EnrolmentWindow)
        field = find(window, QLineEdit, "enrolment_line")
        assert field.text() == "tasuki-enrol:1:"
        assert hindered == ["hindered"]
        assert made.show(str(LINE))
        window.close()
        assert await coming is None
        assert seen(EnrolmentWindow) == []


async def test_after_the_first_start_the_agent_is_opened_anew(tmp_path: Path, speech: Speech) -> None:
    """What enrolment wrote is read from the disk."""
    folder = tmp_path / "agent"
    person = Organisation(tmp_path).person()
    async with opening(folder) as (made, coming, _):
        (window,) = await until(lambda: seen(EnrolmentWindow))
        await until(lambda: made._lock is not None)
        Profile.open(role=Role.USER, folder=folder).save(
            key=person.key, chain=person.chain, relay="relay.example", port=8443
        )
        window.finished.emit()
        agent = await coming
        assert agent is not None
        assert agent.profile.enrolled
        assert seen(EnrolmentWindow) == []
