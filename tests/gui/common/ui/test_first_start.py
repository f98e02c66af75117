"""The first start: the window is there before the agent, and what the person does waits for it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from common.agent.enrolment import enrol as module
from common.agent.enrolment.busy import EnrolmentBusyError
from common.host.errors import TasukiError
from common.protocol.enrolment import EnrolmentLine
from common.ui.first_start import FirstStart
from common.ui.language import Speech
from tests.support.clock import START
from tests.support.enrolment_lines import LINE
from tests.support.finding import find


@dataclass
class Profile:
    """What the window says at the end."""

    organisation: str = "Sakura School"
    name: str = "Taro Yamada"


@dataclass
class Agent:
    """common.agent.composition.Agent, without a network."""

    profile: Profile

    def way_to(self, host: str, port: int) -> None:
        """Directly."""


class Enrolling:
    """common.agent.enrolment.enrol.enrol, answered by the test."""

    def __init__(self) -> None:
        self.asked: list[EnrolmentLine] = []
        self.answers: asyncio.Queue[Exception | None] = asyncio.Queue()
        self.given_up = False

    async def __call__(self, _profile: object, line: EnrolmentLine, **_options: object) -> None:
        """Wait for the test."""
        self.asked.append(line)
        try:
            answer = await self.answers.get()
        except asyncio.CancelledError:
            self.given_up = True
            raise
        if answer is not None:
            raise answer


@pytest.fixture
def enrolling(monkeypatch: pytest.MonkeyPatch) -> Enrolling:
    """In place of the real one."""
    made = Enrolling()

    async def organisation(_line: EnrolmentLine, **_options: object) -> str:
        return "Sakura School"

    monkeypatch.setattr(module, "enrol", made)
    monkeypatch.setattr(module, "organisation_by", organisation)
    return made


AGENT: Any = Agent(Profile())


@dataclass
class Start:
    """One that is shown."""

    first: FirstStart

    def click(self, name: str) -> None:
        """A button that can be pressed."""
        button = find(self.first.window, QPushButton, name)
        assert button.isVisible()
        assert button.isEnabled()
        button.click()

    def line(self) -> str:
        """What stands in the field."""
        return find(self.first.window, QLineEdit, "enrolment_line").text()

    def join(self) -> None:
        """The line is given and confirmed."""
        self.first.show(str(LINE))
        self.click("enrolment_confirm")

    def result(self) -> str:
        """What came of it."""
        return find(self.first.window, QLabel, "enrolment_result").text()

    async def until(self, word: str) -> None:
        """It is said."""
        async with asyncio.timeout(10):
            while word not in self.result():  # noqa: ASYNC110 -- a window sets no event
                await asyncio.sleep(0.005)


async def started(places: tuple[Path, ...] = ()) -> Start:
    """Shown, without an agent yet."""
    made = Start(FirstStart(places=places))
    made.first.show()
    return made


async def test_what_is_confirmed_before_the_agent_is_there_waits_for_it(speech: Speech, enrolling: Enrolling) -> None:
    """The click is not lost."""
    start = await started()
    start.join()
    await asyncio.sleep(0)
    assert enrolling.asked == []
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    enrolling.answers.put_nowait(None)
    await start.until("Sakura School")
    assert enrolling.asked == [LINE]
    start.click("enrolment_finish")
    assert await running
    await start.first.close()


async def test_a_problem_is_said_and_tried_again(speech: Speech, enrolling: Enrolling) -> None:
    """In the words of what failed, and with the same line."""
    start = await started()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    start.join()
    enrolling.answers.put_nowait(TasukiError("enrolment_code_used"))
    await start.until("used")
    enrolling.answers.put_nowait(None)
    start.click("enrolment_again")
    await start.until("Sakura School")
    assert len(enrolling.asked) == 2
    start.click("enrolment_finish")
    assert await running
    await start.first.close()


async def test_a_busy_relay_is_asked_again_by_itself(speech: Speech, enrolling: Enrolling) -> None:
    """The person reads when, does nothing, and is enrolled."""
    start = await started()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    start.join()
    enrolling.answers.put_nowait(EnrolmentBusyError(address="relay.example", retry_after=0.2, now=START))
    await start.until("tried again by itself at")
    for name in ("enrolment_again", "enrolment_other_line", "enrolment_finish"):
        assert not find(start.first.window, QPushButton, name).isVisible()
    enrolling.answers.put_nowait(None)
    await start.until("Sakura School")
    assert enrolling.asked == [LINE, LINE]
    start.click("enrolment_finish")
    assert await running
    await start.first.close()


async def test_closing_the_window_leaves(speech: Speech, enrolling: Enrolling) -> None:
    """Also before there is an agent, and while the relay is asked, which is given up then."""
    start = await started()
    start.first.window.close()
    assert not await start.first.run(AGENT, look=False)
    await start.first.close()

    start = await started()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    start.join()
    await asyncio.sleep(0.01)
    assert enrolling.asked == [LINE]
    start.first.window.close()
    assert not await running
    await start.first.close()
    assert enrolling.given_up


async def test_a_file_with_the_line_is_offered(speech: Speech, tmp_path: Path) -> None:
    """Unless the start brought a line itself."""
    path = tmp_path / "tasuki-enrol.txt"
    path.write_text(str(LINE), encoding="utf-8")
    start = await started((path,))
    running = asyncio.ensure_future(start.first.run(AGENT))
    use = find(start.first.window, QPushButton, "enrolment_use_found")
    async with asyncio.timeout(10):
        while not use.isVisible():  # noqa: ASYNC110 -- a window sets no event
            await asyncio.sleep(0.005)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await start.first.close()


async def test_a_second_start_brings_its_line(speech: Speech, enrolling: Enrolling) -> None:
    """But not over one that is being worked on."""
    start = await started()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    start.join()
    await asyncio.sleep(0.01)
    start.first.show("tasuki-enrol:1:another")
    assert "another" not in start.line()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await start.first.close()
