"""What follows when the desktop's layout has changed: the picture is stopped by then, and stays so until it is known what to show.

Where the monitor that was agreed to is still there, as it was, it is shown again without a question. Else the person is
asked. Either way the VNC server is started anew: one that ran through the change may show what it showed in between.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from common.host.errors import TasukiError
from common.host.log import get_logger
from user_agent.area.guard import AreaGuard
from user_agent.area.ports import LayoutProbe, OpenProbe
from user_agent.area.question import AreaView, ScreenQuestion
from user_agent.servers.base import ScreenChoice

SETTLES: Final = 0.5  # seconds without a change: a desktop that puts its screens in order changes them several times

log = get_logger(component="area")


class Shows(Protocol):
    """What is needed to stop and to show."""

    @property
    def name(self) -> str:
        """Of the program that shows."""

    def stop(self) -> None:
        """Not one pixel more, from this call on."""

    async def show(self, screen: ScreenChoice | None) -> None:
        """Have a server for this one screen, or for all, and nothing of another. Raises TasukiError where it cannot be had."""

    def go_on(self) -> None:
        """It may be seen."""


class HeldArea:
    """One session's. `guard` is what the broker asks. `told` hears every new AreaView."""

    def __init__(
        self,
        *,
        shows: Shows,
        open_probe: OpenProbe,
        find: Callable[[], Awaitable[tuple[ScreenChoice, ...]]],
        told: Callable[[AreaView], None],
        settles: float = SETTLES,
    ) -> None:
        self.guard = AreaGuard(doubted=self._doubted)
        self._shows = shows
        self._open_probe = open_probe
        self._find = find
        self._told = told
        self._settles = settles
        self._view = AreaView()
        self._doubt = asyncio.Event()
        self._answer: asyncio.Future[ScreenChoice | None] | None = None

    async def hold(self, agreed: ScreenChoice) -> None:
        """Show this monitor and nothing else, as long as this runs. Returns only where the person lets all screens be seen.

        Raises TasukiError where that cannot be done (any more): then nothing passes.
        """
        self._shows.stop()
        probe = await asyncio.to_thread(self._open_probe)
        try:
            probe.watch(self.guard.doubt)
            self._doubt.clear()
            wanted: ScreenChoice | None = agreed
            while wanted is not None:
                wanted = await self._agreed(probe, wanted)
                if not await self._has_shown(probe, wanted) or wanted is None:
                    continue
                self._doubt.clear()
                if self.guard.holds_again(probe, (wanted.width, wanted.height)):
                    self._shows.go_on()
                    self._tell(AreaView())
                    await self._doubt.wait()
                    if self.guard.hopeless:
                        raise TasukiError("screen_not_kept", program=self._shows.name)
        finally:
            probe.close()
        self.guard.give_up()
        self._shows.go_on()
        self._tell(AreaView())

    def choose(self, key: str) -> bool:
        """The person's answer: this screen, or all of them (""). False where that was not asked."""
        question = self._view.question
        if question is None or self._answer is None or self._answer.done():
            return False
        chosen = next((one for one in question.screens if one.key == key), None)
        if chosen is None and (key or len(question.screens) < 2):
            return False
        self._answer.set_result(chosen)
        return True

    async def _agreed(self, probe: LayoutProbe, wanted: ScreenChoice) -> ScreenChoice | None:
        """What to show in the layout that the probe has accepted by then: the monitor, as long as it is there, or what the person says."""
        while True:
            found = await self._look(probe)
            still = next((one for one in found if wanted.is_still(one)), None)
            if still is not None:
                return still
            log.info("screens_changed", was=wanted.key, now=[one.key for one in found])
            answered, chosen = await self._ask(ScreenQuestion(was=wanted, screens=_places(found)))
            if answered and chosen is None:
                return None
            wanted = chosen or wanted

    async def _has_shown(self, probe: LayoutProbe, wanted: ScreenChoice | None) -> bool:
        """Whether there is a server for it. Where there is none because the screens have changed, it is looked at again."""
        try:
            await self._shows.show(wanted)
        except TasukiError:
            if wanted is None or probe.gone or probe.holds():
                raise
            self._doubt.set()
            return False
        return True

    async def _look(self, probe: LayoutProbe) -> tuple[ScreenChoice, ...]:
        """The monitors, once nothing changes any more. The first look of a session waits for nothing."""
        while True:
            if self._doubt.is_set():
                await asyncio.sleep(self._settles)
            self._doubt.clear()
            if probe.gone:
                raise TasukiError("screen_closed")
            if probe.accept():
                found = await self._find()
                if probe.holds() and not self._doubt.is_set():
                    return found
            self._doubt.set()

    async def _ask(self, question: ScreenQuestion) -> tuple[bool, ScreenChoice | None]:
        """Whether the person has answered, and what; not, where the screens have changed again."""
        self._answer = asyncio.get_running_loop().create_future()
        self._tell(AreaView(stopped=True, question=question))
        changed = asyncio.ensure_future(self._doubt.wait())
        either: set[asyncio.Future[Any]] = {self._answer, changed}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            answered = self._answer.done()
            return answered, self._answer.result() if answered else None
        finally:
            changed.cancel()
            self._answer.cancel()
            self._answer = None
            self._tell(AreaView(stopped=True))

    def _doubted(self) -> None:
        """By the guard, in the middle of a read: whatever it is, nothing passes meanwhile."""
        self._shows.stop()
        self._doubt.set()
        if not self._view.stopped:
            self._tell(AreaView(stopped=True))

    def _tell(self, view: AreaView) -> None:
        if view != self._view:
            self._view = view
            self._told(view)


def _places(screens: tuple[ScreenChoice, ...]) -> tuple[ScreenChoice, ...]:
    """One for each place: those that show the same are the same to whoever chooses."""
    return tuple({one.key: one for one in reversed(screens)}.values())[::-1]
