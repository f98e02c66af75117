"""The first start: the enrolment window, and what stands behind it."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QCloseEvent

from common.agent.enrolment.line_file import find
from common.agent.events import problem_text
from common.host.clock import utc_now
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.enrolment import EnrolmentLine
from common.ui.enrolment import EnrolmentWindow

if TYPE_CHECKING:
    from common.agent.composition import Agent

log = get_logger(component="window")


class _Window(EnrolmentWindow):
    """Tells when it is closed."""

    def __init__(self, over: "asyncio.Future[bool]") -> None:
        super().__init__()
        self._over = over

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closed: the person leaves."""
        super().closeEvent(event)
        if not self._over.done():
            self._over.set_result(False)


class FirstStart(QObject):
    """Show it, then run it once, with an agent that is not enrolled; what the person does before that waits for the agent."""

    def __init__(self, *, places: Iterable[Path] = (), parent: QObject | None = None) -> None:
        """`places`: where a file with the line may lie."""
        super().__init__(parent)
        self._agent: asyncio.Future[Agent] = asyncio.get_running_loop().create_future()
        self._places = tuple(places)
        self._over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._work: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self.window = _Window(self._over)
        self.window.line_given.connect(self._given)
        self.window.confirmed.connect(self._confirmed)
        self.window.finished.connect(self._finished)

    async def run(self, agent: "Agent", *, look: bool = True) -> bool:
        """True once the computer is enrolled, False where the person leaves. `look`: for a file with the line."""
        self._agent.set_result(agent)
        if look and (found := await asyncio.to_thread(find, self._places)) is not None and self._work is None:
            self.window.offer(found)
        return await self._over

    async def close(self) -> None:
        """The window goes, and what it has begun."""
        begun = [task for task in (self._work, self._asking) if task is not None]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        self.window.hide()
        self.window.deleteLater()

    def show(self, line: str = "") -> None:
        """In front, with the line that a start brought."""
        self.window.bring()
        if line and self._work is None:
            self.window.paste(line)

    def _given(self, text: str) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._asking = asyncio.ensure_future(self._ask_whose(EnrolmentLine.parse(text)))

    async def _ask_whose(self, line: EnrolmentLine) -> None:
        """Show the organisation's name beside the relay's address. Where it cannot be had, enrolling will say why."""
        agent = await asyncio.shield(self._agent)  # who is cancelled must not take it from the others
        from common.agent.enrolment.enrol import organisation_by

        try:
            self.window.show_organisation(await organisation_by(line, proxy=agent.way_to(line.host, line.port)))
        except TasukiError as error:
            log.warning("organisation_unknown", error_code=error.code)

    def _confirmed(self, line: EnrolmentLine) -> None:
        if self._work is None:
            self._work = asyncio.ensure_future(self._enrol(line))

    async def _enrol(self, line: EnrolmentLine) -> None:
        agent = await asyncio.shield(self._agent)  # who is cancelled must not take it from the others
        profile = agent.profile
        from common.agent.enrolment.busy import until_answered
        from common.agent.enrolment.enrol import enrol

        async def attempt() -> None:
            self.window.show_progress()
            await enrol(profile, line, clock=utc_now, proxy=agent.way_to(line.host, line.port))

        try:
            await until_answered(attempt, busy=lambda error: self.window.show_waiting(problem_text(error)))
        except TasukiError as error:
            log.warning("enrolment_failed", error_code=error.code)
            self.window.show_problem(problem_text(error))
        except Exception as error:  # a bug: the person reads that there was one, the log has it
            log.exception("enrolment_failed", exc_info=error)
            self.window.show_problem(problem_text(error))
        else:
            self.window.show_done(profile.organisation, profile.name)
        finally:
            self._work = None

    def _finished(self) -> None:
        if not self._over.done():
            self._over.set_result(True)
