"""What is shown of the desktop, and what follows when its layout has changed: the picture is stopped by then, and stays so until it is known what to show.

Where the monitor that is shown is still there, as it was, it is shown again without a question. Else the person is
asked, unless all may be seen. Either way the VNC server is started anew: one that ran through the change may show what it
showed in between. Another monitor that was agreed to, where somebody wants it, is shown in the same way.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, Protocol

from common.host.errors import TasukiError
from common.host.log import get_logger
from user_agent.area.guard import AreaGuard
from user_agent.area.offering import Agreement, Screens, ScreensNow, places
from user_agent.area.ports import LayoutProbe, OpenProbe
from user_agent.area.question import AreaView, ScreenQuestion
from user_agent.servers.base import ScreenChoice

SETTLES: Final = 0.5  # seconds without a change: a desktop that puts its screens in order changes them several times
RESTS: Final = 1.0  # seconds that a screen is seen at least before another one: each needs a server that is started

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

    async def alone(self, screens: Screens) -> Screens:
        """Those of them that can be shown without the others."""

    def go_on(self) -> None:
        """It may be seen."""


class HeldArea:
    """One session's. `guard` is what the broker asks. `told` hears every new AreaView."""

    def __init__(
        self,
        *,
        shows: Shows,
        open_probe: OpenProbe,
        find: Callable[[], Awaitable[Screens]],
        told: Callable[[AreaView], None],
        settles: float = SETTLES,
        rests: float = RESTS,
    ) -> None:
        self.guard = AreaGuard(doubted=self._doubted)
        self._shows = shows
        self._open_probe = open_probe
        self._find = find
        self._told = told
        self._settles = settles
        self._rests = rests
        self._view = AreaView()
        self._agreement = Agreement()
        self._offer = ScreensNow()
        self._wanted: ScreenChoice | None = None  # what is seen, or shall be; None: all of them
        self._before: tuple[ScreenChoice | None, ...] = ()  # what was seen when another was wanted that is not seen yet
        self._probe: LayoutProbe | None = None  # while one is shown alone
        self._doubt = asyncio.Event()
        self._answer: asyncio.Future[ScreenChoice | None] | None = None
        self._wish: str | None = None  # the key of another one
        self._wished = asyncio.Event()

    async def hold(self, agreed: Screens) -> None:
        """Show the first of these monitors, another of them where it is wanted, and nothing else, as long as this runs; none: all there is.

        Raises TasukiError where that cannot be done (any more): then nothing passes.
        """
        self._agreement = Agreement(screens=agreed)
        self._wanted = agreed[0] if agreed else None
        self._shows.stop()
        try:
            while True:
                if await self._brought():
                    self._before = ()
                    self._shows.go_on()
                    self._tell(AreaView(offered=self._offer.told(self._wanted)))
                    await self._until_otherwise()
        finally:
            self._close_probe()

    def want(self, key: str) -> bool:
        """Somebody wants to see this one of those that are offered, or all ("") where that may be. False where it cannot be had."""
        if self._view.stopped or key == self._view.offered.seen or not self._view.offered.has(key):
            return False
        self._wish = key
        self._wished.set()
        return True

    def look(self) -> None:
        """Something says that the screens are otherwise than before."""
        self.guard.suspect()
        if self._probe is None:
            self._doubt.set()

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

    async def _brought(self) -> bool:
        """Whether what is wanted could be seen now. If not, it is tried again, or what was seen before."""
        try:
            return await (self._whole() if self._wanted is None else self._one(self._wanted))
        except TasukiError as problem:
            if not self._before:
                raise
            log.warning("screen_not_shown", error_code=problem.code)
            (self._wanted,), self._before = self._before, ()
            return False

    async def _whole(self) -> bool:
        """Show all there is, whatever becomes of it."""
        await self._shows.show(None)
        self._close_probe()
        self._doubt.clear()
        self._offer = await self._offered(await self._find())
        self.guard.give_up()
        return True

    async def _one(self, wanted: ScreenChoice) -> bool:
        """Show this monitor, or what the person says instead."""
        if self._probe is None:
            self._probe = await asyncio.to_thread(self._open_probe)
            self._probe.watch(self.guard.doubt)
            self._doubt.clear()
        probe = self._probe
        self._wanted = found = await self._agreed(probe, wanted)
        if found is None or not await self._has_shown(probe, found):
            return False
        self._doubt.clear()
        return self.guard.holds_again(probe, (found.width, found.height))

    async def _until_otherwise(self) -> None:
        """Return where it must be stopped: the screens have changed, or another one is wanted, which `_wanted` is then."""
        clock = asyncio.get_running_loop().time
        rested = clock() + self._rests
        while True:
            await _first(self._doubt, self._wished)
            if self._doubt.is_set() and self._wanted is not None:
                if self.guard.hopeless:
                    raise TasukiError("screen_not_kept", program=self._shows.name)
                return
            if self._doubt.is_set():
                await asyncio.sleep(self._settles)
                self._doubt.clear()
                self._offer = await self._offered(await self._find())
                self._tell(AreaView(offered=self._offer.told(None)))
            elif (rest := rested - clock()) > 0:
                await asyncio.sleep(rest)
            elif self._takes_another():
                return

    def _takes_another(self) -> bool:
        """Whether what is wanted may be seen, still: then nothing more of what was is."""
        self._wished.clear()
        key, self._wish = self._wish, None
        offered = self._view.offered
        if key is None or key == offered.seen or not offered.has(key) or not self.guard.opens():
            return False
        self.guard.shut()
        self._shows.stop()
        self._before = (self._wanted,)
        self._wanted = next((one for one in self._offer.alone if one.key == key), None)
        log.info("screen_wanted", screen=key)
        return True

    async def _offered(self, found: Screens) -> ScreensNow:
        """What may be seen of what is there."""
        numbered, whole = places(found), self._agreement.whole
        may = self._agreement.among(numbered)
        alone = await self._shows.alone(may) if len(numbered) > 1 and len(may) + whole > 1 else ()
        return ScreensNow(numbered=numbered, alone=alone, whole=whole)

    def _close_probe(self) -> None:
        probe, self._probe = self._probe, None
        if probe is not None:
            probe.close()

    async def _agreed(self, probe: LayoutProbe, wanted: ScreenChoice) -> ScreenChoice | None:
        """What to show in the layout that the probe has accepted by then: the monitor, as long as it is there, or what the person says."""
        while True:
            found = await self._look(probe)
            self._offer = await self._offered(found)
            still = next((one for one in found if wanted.is_still(one)), None)
            if still is not None:
                return still
            log.info("screens_changed", was=wanted.key, now=[one.key for one in found])
            if self._agreement.whole:
                return None
            answered, chosen = await self._ask(ScreenQuestion(was=wanted, screens=places(found)))
            if answered:
                self._agreement = Agreement(screens=(chosen,) if chosen is not None else ())
            if answered and chosen is None:
                return None
            wanted = chosen or wanted

    async def _has_shown(self, probe: LayoutProbe, wanted: ScreenChoice) -> bool:
        """Whether there is a server for it. Where there is none because the screens have changed, it is looked at again."""
        try:
            await self._shows.show(wanted)
        except TasukiError:
            if probe.gone or probe.holds():
                raise
            self._doubt.set()
            return False
        return True

    async def _look(self, probe: LayoutProbe) -> Screens:
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
        self._tell(replace(self._view, stopped=True, question=question))
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
            self._tell(replace(self._view, stopped=True, question=None))

    def _doubted(self) -> None:
        """By the guard, in the middle of a read: whatever it is, nothing passes meanwhile."""
        self._shows.stop()
        self._doubt.set()
        if not self._view.stopped:
            self._tell(replace(self._view, stopped=True, question=None))

    def _tell(self, view: AreaView) -> None:
        if view != self._view:
            self._view = view
            self._told(view)


async def _first(*events: asyncio.Event) -> None:
    """Wait for one of them."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
