"""A helper's keys and pointer in one session, put into this desktop by the agent itself (user_agent.input).

The desktop is opened when control begins and closed when it ends, in a thread: the loop waits for neither. What is pressed
meanwhile is kept, in order. What may be pressed at all is the filter's to decide (common.protocol.rfb.filter).

Where the desktop cannot be opened, or takes no more, nothing is pressed: the session goes on, and the helper looks.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from common.agent.session.ports import LocalLink
from common.host.background import Background
from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.messages import Mode
from common.protocol.rfb.client_messages import KeyEvent, PointerEvent
from common.protocol.rfb.input_way import InputEvent, ReleaseAll
from user_agent.input.keysyms import character_of
from user_agent.input.ports import DesktopInput, HeldKeys, OpenDesktop, ShownDesktop

MOST_EARLY: Final = 4096  # calls before the desktop is open: it takes some milliseconds
ENOUGH: Final = 1024  # calls that wait; of a frame come at most 2,730, and a desktop takes 4,096
X_GONE: Final = 1.0  # seconds in which the VNC server of an X display that has gone says so itself, in better words

log = get_logger(component="input")


class SessionInput:
    """`on_lost(error)`: nothing is pressed any more, and the helper's mode should say so. Controlled again, it is tried again."""

    def __init__(
        self,
        *,
        desktop: ShownDesktop,
        open_desktop: OpenDesktop,
        on_lost: Callable[[TasukiError], None],
    ) -> None:
        self._shown = desktop
        self._open_desktop = open_desktop
        self._on_lost = on_lost
        self._link: LocalLink | None = None
        self._wanted = False  # the helper controls
        self._ended = False
        self._open: DesktopInput | None = None
        self._open_for: ShownDesktop | None = None  # what it was opened for
        self._early: list[Callable[[DesktopInput], None]] = []
        self._late: asyncio.TimerHandle | None = None  # until it is told that X has gone
        self._background = Background(on_failure=self._failed)
        self._following: asyncio.Task[None] | None = None

    # what the broker tells

    def attached(self, link: LocalLink, mode: Mode) -> None:
        """The session is connected."""
        self._link = link
        self.mode_changed(mode)

    def mode_changed(self, mode: Mode) -> None:
        """The person has decided. What is held is let go before the helper only looks."""
        self._want(mode is Mode.CONTROL)

    def moved(self, desktop: ShownDesktop) -> None:
        """Another part of it is shown from now on: what is held is let go; where it is open, it is opened anew for that."""
        if desktop != self._shown:
            self._release_all()
            self._shown = desktop
            self._want(self._wanted)

    def put_in(self, event: InputEvent) -> None:
        """What the filter lets through."""
        match event:
            case KeyEvent(down=down, keysym=keysym):
                self._call(lambda desktop: desktop.key(keysym, down))
            case PointerEvent(buttons=buttons, x=x, y=y):
                self._call(lambda desktop: desktop.pointer(x, y, buttons))
            case ReleaseAll():
                self._release_all()

    @property
    def stuck(self) -> bool:
        """Whether it should be told no more for now: what a frame of the channel can hold still has room."""
        return len(self._early) > ENOUGH or (self._open is not None and self._open.waiting > ENOUGH)

    def type(self, text: str) -> None:
        """Typed as characters. Whoever calls this has asked the filter whether the helper may type."""
        self._call(lambda desktop: desktop.type(text))

    def end(self) -> None:
        """The session is over: what is held is let go. `close` waits for the rest."""
        self._ended = True
        self._want(False)

    async def close(self) -> None:
        """End, and wait until the desktop is as it was; the wait has the desktop's own deadline."""
        self.end()
        await self._background.settle()

    # what is done

    def _want(self, on: bool) -> None:
        self._wanted = on and not self._ended
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if not self._wanted:
            self._release_all()
        if self._following is None and not self._as_wanted:
            self._following = self._background.spawn(self._follow())

    @property
    def _as_wanted(self) -> bool:
        return self._is_open if self._wanted else self._open is None

    @property
    def _is_open(self) -> bool:
        """For what is shown now."""
        return self._open is not None and self._open_for == self._shown

    async def _follow(self) -> None:
        """Open and close it, one after the other, until it is as wanted."""
        try:
            while not self._as_wanted:
                if self._open is None:
                    await self._begin()
                else:
                    closing, self._open = self._open, None
                    await asyncio.to_thread(closing.close)
        finally:
            self._following = None

    async def _begin(self) -> None:
        shown = self._shown
        try:
            self._open = opened = await asyncio.to_thread(self._opened, shown, asyncio.get_running_loop())
        except Exception as error:  # noqa: BLE001 -- whatever X or python-xlib says: nothing can be pressed
            self._lost("input_not_here", error)
            return
        self._open_for = shown
        if self._is_open:
            early, self._early = self._early, []
            for call in early:
                call(opened)

    def _opened(self, shown: ShownDesktop, loop: asyncio.AbstractEventLoop) -> DesktopInput:
        return self._open_desktop(
            shown.display,
            origin=shown.origin,
            size=shown.size,
            on_unpressed=self._unpressed,
            on_held=_nobody,
            on_failed=self._stopped,
            loop=loop,
        )

    def _call(self, call: Callable[[DesktopInput], None]) -> None:
        if not self._wanted:
            return
        if self._open is not None and self._is_open:
            call(self._open)
        elif len(self._early) < MOST_EARLY:
            self._early.append(call)
        else:
            self._lost("input_overrun", OverflowError(f"{MOST_EARLY} calls before it was open"))

    def _release_all(self) -> None:
        self._early.clear()
        if self._open is not None:
            self._open.release_all()

    # what the desktop tells

    def _unpressed(self, keysym: int) -> None:
        if self._link is not None:
            self._link.unpressed(character_of(keysym), keysym)

    def _stopped(self, error: Exception) -> None:
        """It has let go of everything, or X has."""
        if isinstance(error, OverflowError):
            self._lost("input_overrun", error)
        elif self._wanted:
            self._want(False)
            self._late = asyncio.get_running_loop().call_later(X_GONE, self._lost, "input_not_here", error)

    def _failed(self, bug: BaseException) -> None:
        log.error("session_input_failed", exc_info=bug)
        self._lost("input_not_here", bug)

    def _lost(self, code: str, error: BaseException) -> None:
        detail = str(error) or type(error).__name__
        problem = error if isinstance(error, TasukiError) else TasukiError(code, detail=detail)
        log.warning("session_input_lost", error_code=problem.code, detail=str(problem.facts.get("detail", "")))
        self._want(False)
        if not self._ended:
            self._on_lost(problem)


def _nobody(held: HeldKeys) -> None:
    """Whoever opens the desktop may want to know what is held; a session does not."""
