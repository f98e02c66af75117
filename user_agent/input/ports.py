"""What puts a helper's keys and pointer into this desktop, as the rest of the agent sees it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from user_agent.input.keymap import MapKey

if TYPE_CHECKING:  # the releaser starts without it
    import asyncio


class LentKey(NamedTuple):
    """A spare keycode that means characters only until it is given back."""

    keycode: int
    before: MapKey
    means: tuple[int, ...]  # keysyms


class ShownDesktop(NamedTuple):
    """What is shown of an X display of this computer: the framebuffer's first pixel lies at `origin`."""

    display: str
    origin: tuple[int, int] = (0, 0)
    size: tuple[int, int] | None = None  # None: all of it, whatever size it has


class HeldKeys(NamedTuple):
    """What the agent has changed in the desktop, and what is to be undone were it to die now."""

    keycodes: tuple[int, ...] = ()  # held down, in the order in which they were pressed
    buttons: tuple[int, ...] = ()  # held down: X11's numbers
    lent: tuple[LentKey, ...] = ()
    locks: tuple[tuple[int, bool], ...] = ()  # modifiers, and how their lock was before the stroke that is being done
    group: int | None = None  # the locked one before that stroke, where it locks another


class DesktopInput(Protocol):
    """Keys and pointer of one desktop. No call waits but `close`; all is done in the order of the calls, in a thread of its own.

    What waits has a bound. Where it is exceeded, or X goes, nothing more is done and `on_failed` is called, once.
    """

    @property
    def waiting(self) -> int:
        """How many calls are not done yet."""

    def key(self, keysym: int, down: bool) -> None:
        """Press a key of this X11 keysym, or let it go."""

    def pointer(self, x: int, y: int, buttons: int) -> None:
        """The pointer is here, in framebuffer pixels of what is shown, with these buttons held (RFB's mask: bit 0 is button 1)."""

    def type(self, text: str) -> None:
        """Type it, character by character, whatever the layout."""

    def release_all(self) -> None:
        """Let go of everything. What waits is not done any more, and a text that is being typed ends where it is."""

    def close(self) -> None:
        """Let go of everything, give back what was lent, and end. It waits for that, with a deadline."""


class OpenDesktop(Protocol):
    """How a desktop is opened. It waits: not on the loop."""

    def __call__(
        self,
        display: str,
        *,
        origin: tuple[int, int],
        on_unpressed: Callable[[int], None],
        on_held: Callable[[HeldKeys], None],
        on_failed: Callable[[Exception], None],
        loop: "asyncio.AbstractEventLoop",
        size: tuple[int, int] | None = None,
    ) -> DesktopInput:
        """The X display of this name; `origin` is the place on it of the framebuffer's first pixel, `size` that of what is shown.

        The pointer stays within it; without a size, on the whole screen, which may grow. `on_unpressed(keysym)`: this cannot be pressed.
        It and `on_failed(error)` are called on the thread of `loop`; `on_held` on the thread that presses, before the press
        reaches X. Raises what X says.
        """
