"""From *get help* to its end: the dialog, the request, what is kept of what was typed, and asking again."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from common.agent.drafts import Drafts
from common.host.background import Background
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.reasons import Why
from common.ui import application
from user_agent.call_back import LeftCallBack
from user_agent.inventory import details
from user_agent.servers.base import ScreenChoice
from user_agent.ui.ask import AskDialog
from user_agent.ui.main_window import MainWindow
from user_agent.ui.people_model import PeopleRow
from user_agent.views import RequestEnding, RequestStage, UserView, Wish

TOPIC = "topic"  # the draft's key
ASKED_LAST = "asked last"  # another: a row's key


class Asks(Protocol):
    """What is needed of user_agent.app.UserApp."""

    view: UserView

    async def ask(self, wish: Wish, *, left: LeftCallBack | None = None, again: bool = False) -> RequestEnding: ...
    def left_call_back(self) -> LeftCallBack | None: ...
    def stop(self) -> bool: ...
    def change_topic(self, text: str) -> bool: ...
    def screens(self) -> tuple[ScreenChoice, ...]: ...
    async def look_for_screens(self) -> tuple[ScreenChoice, ...]: ...


class TellsEnd(Protocol):
    """What is needed of user_agent.terminal.UserTerminal."""

    def over(self, ending: RequestEnding) -> None: ...
    def problem(self, problem: TasukiError) -> None: ...


class RequestFlow(QObject):
    """One request at a time. `changed()`: it is over, or was not even possible."""

    changed = Signal()

    def __init__(
        self,
        *,
        app: Asks,
        main: MainWindow,
        terminal: TellsEnd,
        drafts: Drafts,
        background: Background,
        computer: Computer,
        withheld: Callable[[], tuple[str, ...]],
    ) -> None:
        """`withheld()`: which details of this computer are never offered."""
        super().__init__()
        self._app = app
        self._main = main
        self._terminal = terminal
        self._drafts = drafts
        self._background = background
        self._computer = computer
        self._withheld = withheld
        self._wish: Wish | None = None
        self._failed: RequestEnding | None = None
        self._asking: asyncio.Task[None] | None = None
        self.dialog: AskDialog | None = None

    @property
    def under_way(self) -> bool:
        """Whether something is asked, or being asked."""
        return self._asking is not None

    def shown(self, view: UserView) -> UserView:
        """The app's view, or, where asking was not even possible, that it ended so."""
        if self._failed is None or view.stage is not RequestStage.IDLE:
            return view
        return dataclasses.replace(view, stage=RequestStage.ENDED, ending=self._failed)

    def begin(self) -> None:
        """What was typed and not sent is there again, who was asked last time is chosen; a call back that was left goes on."""
        self._main.set_topic(self._drafts.get(TOPIC))
        self._main.prefer(self._drafts.get(ASKED_LAST))
        if (left := self._app.left_call_back()) is not None:
            self._start(left.wish, left)

    def sent(self) -> None:
        """A helper is there: what was typed to be asked is done with."""
        self._drafts.clear(TOPIC)
        self._main.set_topic("")

    def close(self) -> None:
        """The dialog goes."""
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def open(self, row: PeopleRow) -> None:
        """Ask what `row` may do."""
        if self.under_way or self.dialog is not None:
            return
        dialog = AskDialog(row=row, topic=self._drafts.get(TOPIC), parent=self._main)
        dialog.show_screens(self._app.screens())
        dialog.asked.connect(lambda _wish: self._drafts.set(ASKED_LAST, row.key))
        dialog.asked.connect(self._start)
        dialog.finished.connect(self.close)
        self.dialog = dialog
        dialog.open()
        self._background.spawn(self._fill(dialog))

    def again(self) -> None:
        """The same once more, about what was said last."""
        if self._wish is not None:
            asked = self._app.view.wish or self._wish  # its topic may have changed while it waited
            self._main.bring()
            self._start(dataclasses.replace(self._wish, topic=asked.topic), again=True)

    def cancel(self) -> None:
        """Before a request is sent there is nothing that `stop` could take back."""
        if not self._app.stop() and self._asking is not None:
            self._asking.cancel()

    def when_over(self, then: Callable[[], None]) -> None:
        """Call `then` once nothing is under way; not at all where nothing is."""
        if self._asking is not None:
            self._asking.add_done_callback(lambda _: then())

    def type_topic(self, text: str) -> None:
        """Before it is sent."""
        self._drafts.set(TOPIC, text)

    def change_topic(self, text: str) -> None:
        """While it waits."""
        if self._app.change_topic(text):
            self._drafts.set(TOPIC, text)
            self._main.set_topic(text)

    async def _fill(self, dialog: AskDialog) -> None:
        found = await details(self._computer, withheld=self._withheld())
        screens = await self._app.look_for_screens()
        if self.dialog is dialog:
            dialog.show_details(found)
            dialog.show_screens(screens)

    def _start(self, wish: Wish, left: LeftCallBack | None = None, *, again: bool = False) -> None:
        if self._asking is None:
            self._wish, self._failed = wish, None
            self._asking = self._background.spawn(self._ask(wish, left, again=again))

    async def _ask(self, wish: Wish, left: LeftCallBack | None, *, again: bool) -> None:
        try:
            self._terminal.over(await self._app.ask(wish, left=left, again=again))
        except TasukiError as error:
            self._failed = RequestEnding(why=Why.FAILED, problem=error)
            self._terminal.problem(error)
        finally:
            self._asking = None
            self.changed.emit()
            application.tidy()
