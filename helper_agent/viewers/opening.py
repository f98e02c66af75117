"""A session's viewer: opened when it is connected, closed with it, opened again as often as the helper likes."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from common.agent.keeper.client import Keeper, KeptProgram
from common.agent.views import SessionView
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.files import write_private
from common.host.words import current_language, plain_reason
from common.protocol.channel import Screens
from common.protocol.session_life import SessionPhase
from helper_agent.viewers import novnc
from helper_agent.viewers.base import ViewerKind
from helper_agent.viewers.bridge import ViewerOffer
from helper_agent.viewers.choice import NONE, choose
from helper_agent.viewers.page_server import Act, PagePlace, PageServer, Typed
from helper_agent.viewers.tools import Scaling

STARTS = 1.5  # seconds that a browser must live to count as started

Tell = Callable[[str, dict[str, object]], None]


class OffersViewer(Protocol):
    """The viewer front (helper_agent.viewer_front)."""

    def offer(self) -> Awaitable[ViewerOffer]:
        """Let one viewer in."""


class Viewer:
    """What shows one session. `tell(event, facts)` gets `viewer`, `viewer_closed` and `problem`."""

    def __init__(
        self,
        *,
        front: OffersViewer,
        wanted: str,
        computer: Computer,
        keeper: Keeper,
        title: str,
        browser: bool,
        act: Act,
        tell: Tell,
        typed: Typed = lambda _: None,
        place: PagePlace = PagePlace.BROWSER,
    ) -> None:
        """`place`: where the built-in viewer's page stands in a browser. `browser`: show the built-in viewer's page by oneself; else only its address is told. `typed`: see PageServer."""
        self._front = front
        self._wanted = wanted
        self._computer = computer
        self._keeper = keeper
        self._title = title
        self._browser = browser
        self._act = act
        self._tell = tell
        self._typed = typed
        self._place = place
        self._window: KeptProgram | None = None  # a browser's, for the page alone
        self._page: PageServer | None = None
        self._folder: Path | None = None
        self._program: KeptProgram | None = None
        self._state: dict[str, object] = {}
        self._refused = False
        self._pointing = False
        self._typing = False  # text can be typed at the user's desktop, but for pointing
        self._scaling = Scaling.FIT

    async def open(self, *, browser: bool = False) -> None:
        """Open it, or open it again; `browser`: the built-in one in the browser, even if that was not wished. Raises TasukiError."""
        kind = choose(self._computer, self._wanted)
        if self._folder is None:
            self._folder = await self._keeper.temporary_folder()
        if kind is not None:
            await self._start(kind, self._folder)
        elif self._wanted == NONE:
            await self._only_tell(self._folder)
        else:
            await self._show_page(self._folder, browser=browser or self._browser)

    async def open_again(self) -> None:
        """What shows the session gets no picture any more, and must ask for it anew: the page by itself. Raises TasukiError."""
        if self._page is not None and (self._program is None or self._program.exit is not None):
            self._page.open_again()
        else:
            await self.open()

    def show(self, view: SessionView) -> None:
        """The session has changed: the page says so."""
        if view.control_wanted:
            self._refused = False
        self._typing = view.no_typing is None
        self._state = {
            "language": current_language(),
            "phase": "connected" if view.running else "ended" if view.phase is SessionPhase.ENDED else "waiting",
            "lost": view.lost is not None,
            "mode": view.mode.value,
            "peer": view.peer_name,
            "paused": view.paused,
            "screens": view.screens_changed,
            "seen": seen(view.screens),
            "wanted": view.control_wanted,
            "refused": self._refused,
            "scaling": self._scaling.value,
            "types": self._typing and not self._pointing,
            "ended": plain_reason(view.why) if view.why is not None else "",
        }
        self._show_state()

    def set_scaling(self, scaling: Scaling) -> None:
        """How large the page shows the screen."""
        self._scaling = scaling
        self._state["scaling"] = scaling.value
        self._show_state()

    def point(self, on: bool) -> None:
        """The helper shows instead of touching: the page takes no text either."""
        self._pointing = on
        self._state["types"] = self._typing and not on
        self._show_state()

    async def picture(self) -> bytes | None:
        """What the page shows, as PNG; None where no page shows anything."""
        return None if self._page is None else await self._page.picture()

    def refused(self, view: SessionView) -> None:
        """The user does not give control now."""
        self._refused = True
        self.show(view)

    async def close(self) -> None:
        """The session is over. A page that a browser's tab holds stays, and says so; every window goes."""
        program, self._program = self._program, None
        if program is not None and program.exit is None:
            await program.stop()
        if self._page is not None:
            await self._page.close()
        await self._close_window()
        folder, self._folder = self._folder, None
        if folder is not None:
            with contextlib.suppress(TasukiError):  # the keeper has gone, and the folder with it
                await self._keeper.discard(folder)

    def _show_state(self) -> None:
        if self._page is not None:
            self._page.show(self._state)

    async def _show_page(self, folder: Path, *, browser: bool) -> None:
        if self._page is None:
            self._page = novnc.new_page(open_front=self._open_front, act=self._act, typed=self._typed)
            self._page.show(self._state)
        shown = False
        if browser and novnc.has_screen(self._computer):
            shown = await self._show_window(self._page, folder) or await novnc.show(
                self._page, folder=folder, place=self._place
            )
        self._tell("viewer", {"viewer": novnc.NAME, "address": self._page.address, "shown": shown})

    async def _show_window(self, page: PageServer, folder: Path) -> bool:
        """In a window of the browser's own; False where it has none, or does not start."""
        await self._close_window()
        command = novnc.app_window(page, computer=self._computer, folder=folder, place=self._place)
        if command is None:
            return False
        try:
            window = await self._keeper.start(command, name="browser")
        except TasukiError:
            return False
        await self._close_window()  # of somebody who asked for it at the same time
        if self._folder is None:  # the session is over
            await window.stop()
            return True
        self._window = window
        try:
            async with asyncio.timeout(STARTS):
                await window.wait()
        except TimeoutError:
            asyncio.ensure_future(self._watch_window(window))  # noqa: RUF006 -- ends with the browser, which the keeper ends
            return True
        if self._window is not window:  # it was closed, or opened once more: that one shows the page
            return True
        self._window = None  # as Chromium ends at once where it is root's
        return False

    async def _watch_window(self, window: KeptProgram) -> None:
        await window.wait()
        if self._window is window:
            self._window = None
            self._tell("viewer_closed", {"viewer": novnc.NAME, "problem": None})

    async def _close_window(self) -> None:
        window, self._window = self._window, None
        if window is not None and window.exit is None:
            await window.stop()

    async def _open_front(self) -> ViewerOffer:
        return await self._front.offer()

    async def _only_tell(self, folder: Path) -> None:
        offer = await self._front.offer()
        secret = folder / "password"
        write_private(secret, offer.password.encode() + b"\n")
        self._tell("viewer", {"viewer": NONE, "host": "127.0.0.1", "port": offer.port, "password_file": str(secret)})

    async def _start(self, kind: ViewerKind, folder: Path) -> None:
        if self._program is not None and self._program.exit is None:
            program, self._program = self._program, None
            await program.stop()
        offer = await self._front.offer()
        plan = kind.plan(self._computer, folder=folder, port=offer.port, password=offer.password, title=self._title)
        for name, content in plan.files.items():
            write_private(Path(name), content)
        try:
            program = await self._keeper.start(plan.argv, name=kind.name, env=plan.env, stdin=plan.stdin)
        except TasukiError as error:
            raise TasukiError("viewer_failed", program=kind.name, detail=error.facts.get("detail")) from error
        self._program = program
        self._tell("viewer", {"viewer": kind.name, "pid": program.pid})
        asyncio.ensure_future(self._watch(kind, program))  # noqa: RUF006 -- ends with the program, which the keeper ends

    async def _watch(self, kind: ViewerKind, program: KeptProgram) -> None:
        how = await program.wait()
        if self._program is not program:
            return  # another one took its place, or the session is over
        problem = kind.explain(how)
        self._tell("viewer_closed", {"viewer": kind.name, "problem": problem})


def seen(screens: Screens) -> int | None:
    """The number of the screen that is seen, 0 for all at once; None where there is no choice."""
    return None if not screens.screens else screens.one.number if screens.one is not None else 0
