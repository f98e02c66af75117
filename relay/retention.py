"""What the settings want kept for so many days only goes, every hour: topics, notes, and details of computers of requests that are over."""

import asyncio
from datetime import timedelta
from typing import Final

from common.host.log import get_logger
from common.protocol.clock import WallClock
from relay.core.records import Kept
from relay.core.storing import Store, StoreError
from relay.settings import RetentionSection

log = get_logger()

EVERY: Final = 3600.0
"""Seconds."""
PART: Final = 200
"""Requests of one transaction: others write in between."""


class Retention:
    """On the relay's store."""

    def __init__(self, *, store: Store, settings: RetentionSection, clock: WallClock) -> None:
        self._store = store
        self._clock = clock
        self._days = {Kept.TOPICS: settings.topics, Kept.NOTES: settings.notes, Kept.COMPUTERS: settings.computers}

    async def keep(self) -> None:
        """Until cancelled."""
        while any(self._days.values()):
            try:
                await self.turn()
            except StoreError as error:
                log.warning("retention_waits", error=str(error))
            await asyncio.sleep(EVERY)

    async def turn(self) -> dict[Kept, int]:
        """Once: how many of each kind went. Raises StoreError."""
        went = dict.fromkeys(Kept, 0)
        for kind, days in self._days.items():
            if not days:
                continue
            before = self._clock() - timedelta(days=days)
            while True:
                count = await self._store.write(
                    lambda unit, kind=kind, before=before: unit.forget(kind, before=before, limit=PART)  # type: ignore[misc]
                )
                went[kind] += count
                if count < PART:
                    break
        if any(went.values()):
            log.info("retention", **{kind.value: count for kind, count in went.items()})
        return went
