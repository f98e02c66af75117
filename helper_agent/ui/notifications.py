"""New requests reach a helper who looks elsewhere: a notice of the desktop with *take it* and *later*, a tone, a tone again."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from common.agent.notice import DEFAULT
from common.agent.settings import AgentSettings
from common.host.words import one_line
from common.protocol.messages import Status
from common.ui.notices import Notices
from helper_agent.ui.arrivals import Arrivals
from helper_agent.ui.reminders import Reminders
from helper_agent.views import HelperView, NumberedRequest

KEY: Final = "requests"  # of the one notice about all who wait
TAKE, LATER = "take:", "later"  # its actions; a request's id follows the first
TICK: Final = 1000  # milliseconds


class HelperNotifications(QObject):
    """`render` every view. A helper who is away is left in peace, one who is busy hears the tone once.

    There is one notice for all who wait, and it goes when they were taken or the helper looks at the queue.
    """

    taken = Signal(str)  # a request
    wanted = Signal(str)  # to be shown in the queue

    def __init__(
        self,
        *,
        notices: Notices,
        settings: AgentSettings,
        looking: Callable[[], bool],
        now: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """`looking()`: whether the person has the window before them, so that no notice is needed."""
        super().__init__(parent)
        self._notices = notices
        self._settings = settings
        self._looking = looking
        self._now = now
        self._arrivals = Arrivals()
        self._reminders = Reminders(every=settings.helper.tone_again, times=settings.helper.tone_times)
        self._view = HelperView()
        self._first = ""  # the request that the notice is about
        self._clock = QTimer(self, interval=TICK)
        self._clock.timeout.connect(self.tick)
        notices.acted.connect(self._acted)

    def follow(self, settings: AgentSettings) -> None:
        """Other settings from now on."""
        self._settings = settings
        self._reminders.follow(every=settings.helper.tone_again, times=settings.helper.tone_times)

    def render(self, view: HelperView) -> None:
        """Tell of what is new."""
        self._view = view
        self._notices.count(len(view.requests))
        came = self._arrivals.of(view)
        if not view.requests:
            self._clock.stop()
        elif not self._clock.isActive():
            self._clock.start()
        if came and view.matching.status is not Status.AWAY:
            self._reminders.came(now=self._now())
            self._call()
        elif self._notices.stands(KEY):
            self._show()

    def tick(self) -> None:
        """Time passes: is anything to be said again?"""
        now = self._now()
        waiting = [one.entry.request for one in self._view.requests if _can_be_taken(one)]
        if self._looking():
            self._notices.withdraw(KEY)
        quiet = self._view.matching.status is not Status.AVAILABLE or self._looking()
        if self._reminders.back(waiting, now=now) and self._view.matching.status is not Status.AWAY:
            self._reminders.came(now=now)
            self._call()
        elif self._reminders.is_due(waiting, quiet=quiet, now=now):
            self._sound()
            self._notices.blink()

    def _call(self) -> None:
        self._sound()
        if self._settings.window.notices and not self._looking():
            self._show()

    def _sound(self) -> None:
        if self._settings.window.sound:
            self._notices.sound()

    def _show(self) -> None:
        """Who waits now, in the one notice; nobody any more: it goes."""
        told = [
            one
            for one in self._view.requests
            if _can_be_taken(one) and not self._reminders.is_put_off(one.entry.request)
        ]
        if not told:
            self._notices.withdraw(KEY)
            return
        title, text, take = self._words(told)
        self._first = told[0].entry.request
        actions = ((DEFAULT, self.tr("Show")), (TAKE + self._first, take), (LATER, self.tr("Later")))
        self._notices.show(title, text, key=KEY, actions=actions, stays=True)

    def _words(self, told: Sequence[NumberedRequest]) -> tuple[str, str, str]:
        first = told[0].entry
        name, topic = one_line(first.user.name), one_line(first.topic)
        if len(told) == 1:
            return self.tr("{name} asks for help").format(name=name), topic, self.tr("Take it")
        title = self.tr("%n people ask for help", "", len(told))
        longest = self.tr("{name} waits longest.").format(name=name)
        return title, f"{longest}\n{topic}" if topic else longest, self.tr("Take {name}").format(name=name)

    def _acted(self, key: str, action: str) -> None:
        if key != KEY:
            return
        if action.startswith(TAKE):
            self.taken.emit(action.removeprefix(TAKE))
        elif action == LATER:
            self._reminders.put_off((one.entry.request for one in self._view.requests), now=self._now())
            self._notices.withdraw(KEY)
        else:
            self.wanted.emit(self._first)


def _can_be_taken(one: NumberedRequest) -> bool:
    """Not one that is being taken, nor a call back whose user is not connected now."""
    return one.entry.here and not one.accepted
