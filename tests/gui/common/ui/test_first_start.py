"""The first start: the window is there before the agent, and what the person does waits for it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QPushButton, QWidget

from common.agent.enrolment import enrol as module
from common.agent.enrolment.busy import EnrolmentBusyError
from common.agent.matching import problems
from common.host.errors import TasukiError
from common.net.proxy_routes import DIRECT, OneRoute, ProxyRoutes
from common.protocol.enrolment import EnrolmentLine
from common.protocol.proxies import ProxyUrl
from common.ui import enrolment_pages
from common.ui.first_start import FirstStart
from common.ui.language import Speech
from tests.support.clock import START
from tests.support.enrolment_lines import LINE
from tests.support.finding import find


@dataclass
class Profile:
    """What the window says at the end."""

    organisation_name: str = "Sakura School"
    name: str = "Taro Yamada"


@dataclass
class Agent:
    """common.agent.composition.Agent, without a network."""

    profile: Profile
    routes: ProxyRoutes = DIRECT


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
    monkeypatch.setattr(enrolment_pages, "READ", 0)
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

    async def confirm(self) -> None:
        """Once the name could be read."""
        confirm = find(self.first.window, QPushButton, "enrolment_confirm")
        async with asyncio.timeout(10):
            while not (confirm.isVisible() and confirm.isEnabled()):  # noqa: ASYNC110 -- a window sets no event
                await asyncio.sleep(0.005)
        confirm.click()

    async def join(self) -> None:
        """The line is given and confirmed."""
        self.first.show(str(LINE))
        await self.confirm()

    async def answer_proxy(self, button: str) -> None:
        """The question for a proxy's login, once it is there."""
        async with asyncio.timeout(10):
            while (dialog := self.first.window.findChild(QDialog, "proxy_login")) is None:  # noqa: ASYNC110 -- a window sets no event
                await asyncio.sleep(0.005)
        find(dialog, QLineEdit, "username").setText("anna")
        find(dialog, QPushButton, button).click()
        async with asyncio.timeout(10):
            while self.first.window.findChild(QDialog, "proxy_login") is dialog:  # noqa: ASYNC110 -- nor does this
                await asyncio.sleep(0.005)

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


async def test_nothing_is_confirmed_before_the_agent_is_there(speech: Speech, enrolling: Enrolling) -> None:
    """It asks for the name; what was given meanwhile is not lost."""
    start = await started()
    start.first.show(str(LINE))
    await asyncio.sleep(0.05)
    assert not find(start.first.window, QPushButton, "enrolment_confirm").isEnabled()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    enrolling.answers.put_nowait(None)
    await start.confirm()
    await start.until("Sakura School")
    assert enrolling.asked == [LINE]
    start.click("enrolment_finish")
    assert await running
    await start.first.close()


async def test_a_problem_is_said_and_tried_again(speech: Speech, enrolling: Enrolling) -> None:
    """In the words of what failed, and with the same line."""
    start = await started()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    await start.join()
    enrolling.answers.put_nowait(TasukiError("authority_unavailable", address="relay.example"))
    await start.until("cannot let computers in")
    enrolling.answers.put_nowait(None)
    start.click("enrolment_again")
    await start.until("Sakura School")
    assert len(enrolling.asked) == 2
    start.click("enrolment_finish")
    assert await running
    await start.first.close()


async def test_a_proxys_login_is_asked_for(speech: Speech, enrolling: Enrolling) -> None:
    """The line is tried again with it; where the person says *not now*, the window says what is wrong."""
    proxy = ProxyUrl.parse("http://proxy:3128")
    start = await started()
    running = asyncio.ensure_future(start.first.run(Agent(Profile(), OneRoute(proxy)), look=False))  # type: ignore[arg-type]
    await start.join()
    for button in ("log_in", "later"):
        enrolling.answers.put_nowait(TasukiError("proxy_wants_password", proxy=proxy))
        await start.answer_proxy(button)
    await start.until("wants a name and a password")
    assert len(enrolling.asked) == 2
    start.first.window.close()
    assert not await running
    await start.first.close()


