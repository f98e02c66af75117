"""The first start: the enrolment window, and what stands behind it."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QCloseEvent

from common.agent.enrolment.line_file import find, read_text
from common.agent.enrolment.remedies import can_be_repeated
from common.agent.events import plain_text
from common.host.clock import utc_now
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.enrolment import EnrolmentLine, InvalidEnrolmentError
from common.protocol.enrolment_text import find_line
from common.ui.application import once
from common.ui.enrolment import EnrolmentWindow
from common.ui.sign_in import sign_in_page

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
        self._later: asyncio.TimerHandle | None = None
        self.window = _Window(self._over)
        self._reading: asyncio.Task[None] | None = None
        self.window.line_given.connect(self._given)
        self.window.file_given.connect(self._file_given)
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
        begun = [task for task in (self._work, self._asking, self._reading) if task is not None]
        for task in begun:
            task.cancel()
        if self._later is not None:
            self._later.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        self.window.hide()
        self.window.deleteLater()

    def show(self, line: str = "") -> None:
        """In front, with the line that a start brought."""
        self.window.bring()
        if line and self._work is None:
            self.window.paste(line)

    def _file_given(self, path: Path) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = asyncio.ensure_future(self._read(path))

    async def _read(self, path: Path) -> None:
        """In a thread: a file may lie on a disk that is far away."""
        try:
            text = await asyncio.to_thread(read_text, path)
            find_line(text)
        except (OSError, InvalidEnrolmentError) as error:
            log.warning("no_line_in_file", kind=type(error).__name__)
            self.window.refuse_file()
        else:
            if self._work is None:
                self.window.paste(text)

    def _given(self, line: EnrolmentLine) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._asking = asyncio.ensure_future(self._ask_whose(line))

    async def _ask_whose(self, line: EnrolmentLine) -> None:
        """Show the organisation's name. Where it cannot be had, enrolling will say why."""
        agent = await asyncio.shield(self._agent)  # who is cancelled must not take it from the others
        from common.agent.enrolment.enrol import organisation_by

        try:
            self.window.show_organisation(await organisation_by(line, routes=agent.routes))
        except TasukiError as error:
            log.warning("organisation_unknown", error_code=error.code)
            self.window.show_organisation("")

    def _confirmed(self, line: EnrolmentLine) -> None:
        if self._later is not None:
            self._later.cancel()
        if self._work is None:
            self._work = asyncio.ensure_future(self._enrol(line))

    def _try_by_itself(self, line: EnrolmentLine) -> None:
        """The person may have signed in by now. Who has gone on to something else is not disturbed."""
        if self._work is None and self.window.at_problem:
            self._work = asyncio.ensure_future(self._enrol(line, quietly=True))

    async def _enrol(self, line: EnrolmentLine, *, quietly: bool = False) -> None:
        """`quietly`: what is read stays until there is something new."""
        agent = await asyncio.shield(self._agent)  # who is cancelled must not take it from the others
        profile = agent.profile
        from common.agent.enrolment.busy import until_answered
        from common.agent.enrolment.enrol import enrol

        async def attempt() -> None:
            if not quietly:
                self.window.show_progress()
            await enrol(profile, line, clock=utc_now, routes=agent.routes)

        try:
            while True:
                try:
                    await until_answered(attempt, busy=lambda error: self.window.show_waiting(plain_text(error)))
                    break
                except TasukiError as error:
                    if not await self._logged_in(agent, error):
                        raise
        except TasukiError as error:
            log.warning("enrolment_failed", error_code=error.code)
            page = sign_in_page(error)
            if not (quietly and page and self.window.at_problem):
                self.window.show_problem(plain_text(error), again=can_be_repeated(error), sign_in=page)
            if page:
                self._wait_for_sign_in(line)
        except Exception as error:  # a bug: the person reads that there was one, the log has it
            log.exception("enrolment_failed", exc_info=error)
            self.window.show_problem(plain_text(error))
        else:
            self.window.show_done(profile.organisation_name, profile.name)
        finally:
            self._work = None

    def _wait_for_sign_in(self, line: EnrolmentLine) -> None:
        """It is tried again by itself, as is said there."""
        from common.agent.matching.problems import SIGNING_IN

        self._later = asyncio.get_running_loop().call_later(SIGNING_IN, self._try_by_itself, line)

    async def _logged_in(self, agent: "Agent", problem: TasukiError) -> bool:
        """Whether a proxy wanted a name and a password, and the person has just given them."""
        from common.ui.proxy_login import ProxyLoginQuestion

        question = ProxyLoginQuestion(agent.routes.logins, given=lambda: None)
        try:
            if not question.look(problem, self.window) or question.dialog is None:
                return False
            return bool(await once(question.dialog.finished))
        finally:
            question.close()
            question.deleteLater()

    def _finished(self) -> None:
        if not self._over.done():
            self._over.set_result(True)
