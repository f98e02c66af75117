"""How this computer's screen is shown, one session after the other: which VNC server, which screen, what is covered.

The server starts while the session still finds its way, and one that ends by itself ends the session.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from common.agent.keeper.client import Keeper
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.rfb.filter import Box, Pointed, StopKey
from user_agent.area.offering import Screens
from user_agent.area.question import AreaView
from user_agent.broker import Broker
from user_agent.input.ports import OpenDesktop, ShownDesktop
from user_agent.servers.base import RunningServer, ScreenChoice, ServerKind
from user_agent.servers.choice import choose, why_none
from user_agent.servers.foreign import ForeignServer
from user_agent.servers.monitors import named
from user_agent.servers.shown_display import look_at
from user_agent.servers.starting import put_back_settings, start
from user_agent.session_input import SessionInput
from user_agent.shared_area import SharedArea
from user_agent.showing import Known, Showing
from user_agent.views import SharedScreen


def first(screens: Screens) -> ScreenChoice | None:
    """What is seen first; None: all of them."""
    return screens[0] if screens else None


class Sharing:
    """`wanted` names the kind of server, "" for the first that can; `running` is one that somebody else has started.

    `journal` is the file that remembers which of the person's settings are changed during a session.

    `open_desktop` opens an X display for keys and pointer; `on_input_lost` hears why the helper can press nothing any more.
    `on_shared` hears what is shown, and None once nothing is; `on_area` that the screens have changed, and what is asked then;
    `on_problem` what a person should read. `draws`: windows show what the helper draws.
    """

    def __init__(
        self,
        *,
        computer: Computer,
        wanted: str,
        running: ForeignServer | None,
        stop_key: StopKey,
        journal: Path,
        random: Callable[[int], bytes],
        open_desktop: OpenDesktop,
        on_input_lost: Callable[[TasukiError], None],
        on_shared: Callable[[SharedScreen | None], None],
        on_problem: Callable[[TasukiError], None],
        on_area: Callable[[AreaView], None] = lambda _: None,
        draws: bool = False,
    ) -> None:
        self._computer = computer
        self._wanted = wanted
        self._running = running
        self._stop_key = stop_key
        self._journal = journal
        self._random = random
        self._open_desktop = open_desktop
        self._on_input_lost = on_input_lost
        self._on_shows = on_shared
        self._on_problem = on_problem
        self._on_area = on_area
        self._draws = draws
        self._boxes: tuple[Box, ...] = ()
        self._keyboard = False
        self._broker: Broker | None = None
        self._area: SharedArea | None = None
        self._input: SessionInput | None = None
        self._keeper: Keeper | None = None
        self._shared: SharedScreen | None = None

    async def begin(self) -> TasukiError | None:
        """What a session changed that ended in a crash is put back; what the person has to be told, where it cannot be."""
        return await asyncio.to_thread(put_back_settings, self._journal)

    async def server(self, screen: ScreenChoice | None = None) -> ServerKind | None:
        """The kind that would be started, for this one monitor if there is a choice; None where one runs already.

        Raises what choosing raises.
        """
        if self._running is not None:
            return None
        return await asyncio.to_thread(choose, self._computer, wanted=self._wanted, screen=screen)

    async def wished(self, key: str) -> tuple[ServerKind | None, ScreenChoice | None]:
        """What shows the one screen of this key, or all of them (""): never more is shown.

        Raises TasukiError `screen_unknown` | `server_shows_all` | `server_shows_more`, and what choosing raises.
        """
        screen = await asyncio.to_thread(named, self._computer, key)
        kind = await self.server(screen)
        if screen is None:
            return kind, None
        if kind is None or not kind.one_screen:
            raise TasukiError("server_shows_all", program=self._known(kind).name)
        if not await asyncio.to_thread(kind.shows_alone, self._computer, screen):
            raise TasukiError("server_shows_more", program=kind.name, screen=key)
        return kind, screen

    async def agreed(self, keys: Sequence[str]) -> tuple[ServerKind | None, Screens]:
        """What shows the first of the screens of these keys; they, as they are now. None of them: what shows all. Raises as `wished`."""
        chosen = [await self.wished(key) for key in dict.fromkeys(keys) or [""]]
        return chosen[0][0], tuple(screen for _, screen in chosen if screen is not None)

    async def look(self, kind: ServerKind | None, screens: Screens) -> SharedScreen:
        """Look, before anybody is asked, whether there is something to show: what it is. Raises TasukiError: why there is not.

        One that runs already is logged in to; of one that would be started, what can be seen without starting it.
        """
        if kind is not None:
            if (problem := await asyncio.to_thread(kind.why_no_picture, self._computer)) is not None:
                raise problem
        elif self._running is not None:
            await look_at(self._running, random=self._random)
        return SharedScreen(server=self._known(kind).name, screen=first(screens), others=screens[1:])

    def shown(self, kind: ServerKind | None, screen: ScreenChoice | None) -> ShownDesktop | None:
        """The X display that it shows, where it is this agent's own and known; else None."""
        return self._known(kind).desktop(self._computer, screen)

    def _known(self, kind: ServerKind | None) -> Known:
        known = kind if kind is not None else self._running
        assert known is not None  # noqa: S101  # without one that runs there is a kind
        return known

    async def why_not(self) -> TasukiError | None:
        """Why nothing could be shown now; None where it could."""
        if self._running is not None:
            return None
        return await asyncio.to_thread(why_none, self._computer, wanted=self._wanted)

    def cover(self, boxes: Iterable[Box]) -> None:
        """Where the helper presses nothing, in framebuffer pixels; also in sessions to come."""
        self._boxes = tuple(boxes)
        if self._broker is not None:
            self._broker.cover(self._boxes)

    def cover_keyboard(self, on: bool) -> None:
        """Whether the helper types nothing, because one of our own windows has the keyboard; also in sessions to come."""
        self._keyboard = on
        if self._broker is not None:
            self._broker.cover_keyboard(on)

    @property
    def pointed(self) -> Pointed | None:
        """Where the helper who controls has the pointer, in framebuffer pixels."""
        return self._broker.pointed if self._broker is not None else None

    def set_stop_key(self, stop_key: StopKey) -> None:
        """Which key the helper can never press, from the next session on."""
        self._stop_key = stop_key

    def set_wanted(self, name: str) -> None:
        """Which kind of server from the next session on; "" for the first that can."""
        self._wanted = name

    @contextlib.asynccontextmanager
    async def session(
        self, kind: ServerKind | None, screens: Screens, *, lost: Callable[[], None]
    ) -> AsyncIterator[Broker]:
        """The broker for one session; afterwards the server is gone. `screens`: the one that is seen first, then others that may be; none: all.

        `lost` is called where the server ends before that.
        """
        known, screen = self._known(kind), first(screens)

        def failed(problem: TasukiError) -> None:
            self._on_problem(problem)
            lost()

        def over(problem: TasukiError) -> None:
            if area is None or area.guard.opens():  # else another is started, or it is told why that cannot be
                failed(problem)

        showing = Showing(known, over=over)
        # What runs already shows what it shows.
        area = self._area = None if kind is None else self._held(showing, failed)
        desktop = self._input = self._desktop(self.shown(kind, screen))
        broker = self._broker = Broker(
            server=showing,
            desktop=desktop,
            draws=self._draws,
            stop_key=self._stop_key,
            gate=None if area is None else area.guard,
            on_screen=self._screen,
            on_problem=self._on_problem,
        )
        broker.cover(self._boxes)
        broker.cover_keyboard(self._keyboard)
        self._tell(SharedScreen(server=known.name, screen=screen))
        if area is not None and kind is not None:
            area.begin(broker, kind, screens)
        else:
            showing.begin(known, lambda: self._start(kind, None))
        try:
            yield broker
        finally:
            self._broker = self._area = self._input = None
            if area is not None:
                await area.end()
            if desktop is not None:
                await desktop.close()
            await showing.stop()
            self._on_area(AreaView())
            self._tell(None)

    def choose_screen(self, key: str) -> bool:
        """The person's answer where the screens have changed: this one is shown from now on, or all (""). False where that is not asked."""
        return self._area is not None and self._area.choose(key)

    def want_screen(self, key: str) -> bool:
        """Somebody wants to see this one of the screens that may be seen ("": all). False where it cannot be had."""
        return self._area is not None and self._area.want(key)

    def screens_changed(self) -> None:
        """A window of ours has heard that the screens are otherwise than before."""
        if self._area is not None:
            self._area.look()

    def _desktop(self, shown: ShownDesktop | None) -> SessionInput | None:
        """What takes keys and pointer; None where the server does."""
        if shown is None:
            return None
        return SessionInput(desktop=shown, open_desktop=self._open_desktop, on_lost=self._on_input_lost)

    async def close(self) -> None:
        """End everything, and put everything back."""
        if self._keeper is not None:
            await self._keeper.close()

    def _screen(self, width: int, height: int) -> None:
        before = self._shared
        if before is None:
            return
        self._tell(replace(before, width=width, height=height))
        if before.width and (before.width, before.height) != (width, height):
            self.screens_changed()  # where no window hears of it

    def _tell(self, shared: SharedScreen | None) -> None:
        self._shared = shared
        self._on_shows(shared)

    def _moved(self, known: Known, screen: ScreenChoice | None) -> None:
        """Before anything of it is seen: what is covered, and where the helper's pointer goes, follows."""
        shown = known.desktop(self._computer, screen)
        if self._input is not None and shown is not None:
            self._input.moved(shown)
        self._tell(SharedScreen(server=known.name, screen=screen))

    def _held(self, showing: Showing, failed: Callable[[TasukiError], None]) -> SharedArea:
        return SharedArea(
            computer=self._computer,
            showing=showing,
            start=self._start,
            wished=self.wished,
            alone=self._alone,
            told=self._on_area,
            moved=self._moved,
            failed=failed,
        )

    async def _alone(self, screens: Screens) -> Screens:
        return await asyncio.to_thread(lambda: tuple(one for one in screens if self._can_show_alone(one)))

    def _can_show_alone(self, screen: ScreenChoice) -> bool:
        with contextlib.suppress(TasukiError):
            kind = choose(self._computer, wanted=self._wanted, screen=screen)
            return kind.one_screen and kind.shows_alone(self._computer, screen)
        return False

    async def _start(self, kind: ServerKind | None, screen: ScreenChoice | None) -> RunningServer:
        if kind is None:
            assert self._running is not None  # noqa: S101  # else there is a kind
            return self._running
        if self._keeper is None:
            self._keeper = await Keeper.launch()
        return await start(
            kind,
            computer=self._computer,
            keeper=self._keeper,
            random=self._random,
            screen=screen,
            journal=self._journal,
        )
