"""The gate before a VNC server's bytes: asked after each read, before anything of it passes."""

from collections.abc import Callable
from typing import Final, Protocol

from user_agent.area.ports import LayoutProbe

WRONG_SIZES: Final = 3  # of a server that was started anew each time: it will not do better


class AreaGate(Protocol):
    """What the broker asks."""

    def opens(self) -> bool:
        """Whether what was read from the server until now may pass. Where not, the picture has been stopped by then."""

    def fits(self, width: int, height: int) -> bool:
        """Whether a framebuffer of this size may be shown."""

    def doubt(self) -> None:
        """Nothing passes any more: it is said where a framebuffer does not fit."""


class OpenGate:
    """The whole desktop was agreed to: whatever it becomes."""

    def opens(self) -> bool:
        """Always."""
        return True

    def fits(self, width: int, height: int) -> bool:  # noqa: ARG002 -- see above
        """Any."""
        return True

    def doubt(self) -> None:
        """Never: any fits."""


class AreaGuard:
    """One monitor is shown. `doubted` is called at once, and again at every further doubt, until `holds_again`."""

    def __init__(self, *, doubted: Callable[[], None]) -> None:
        self._doubted = doubted
        self._probe: LayoutProbe | None = None
        self._size: tuple[int, int] | None = None
        self._shut = True
        self._wrong_sizes = 0

    @property
    def hopeless(self) -> bool:
        """Whether the server shows another size than was asked for, however often it is started."""
        return self._wrong_sizes >= WRONG_SIZES

    def holds_again(self, probe: LayoutProbe, size: tuple[int, int]) -> bool:
        """A server shows this much, for the layout that was accepted last. Whether that is still so: then it may pass."""
        self._probe, self._size = probe, size
        self._shut = not probe.holds()
        return not self._shut

    def give_up(self) -> None:
        """From now on the whole desktop is agreed to."""
        self._probe = self._size = None
        self._shut = False

    def shut(self) -> None:
        """Something else is to be shown: nothing passes until it is."""
        self._shut = True

    def opens(self) -> bool:
        """Nothing has changed up to now."""
        if not self._shut and self._probe is not None and not self._probe.holds():
            self.doubt()
        return not self._shut

    def fits(self, width: int, height: int) -> bool:
        """It is what was agreed to."""
        if self._size is None or (width, height) == self._size:
            self._wrong_sizes = 0
            return True
        self._wrong_sizes += 1
        return False

    def suspect(self) -> None:
        """Somebody says that the layout has changed."""
        if self._probe is not None:
            self._probe.suspect()
        self.opens()

    def doubt(self) -> None:
        """Nothing passes any more."""
        self._shut = True
        self._doubted()
