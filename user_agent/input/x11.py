"""The port (ports.DesktopInput) on an X11 desktop: a thread with a connection of its own, and what waits for it."""

import asyncio
import contextlib
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, TypeGuard

from Xlib import X
from Xlib.ext import xtest

from common.host.log import get_logger
from common.host.x11 import open_display
from user_agent.input.keyboard import Keyboard, ignore
from user_agent.input.ports import HeldKeys

MOST_WAITING = 4096  # calls: minutes of a person's typing
MOST_POINTERS = 64  # half a second's: what covers the screen by then is asked about too late
MOST_TEXT = 1 << 20  # characters that wait to be typed
AHEAD = 256  # calls that wait are looked at where a character needs a keycode
ENDS_WITHIN = 12.0  # seconds: a program that is starved has its ten
RESTS_AFTER = 1.0  # seconds without anything to do
FARTHEST = 1 << 15  # places of X have 15 bits
POINTER_PACE = 0.008  # seconds between two of the pointer's, as mice have it: the person's own must get in between
BUTTONS = 8  # of RFB's mask; X11 numbers them alike, the wheels are 4 to 7

log = get_logger(component="input")


class _Key(NamedTuple):
    keysym: int
    down: bool


class _Pointer(NamedTuple):
    x: int
    y: int
    buttons: int
    moves: bool  # and does nothing else: no button changes by it


class _Text(NamedTuple):
    text: str


class _LetGo(NamedTuple):
    """Of everything; `end`: and for good."""

    end: bool


def _is_press(order: object) -> TypeGuard[_Key]:
    return isinstance(order, _Key) and order.down


_Order = _Key | _Pointer | _Text | _LetGo


