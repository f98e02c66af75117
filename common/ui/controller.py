"""What both agents' controllers share: an agent's life behind the windows, from its start to the question before the end."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol, TypeAlias

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from common.agent.composition import Agent
from common.agent.drafts import Drafts
from common.agent.views import MatchingView
from common.host.background import Background
from common.host.errors import TasukiError
from common.protocol.matching_client import MatchingPhase
from common.ui.program import RunEnd
from common.ui.proxy_login import REFUSED, WANTED, ProxyLoginQuestion
from common.ui.quit_dialog import QuitDialog, QuitWords
from common.ui.sign_in import CAPTIVE_PORTAL
from common.ui.window import Window

_MENDED_BY_HAND: Final = frozenset({CAPTIVE_PORTAL, WANTED, REFUSED})

Wire: TypeAlias = tuple[Any, Callable[..., Any]]
"""A signal, and what is called by it."""


class Closes(Protocol):
    """The windows that go with the controller."""

    async def close(self) -> None:
        """All of them go."""


class AgentController(QObject):
    """Run it once. An agent's own derives from it, sets `app` and `windows`, and says what is wired to what.

    The main window and the icon beside the clock are the program's, and outlive it; only what it opens itself goes with it.
    """

    app: AbstractAsyncContextManager[Any]
    windows: Closes

    def __init__(self, *, agent: Agent, drafts: Drafts) -> None:
        super().__init__()
        self.drafts = drafts
        self.background = Background()
        self._agent = agent
        self._quit: QuitDialog | None = None
        self.proxy_login = ProxyLoginQuestion(
            agent.routes.logins, given=self.try_again_now, asking=self.asking_for_login
        )
        self._led_to, self._led_from = "", False  # the problem that brought the main window; it was out of sight before
        self._end: asyncio.Future[RunEnd] = asyncio.get_running_loop().create_future()

    async def run(self) -> RunEnd:
        """Until the person quits, or the agent must be made anew. Then nothing is left of it."""
        try:
            async with self.app:
                renewing = self._agent.renewing()
                renewing.add_done_callback(self._renewed)
                try:
                    with _wired(self.wires()):
                        self.begin()
                        if (problem := self.drafts.take_problem()) is not None:
                            self.file_problem(problem)
                        return await self._end
                finally:
                    renewing.cancel()
                    self.proxy_login.close()
                    await self.background.close()
                    await asyncio.gather(renewing, return_exceptions=True)
                    self.put_away()
        finally:
            if self._quit is not None:
                self._quit.deleteLater()
            self.proxy_login.deleteLater()
            await self.windows.close()
            await self.drafts.flush()
            self.deleteLater()

    def wires(self) -> Sequence[Wire]:
        """What the windows' signals call while it runs. Override."""
        return ()

    def begin(self) -> None:
        """The agent works now, and the windows are wired. Override."""

    def put_away(self) -> None:
        """The agent is about to end: what must be off the screen at once. Override."""

    def file_problem(self, problem: TasukiError) -> None:
        """A file of the agent's own is damaged or cannot be written: the person has to know. Override."""

    def cannot_renew(self, error: BaseException) -> None:
        """The certificate runs out, and why. Override."""

    # the way to the relay

    def connection(self, view: MatchingView, main: Window, *, interrupted: bool) -> None:
        """How it stands with the relay; a proxy's question for a name and a password is asked over `main`, where it can be seen.

        `interrupted`: a session waits for it. What a person alone can mend then comes to the front, once.
        """
        problem = view.problem if view.phase is MatchingPhase.RETRYING else None
        if view.phase is MatchingPhase.ONLINE:
            self.proxy_login.way_is_open()
        if interrupted and problem is not None and problem.code in _MENDED_BY_HAND and problem.code != self._led_to:
            self._led_to = problem.code
            self._led_from = self._led_from or not _is_open(main)
            main.bring()
        if problem is not None and _is_open(main):
            self.proxy_login.look(problem, main)
        if not interrupted:
            was, self._led_to, self._led_from = self._led_from, "", False
            if was:
                self.session_is_back()

    def session_is_back(self) -> None:
        """No session is interrupted any more, and the main window came to the front for one. Override."""

    def try_again_now(self) -> None:
        """What kept it from the relay is mended, perhaps. Override."""

    def asking_for_login(self, on: bool) -> None:
        """A proxy's question is open, or no longer. Override."""

    def _renewed(self, renewing: "asyncio.Task[TasukiError]") -> None:
        if not renewing.cancelled():
            self.cannot_renew(renewing.exception() or renewing.result())

    # the end

    def leave(self, end: RunEnd) -> None:
        """End it."""
        if not self._end.done():
            self._end.set_result(end)

    def ask_to_quit(self, words: QuitWords, parent: QWidget | None = None) -> None:
        """Quit if the person still wants to, who reads what would be lost. Asked at most once at a time."""
        if self._quit is not None:
            self._quit.raise_()
            return
        dialog = self._quit = QuitDialog(words, parent)
        dialog.confirmed.connect(lambda: self.leave(RunEnd.QUIT))
        dialog.finished.connect(self._asked)
        self.asking_to_quit(True)
        dialog.open()

    def asking_to_quit(self, on: bool) -> None:
        """The question is open, or no longer. Override."""

    def _asked(self) -> None:
        self.asking_to_quit(False)
        if self._quit is not None:
            self._quit.deleteLater()
            self._quit = None


def _is_open(window: QWidget) -> bool:
    """Whether a person can see it, if nothing lies over it."""
    return window.isVisible() and not window.isMinimized()


@contextlib.contextmanager
def _wired(wires: Sequence[Wire]) -> Iterator[None]:
    """The windows' signals come to the controller for as long as the block lasts."""
    for signal, slot in wires:
        signal.connect(slot)
    try:
        yield
    finally:
        for signal, slot in wires:
            signal.disconnect(slot)
