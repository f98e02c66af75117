"""What is needed of a desktop to hold an area on it. Each system has a module of its own."""

from collections.abc import Callable
from typing import Protocol


class LayoutProbe(Protocol):
    """One desktop's layout, watched from `open` on. Everything but `open` on the loop's thread, and in a moment."""

    def holds(self) -> bool:
        """Whether nothing of the layout has changed since it was last accepted, up to this very call.

        False, too, where the desktop does not answer in a moment: nobody knows then.
        """

    def accept(self) -> bool:
        """What holds from now on is what is there now. False where the desktop does not answer."""

    def watch(self, changed: Callable[[], None]) -> None:
        """Call this on the loop where something seems to have changed, as soon as that is known."""

    def suspect(self) -> None:
        """Somebody else has heard of a change. Where the desktop cannot be asked in a moment, it counts as one."""

    @property
    def gone(self) -> bool:
        """Whether the desktop itself has ended."""

    def close(self) -> None:
        """No longer."""


OpenProbe = Callable[[], LayoutProbe]
"""Opens one, in a thread: it may wait. Raises TasukiError, which a person can read."""
