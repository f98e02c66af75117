"""What every system's hotkey is to the rest."""

from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from user_agent.stop_keys import StopHotkey


class Held(StrEnum):
    """Whether the key can be heard."""

    NO = "no"  # not wanted now
    YES = "yes"
    REFUSED = "refused"  # another program has it, or the system does not want us to
    IMPOSSIBLE = "impossible"  # this desktop lets nobody hear keys, as Wayland


class GlobalHotkey(QObject):
    """One hotkey. `pressed` is emitted from the loop's thread, in the very turn in which the key came; it may be emitted twice."""

    pressed = Signal()

    def __init__(self, key: StopHotkey, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self._held = Held.NO

    @property
    def held(self) -> Held:
        """How it is now."""
        return self._held

    def take(self) -> Held:
        """Hear it from now on, if that is possible."""
        if self._held is not Held.YES:
            self._held = self._take()
        return self._held

    def let_go(self) -> None:
        """Hear it no longer. It can be taken again."""
        if self._held is Held.YES:
            self._let_go()
        self._held = Held.NO

    def _take(self) -> Held:
        """The system's own way."""
        return Held.IMPOSSIBLE

    def _let_go(self) -> None:
        """The system's own way back, after `Held.YES`."""