class X11Input:
    """See ports.DesktopInput and ports.OpenDesktop. Raises what X says where it cannot be opened."""

    def __init__(
        self,
        display: str,
        *,
        origin: tuple[int, int],
        on_unpressed: Callable[[int], None],
        on_held: Callable[[HeldKeys], None],
        on_failed: Callable[[Exception], None],
        loop: asyncio.AbstractEventLoop,
        size: tuple[int, int] | None = None,
    ) -> None:
        self._origin = origin
        self._on_unpressed, self._on_held, self._on_failed = on_unpressed, on_held, on_failed
        self._loop = loop
        self._orders: deque[_Order] = deque()
        self._text_waiting = 0  # characters
        self._pointers = 0  # orders of the pointer that wait
        self._asked = 0  # buttons, by the last of them
        self._lost = 0  # buttons that are held at the helper, and went down when too much waited
        self._changed = threading.Condition()
        self._letting_go = False  # what is being done shall end: everything is let go next
        self._over = False
        self._buttons = 0
        self._pointer_at = 0.0  # when it was moved last
        self._told = HeldKeys()
        self._keys = HeldKeys()  # without the buttons
        self._display = open_display(display)
        try:
            self._display.set_error_handler(ignore)
            _needs_xtest(self._display)
            # A window manager that moves a window stops the server for all others until the button comes up.
            xtest.grab_control(self._display, True)
            self._size = size or (FARTHEST - origin[0], FARTHEST - origin[1])  # X keeps it on a screen that may grow
            self._keyboard = Keyboard(self._display, self._keys_are, lambda: self._letting_go)
        except BaseException:
            self._display.close()
            raise
        self._thread = threading.Thread(target=self._run, name="input", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many calls are not done yet."""
        return len(self._orders)

    def key(self, keysym: int, down: bool) -> None:
        """Press a key, or let it go."""
        self._wait_for(_Key(keysym, down))

    def pointer(self, x: int, y: int, buttons: int) -> None:
        """The pointer is here. Of moves that wait, the latest counts; of clicks, those that a person can have made."""
        with self._changed:
            order = self._pointer_order(x, y, buttons)
            if order is not None:
                self._wait_for(order)

    def type(self, text: str) -> None:
        """Type it."""
        self._wait_for(_Text(text.replace("\r\n", "\n")))

    def release_all(self) -> None:
        """Let go of everything, and forget what waits."""
        self._let_go(end=False)

    def close(self) -> None:
        """Let go, give back, end. At most ENDS_WITHIN seconds."""
        self._let_go(end=True)
        self._thread.join(ENDS_WITHIN)
        if self._thread.is_alive():
            log.warning("input_hangs")

    # On any thread

    def _pointer_order(self, x: int, y: int, buttons: int) -> _Pointer | None:
        """What is to be done; None for a move that is not worth it. Where too much waits, no button goes down.

        A press stays where it was made: what covers another place was asked about that one.
        """
        crowded = self._pointers >= MOST_POINTERS
        self._lost &= buttons
        if crowded:
            self._lost |= buttons & ~self._asked
        buttons &= ~self._lost
        moves = buttons == self._asked
        self._asked = buttons
        last = self._orders[-1] if self._orders else None
        merges = moves and isinstance(last, _Pointer) and last.moves
        return None if moves and crowded and not merges else _Pointer(x, y, buttons, moves)

    def _wait_for(self, order: _Order) -> None:
        with self._changed:
            if self._over:
                return
            last = self._orders[-1] if self._orders else None
            if isinstance(order, _Pointer) and order.moves and isinstance(last, _Pointer) and last.moves:
                self._orders[-1] = order
            else:
                self._orders.append(order)
                self._pointers += isinstance(order, _Pointer)
            if isinstance(order, _Text):
                self._text_waiting += len(order.text)
            full = len(self._orders) > MOST_WAITING or self._text_waiting > MOST_TEXT
            if not full:
                self._changed.notify()
        if full:
            self._let_go(end=True)
            self._call(self._on_failed, OverflowError("more input than the desktop takes"))

    def _let_go(self, *, end: bool) -> None:
        with self._changed:
            if self._over:
                return
            self._orders.clear()
            self._text_waiting = self._pointers = self._asked = self._lost = 0
            self._letting_go = True
            self._over = end
            self._orders.append(_LetGo(end))
            self._changed.notify()

    def _call(self, callback: Callable[..., None], *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback, *arguments)

    # On the thread

    def _run(self) -> None:
        try:
            while not isinstance(order := self._next(), _LetGo) or not order.end:
                self._do(order)
            self._give_up()
            self._display.close()
        except Exception as error:  # noqa: BLE001 -- whatever X or python-xlib says: nothing can be pressed any more
            with self._changed:
                told, self._over = self._over, True
            log.warning("input_failed", detail=str(error) or type(error).__name__)
            if not told:
                self._call(self._on_failed, error)
            with contextlib.suppress(Exception):  # where X goes on all comes up all the same
                self._give_up()

    def _give_up(self) -> None:
        self._buttons_are(0)
        self._keyboard.close()

    def _next(self) -> _Order:
        """What is to be done now; it waits, and does what is due meanwhile."""
        while True:
            again = None if self._orders else self._keyboard.idle()
            with self._changed:
                if self._orders or self._changed.wait(RESTS_AFTER if again is None else again):
                    if self._orders:
                        return self._take()
                    continue
            if again is None:
                self._keyboard.rest()
                with self._changed:
                    while not self._orders and not self._changed.wait(30.0):
                        break

    def _take(self) -> _Order:
        order = self._orders.popleft()
        if isinstance(order, _Text):
            self._text_waiting -= len(order.text)
        if isinstance(order, _Pointer):
            self._pointers -= 1
        if isinstance(order, _LetGo):
            self._letting_go = False
        return order

    def _do(self, order: _Order) -> None:
        match order:
            case _Key(keysym, True):
                if not self._keyboard.press(keysym, self._ahead):
                    self._call(self._on_unpressed, keysym)
            case _Key(keysym):
                self._keyboard.release(keysym)
            case _Pointer(x, y, buttons, _):
                if self._is_due():
                    self._move(x, y)
                    self._buttons_are(buttons)
            case _Text(text):
                self._keyboard.type(text, lambda keysym: self._call(self._on_unpressed, keysym))
            case _LetGo():
                self._buttons_are(0)
                self._keyboard.release_all()

    def _is_due(self) -> bool:
        """Wait until the pointer may be moved again. False where all is let go meanwhile."""
        with self._changed:
            left = self._pointer_at + POINTER_PACE - time.monotonic()
            if left > 0 and self._changed.wait_for(lambda: self._letting_go, left):
                return False
        self._pointer_at = time.monotonic()
        return True

    def _ahead(self) -> list[int]:
        with self._changed:
            return [order.keysym for order in itertools.islice(self._orders, AHEAD) if _is_press(order)]

    def _move(self, x: int, y: int) -> None:
        """Within what is shown: a viewer may say anything."""
        place = [
            start + min(max(one, 0), length - 1)
            for start, one, length in zip(self._origin, (x, y), self._size, strict=True)
        ]
        xtest.fake_input(self._display, X.MotionNotify, x=place[0], y=place[1])
        self._display.flush()

    def _buttons_are(self, buttons: int) -> None:
        changed = self._buttons ^ buttons & (1 << BUTTONS) - 1
        if not changed:
            return
        before, self._buttons = self._buttons, self._buttons ^ changed
        if self._buttons & ~before:
            self._tell()
        for number in range(BUTTONS):
            if changed >> number & 1:
                down = self._buttons >> number & 1
                xtest.fake_input(self._display, X.ButtonPress if down else X.ButtonRelease, number + 1)
        self._display.flush()
        self._tell()

    def _keys_are(self, keys: HeldKeys) -> None:
        self._keys = keys
        self._tell()

    def _tell(self) -> None:
        buttons = tuple(number + 1 for number in range(BUTTONS) if self._buttons >> number & 1)
        held = self._keys._replace(buttons=buttons)
        if held != self._told:
            self._told = held
            self._on_held(held)


def _needs_xtest(display: Any) -> None:
    if not display.has_extension("XTEST"):
        raise OSError("this X server has no XTEST extension")
