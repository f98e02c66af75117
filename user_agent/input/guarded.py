"""The port (ports.DesktopInput) with a releaser beside it: nothing is pressed that it does not know of."""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable

from common.host.errors import TasukiError
from common.host.log import get_logger
from user_agent.input.ports import HeldKeys, OpenDesktop
from user_agent.input.releaser.client import Releaser, ReleaserGoneError
from user_agent.input.x11 import X11Input

ASKS_EVERY = 1.0  # seconds
MOST_STARTS, STARTS_IN = 4, 60.0  # so many in so many seconds: then something ends it again and again
WAITS = 15.0  # seconds, at most, for another releaser

log = get_logger(component="input")


class GuardedInput:
    """See ports.OpenDesktop, whose arguments these are. `open_desktop` opens the input that is guarded.

    Where the releaser dies all is let go, and another is started; a press waits for it. Where none can be started nothing is
    pressed any more: `on_failed` hears TasukiError `releaser_failed`, which is raised where there is none to begin with.
    """

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
        open_desktop: OpenDesktop = X11Input,
    ) -> None:
        self._display = display
        self._on_held, self._on_failed = on_held, on_failed
        self._loop = loop
        self._changed = threading.Condition()
        self._held = HeldKeys()  # as told last
        self._over = False  # no releaser is started any more
        self._failed = False
        self._starts: deque[float] = deque(maxlen=MOST_STARTS)
        self._releaser: Releaser | None = None
        try:
            guard = self._start()
        except ReleaserGoneError as error:
            raise _problem(error) from error
        try:
            self._input = open_desktop(
                display,
                origin=origin,
                size=size,
                on_unpressed=on_unpressed,
                on_held=self._is_held,
                on_failed=self._fail,
                loop=loop,
            )
        except BaseException:
            guard.close()
            raise
        try:
            guard.wait()
            self._install(guard)
        except ReleaserGoneError as error:
            self._input.close()
            raise _problem(error) from error
        loop.call_soon_threadsafe(self._ask)

    def key(self, keysym: int, down: bool) -> None:
        """Press a key, or let it go."""
        self._input.key(keysym, down)

    def pointer(self, x: int, y: int, buttons: int) -> None:
        """The pointer is here."""
        self._input.pointer(x, y, buttons)

    def type(self, text: str) -> None:
        """Type it."""
        self._input.type(text)

    @property
    def waiting(self) -> int:
        """Calls that are not done yet."""
        return self._input.waiting

    def release_all(self) -> None:
        """Let go of everything."""
        self._input.release_all()

    def close(self) -> None:
        """Let go, give back, end. What could not be let go of, the releaser lets go of."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._input.close()
        with self._changed:
            guard = self._releaser
        if guard is not None:
            guard.close()

    @property
    def releaser(self) -> int | None:
        """The process id of the releaser; None while there is none."""
        with self._changed:
            return None if self._releaser is None or self._releaser.gone else self._releaser.pid

    # On the thread that presses

    def _is_held(self, held: HeldKeys) -> None:
        """Raises TasukiError `releaser_failed`: then it is not pressed."""
        with self._changed:
            before, self._held = self._held, held
            end = time.monotonic() + WAITS
            while not self._tell(held) and _more(before, held):  # what comes up needs no releaser
                if self._over or not self._changed.wait(end - time.monotonic()):
                    raise TasukiError("releaser_failed", detail="not listening")
        self._on_held(held)

    def _tell(self, held: HeldKeys) -> bool:
        if self._releaser is None:
            return False
        try:
            self._releaser.tell(held)
        except ReleaserGoneError:  # `_lost` follows
            return False
        return True

    # On a releaser's thread

    def _start(self) -> Releaser:
        """Raises ReleaserGoneError."""
        now = time.monotonic()
        if len(self._starts) == MOST_STARTS and self._starts[0] > now - STARTS_IN:
            raise ReleaserGoneError("ended again and again")
        self._starts.append(now)
        return Releaser(self._display, on_let_go=self._let_go, on_gone=self._lost)

    def _install(self, guard: Releaser) -> None:
        """It guards from now on. Raises ReleaserGoneError."""
        with self._changed:
            if guard.gone:
                raise ReleaserGoneError("it ended")
            self._releaser = guard
            self._tell(self._held)
            self._changed.notify_all()

    def _let_go(self) -> None:
        """It thought that we hang, as we did."""
        self._input.release_all()
        log.warning("let_go_by_releaser")

    def _lost(self, guard: Releaser) -> None:
        with self._changed:
            if self._over or self._releaser is not guard:
                return
            self._releaser = None
        self._input.release_all()
        log.warning("releaser_lost")
        try:
            another = self._start()
            another.wait()
            self._install(another)
        except ReleaserGoneError as error:
            log.warning("releaser_failed", detail=str(error))
            with self._changed:
                self._over = True
                self._changed.notify_all()
            self._input.close()
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._fail, _problem(error))

    # On the loop

    def _ask(self) -> None:
        with self._changed:
            if self._over:
                return
            guard = self._releaser
        if guard is not None:
            with contextlib.suppress(ReleaserGoneError):
                guard.ask()
        self._loop.call_later(ASKS_EVERY, self._ask)

    def _fail(self, error: Exception) -> None:
        with self._changed:
            first, self._failed, self._over = not self._failed, True, True
            guard = self._releaser
        if guard is not None:
            guard.end()
        if first:
            self._on_failed(error)


def _more(before: HeldKeys, now: HeldKeys) -> bool:
    """Whether anything is changed in the desktop that was not, rather than put back."""
    return not (
        {*now.keycodes} <= {*before.keycodes}
        and {*now.buttons} <= {*before.buttons}
        and {*now.lent} <= {*before.lent}
        and {*now.locks} <= {*before.locks}
        and now.group in {None, before.group}
    )


def _problem(error: ReleaserGoneError) -> TasukiError:
    return TasukiError("releaser_failed", detail=str(error))
