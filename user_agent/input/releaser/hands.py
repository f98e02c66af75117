"""What is undone on a display for an agent that died: keys and buttons come up, locks and groups are as they were, keycodes mean
nothing again.

What the person's own keyboard or mouse holds stays down. Of buttons the X server sees to that itself, of keys we do. Raises OSError where
the display has gone, whatever python-xlib calls that.
"""

import contextlib
from collections.abc import Iterable, Iterator

from Xlib import X, error
from Xlib.ext import xtest

from common.host.x11 import open_display
from user_agent.input.keymap import NOTHING, parse
from user_agent.input.ports import HeldKeys, LentKey
from user_agent.input.releaser.devices import held_by_person
from user_agent.input.xkb import Xkb


@contextlib.contextmanager
def _closed_is_an_os_error() -> Iterator[None]:
    try:
        yield
    except error.ConnectionClosedError as closed:
        raise ConnectionError("the X server has gone") from closed


class Hands:
    """See Undoing in main. A connection of its own to this display. Raises DisplayError and OSError where there is none."""

    @_closed_is_an_os_error()
    def __init__(self, display: str) -> None:
        self._display = open_display(display)
        self._display.set_error_handler(_ignore)
        if not self._display.has_extension("XTEST"):
            raise OSError("this X server has no XTEST extension")
        # A window manager that moves a window stops the server for all others until the button comes up.
        xtest.grab_control(self._display, True)
        self._display.sync()

    def fileno(self) -> int:
        """What can be read when the server tells something, or has gone."""
        return int(self._display.fileno())

    @_closed_is_an_os_error()
    def drain(self) -> None:
        """Read what the server tells every program: nothing that we need."""
        while self._display.pending_events():
            self._display.next_event()

    @_closed_is_an_os_error()
    def let_go(self, held: HeldKeys) -> set[int]:
        """All that is held comes up, the latest first; the locks and the group are what they were. More than once does no harm.

        The keys that the person holds too are left, and returned: once the person lets go, they are to be let go here, for XTEST
        does not press again what it has as pressed.
        """
        for button in held.buttons:
            xtest.fake_input(self._display, X.ButtonRelease, button)
        persons = held_by_person(self._display) if held.keycodes else set()
        for keycode in reversed([one for one in held.keycodes if one not in persons]):
            xtest.fake_input(self._display, X.KeyRelease, keycode)
        self._display.flush()
        if held.locks or held.group is not None:
            xkb = Xkb(self._display)
            for modifiers, on in held.locks:
                xkb.lock(modifiers, on=on)
            if held.group is not None:
                xkb.lock_group(held.group)
        self._display.sync()
        return persons & {*held.keycodes}

    @_closed_is_an_os_error()
    def give_back(self, lent: Iterable[LentKey]) -> None:
        """These keycodes mean what they did before they were lent, but for those to which another layout has given a meaning."""
        xkb = Xkb(self._display)
        keymap = parse(xkb.map())
        for one in lent:
            means = {keysym for keysym in keymap.keys.get(one.keycode, NOTHING).keysyms if keysym}
            if means and means <= set(one.means):
                xkb.set_keys(one.keycode, [one.before], keymap.lowest, keymap.highest)
        self._display.sync()


def _ignore(problem: error.XError, request: object) -> None:
    """A keycode that this keyboard has not: the others come up all the same."""
