"""A desktop that can be asked for its layout but is not heard: Windows, whose notices go to windows alone, and Wayland.

Windows answers at once, and is asked before everything that passes. A Wayland compositor may take its time, so it is asked
in a thread now and then; what windows of ours hear of it (Qt's screens) is said at once. Either way a VNC server may have
looked at the new layout a moment before we ask.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

LOOK: Final = 0.25  # seconds between two looks where nothing else asks


class PolledProbe:
    """See ports.LayoutProbe. `layout` gives what is there now as a value, empty where it cannot be known.

    `waits`: it may take its time. Made in a thread, since it looks at once.
    """

    gone = False

    def __init__(self, layout: Callable[[], object], *, waits: bool) -> None:
        self._layout = layout
        self._waits = waits
        self._seen = layout()
        self._accepted: object = None
        self._stale = False
        self._looking: asyncio.Task[None] | None = None

    def holds(self) -> bool:
        """It is the same value."""
        if not self._waits:
            self._seen = self._layout()
        if not self._seen or self._seen != self._accepted:
            self._stale = True
        return not self._stale

    def accept(self) -> bool:
        """What is there now."""
        if not self._waits:
            self._seen = self._layout()
        self._accepted, self._stale = self._seen, False
        return bool(self._seen)

    def suspect(self) -> None:
        """What was seen last may be old where it is not asked each time."""
        self._stale = self._stale or self._waits

    def watch(self, changed: Callable[[], None]) -> None:
        """Now and then."""
        self._looking = asyncio.ensure_future(self._look(changed))

    def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self, changed: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if self._waits:
                with contextlib.suppress(OSError):
                    self._seen = await asyncio.to_thread(self._layout)
            if not self.holds():
                changed()
