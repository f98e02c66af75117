"""The first start: the enrolment window, and what stands behind it."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QCloseEvent

from common.agent.composition import Agent, utc_now
from common.agent.enrol import enrol
from common.agent.line_file import find
from common.agent.telling import problem_text
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.enrolment import EnrolmentLine
from common.ui.enrolment import EnrolmentWindow

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
    """Run it once, with an agent that is not enrolled."""

    def __init__(self, *, agent: Agent, places: Iterable[Path] = (), parent: QObject | None = None) -> None:
        """`places`: where a file with the line may lie."""
        super().__init__(parent)
        self._agent = agent
        self._places = tuple(places)
        self._over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._work: asyncio.Task[None] | None = None
        self.window = _Window(self._over)
        self.window.confirmed.connect(self._confirmed)
        self.window.finished.connect(self._finished)

    async def run(self, line: str = "") -> bool:
        """Show it, `line` put in where there is one. True once the computer is enrolled, False where the person leaves."""
        self.window.bring()
        if line:
            self.window.paste(line)
        elif (found := await asyncio.to_thread(find, self._places)) is not None:
            self.window.offer(found)
        try:
            return await self._over
        finally:
            if self._work is not None:
                self._work.cancel()
                await asyncio.gather(self._work, return_exceptions=True)
            self.window.hide()
            self.window.deleteLater()

    def show(self, line: str = "") -> None:
        """A second start: in front, with the line that it brought."""
        self.window.bring()
        if line and self._work is None:
            self.window.paste(line)

    def _confirmed(self, line: EnrolmentLine) -> None:
        if self._work is None:
            self._work = asyncio.ensure_future(self._enrol(line))

    async def _enrol(self, line: EnrolmentLine) -> None:
        profile = self._agent.profile
        try:
            await enrol(profile, line, clock=utc_now, proxy=self._agent.way_to(line.host, line.port))
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