async def test_what_only_another_line_helps_is_not_tried_again(speech: Speech, enrolling: Enrolling) -> None:
    """A line that was used stays so: there is one button, and Enter presses it."""
    start = await started()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    await start.join()
    enrolling.answers.put_nowait(TasukiError("enrolment_code_used"))
    await start.until("used")
    assert not find(start.first.window, QPushButton, "enrolment_again").isVisible()
    start.click("enrolment_other_line")
    assert start.line() == str(LINE)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await start.first.close()


async def test_a_file_is_dropped(speech: Speech, enrolling: Enrolling, tmp_path: Path) -> None:
    """A mail with the line wrapped is as good as the line; what holds none is said so."""
    start = await started()
    mail, other = tmp_path / "mail.eml", tmp_path / "other.txt"
    mail.write_text(f"Dear Taro,\n> {str(LINE)[:60]}\n> {str(LINE)[60:]}\n", encoding="utf-8")
    other.write_text("nothing", encoding="utf-8")
    hint = find(start.first.window, QLabel, "enrolment_hint")
    drop(start.first.window, QUrl.fromLocalFile(str(other)))
    async with asyncio.timeout(10):
        while "no complete line in this file" not in hint.text():  # noqa: ASYNC110 -- a window sets no event
            await asyncio.sleep(0.005)
    drop(start.first.window, QUrl.fromLocalFile(str(mail)))
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    enrolling.answers.put_nowait(None)
    await start.confirm()
    await start.until("Sakura School")
    assert enrolling.asked == [LINE]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await start.first.close()


def drop(window: QWidget, url: QUrl) -> None:
    """As a file manager does it."""
    data = QMimeData()
    data.setUrls([url])
    middle = window.rect().center()
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(middle, Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(middle), Qt.DropAction.CopyAction, data, buttons, keys))


async def test_a_busy_relay_is_asked_again_by_itself(speech: Speech, enrolling: Enrolling) -> None:
    """The person reads when, does nothing, and is enrolled."""
    start = await started()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    await start.join()
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
    await start.join()
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
    await start.join()
    await asyncio.sleep(0.01)
    start.first.show("tasuki-enrol:1:another")
    assert "another" not in start.line()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await start.first.close()


PORTAL = TasukiError("captive_portal", host="relay.example.org", url="https://portal.example.org/")


async def test_signing_in_is_waited_for(speech: Speech, enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch) -> None:
    """As is said there, it is tried again by itself, without taking away what is read; and it goes on once the person has signed in."""
    monkeypatch.setattr(problems, "SIGNING_IN", 0.01)
    start = await started()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    enrolling.answers.put_nowait(PORTAL)
    await start.join()
    await start.until("by itself")
    page = find(start.first.window, QPushButton, "enrolment_sign_in")
    page.setFocus()
    for tries in (2, 3):
        async with asyncio.timeout(10):
            while len(enrolling.asked) < tries:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.005)
        assert page.isVisible()
        assert page.hasFocus()
        enrolling.answers.put_nowait(PORTAL)
    enrolling.answers.put_nowait(None)
    await start.until("Sakura School")
    start.click("enrolment_finish")
    assert await running
    await start.first.close()


async def test_who_takes_another_line_is_not_disturbed(
    speech: Speech, enrolling: Enrolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits for the sign-in page is over then."""
    monkeypatch.setattr(problems, "SIGNING_IN", 0.01)
    start = await started()
    running = asyncio.ensure_future(start.first.run(AGENT, look=False))
    enrolling.answers.put_nowait(PORTAL)
    await start.join()
    await start.until("by itself")
    start.click("enrolment_other_line")
    await asyncio.sleep(0.1)
    assert len(enrolling.asked) == 1
    assert find(start.first.window, QLineEdit, "enrolment_line").isVisible()
    start.first.window.close()
    assert not await running
    await start.first.close()
