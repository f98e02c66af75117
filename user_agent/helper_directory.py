"""Who can be asked: the relay's list of helpers and groups, watched while somebody wants it, and whom a wish means in it."""

import asyncio
import contextlib

from common.agent.matching.matching import Matching
from common.agent.settings import TimingSection
from common.host.errors import TasukiError
from common.host.words import one_line
from common.protocol.messages import GroupEntry, HelperEntry, Mode, To, ToAnyone, ToGroup, ToHelper
from user_agent.views import Wish

LONGEST_LIST = 60.0  # seconds; the list comes in batches of 50, one a second
SETTLED = 1.5  # seconds without a batch: it is whole


class HelperDirectory:
    """Tell it of every change of the list (`changed`)."""

    def __init__(self, matching: Matching, *, timing: TimingSection) -> None:
        self._matching = matching
        self._timing = timing
        self._changed = asyncio.Event()
        self._watched_by: set[str] = set()

    def changed(self) -> None:
        """The list may be another."""
        self._changed.set()

    def watch(self, who: str, on: bool) -> None:
        """`who` wants the list to be kept up to date, or no longer: the relay is told when the first comes and the last goes."""
        before = bool(self._watched_by)
        (self._watched_by.add if on else self._watched_by.discard)(who)
        if bool(self._watched_by) is not before:
            self._matching.watch(not before)

    async def listed(self, settle: float = SETTLED) -> tuple[HelperEntry | GroupEntry, ...]:
        """All that came until nothing more did for `settle` seconds. Watch before."""
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(settle):
                    await self._changed.wait()
            except TimeoutError:
                return self._matching.view.helpers

    async def find(self, wish: Wish, *, again: bool = False) -> tuple[To, str | None]:
        """Whom the wish means, and the name that the person chose; waits for the list. Watch before.

        `again`: who was asked before may be away only for a moment, as everybody is when a relay is started anew.

        Raises TasukiError `helper_unknown` | `helper_ambiguous`.
        """
        if wish.anyone:
            return ToAnyone(), None
        if wish.group:
            if wish.mode is Mode.CONTROL:
                await self._entry_of_group(wish.group)
            return ToGroup(group=wish.group), None
        most, still = (self._timing.again, self._timing.again) if again else (LONGEST_LIST, self._timing.list)
        try:
            async with asyncio.timeout(most):
                while (entry := self._entry(wish.helper)) is None:
                    self._changed.clear()
                    await asyncio.wait_for(self._changed.wait(), still)
        except TimeoutError:
            raise TasukiError("helper_unknown", name=wish.helper) from None
        return ToHelper(uri=entry.uri), entry.name

    async def _entry_of_group(self, group: str) -> None:
        """What may be allowed there is known from then on, where the list says it: the relay says whether there is such a group."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_LIST):
                while not any(
                    isinstance(one, GroupEntry) and one.group == group for one in self._matching.view.helpers
                ):
                    self._changed.clear()
                    await asyncio.wait_for(self._changed.wait(), self._timing.list)

    def check_mode(self, wish: Wish, to: To) -> None:
        """May who is asked so be allowed that, as far as the list says? Of anyone nobody knows before. Raises TasukiError `control_not_offered`."""
        if wish.mode is not Mode.CONTROL:
            return
        for entry in self._matching.view.helpers:
            key = ToHelper(uri=entry.uri) if isinstance(entry, HelperEntry) else ToGroup(group=entry.group)
            if key == to and entry.most is Mode.VIEW:
                name = entry.name if isinstance(entry, HelperEntry) else entry.group
                raise TasukiError("control_not_offered", name=one_line(name))

    def _entry(self, wanted: str) -> HelperEntry | None:
        """The helper of this name or URI, if listed. Raises TasukiError `helper_ambiguous`."""
        helpers = [entry for entry in self._matching.view.helpers if isinstance(entry, HelperEntry)]
        found = [entry for entry in helpers if wanted in {entry.name, entry.uri}]
        if len(found) > 1:
            raise TasukiError("helper_ambiguous", name=wanted)
        return found[0] if found else None
