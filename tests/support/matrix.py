"""All that the matrix of VNC servers and viewers plays on: an organisation, two proxies, desktops, a helper's display."""

import asyncio
import contextlib
import random
import re
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.demo.desktop import difference
from deploy.demo.organisation import EnrolledPerson, Organisation, change_settings, organisation
from deploy.demo.programs import Program, Run, until
from tests.support.desktops import (
    PASSWORD,
    TERMINAL,
    Desktop,
    VncServer,
    desktop,
    draw_card,
    furnished,
    happens,
    xtightvnc,
)
from tests.support.proxies import PASSWORD as PROXY_PASSWORD
from tests.support.proxies import RunningProxy, microsocks, squid
from tests.support.secrets_in_logs import leaks_of, private_keys
from tests.support.viewer_programs import Hands, PageHands, ToolHands, XHands, browser_hands, helpers_display

VIEWERS = {  # the viewer's program, and what the helper's agent calls it
    "xtightvncviewer": "tightvnc",
    "xtigervncviewer": "tigervnc",
    "ssvncviewer": "ssvnc",
    "noVNC": "builtin",
    "vncdotool": "none",
}
SERVERS = ("x11vnc", "x0vncserver", "Xtightvnc")
RUNNING_ALREADY = {"Xtightvnc"}
AT_MOST = 8.0  # mean difference of two pictures at 64×48, of 255


@dataclass(frozen=True, kw_only=True)
class Place:
    """What stays the same from cell to cell."""

    run: Run
    office: Organisation
    squid: RunningProxy
    socks: RunningProxy
    user: EnrolledPerson
    helper: EnrolledPerson
    screen: Desktop  # x11vnc and x0vncserver show it
    virtual: Desktop  # Xtightvnc is it
    virtual_server: VncServer
    helpers_display: str
    x_hands: XHands
    page_hands: PageHands
    tool_hands: ToolHands
    asked: list[str] = field(default_factory=list)  # a server for each request that the user made
    helped: list[str] = field(default_factory=list)  # a viewer for each time that the helper's agent was started

    def desktop(self, server: str) -> Desktop:
        """What this server shows."""
        return self.virtual if server == "Xtightvnc" else self.screen

    def hands(self, viewer: str) -> Hands:
        """Who leads this viewer."""
        hands: dict[str, Hands] = {"noVNC": self.page_hands, "vncdotool": self.tool_hands}
        return hands.get(viewer, self.x_hands)

    @contextlib.asynccontextmanager
    async def asking(self, server: str) -> AsyncIterator[Program]:
        """The user's agent behind squid, asking for help with this server."""
        arguments = ["ask", "--to", self.helper.name, "--mode", "view", "--topic", "Printer", "--yes"]
        if server == "Xtightvnc":
            secret = self.run.folder / "vnc-password"
            secret.write_text(f"{PASSWORD}\n", encoding="ascii")
            arguments += ["--server", f"127.0.0.1:{self.virtual_server.port}", "--password-file", str(secret)]
        else:
            settings = self.user.folder / "agent.toml"
            settings.write_text(f'[programs]\nserver = "{server}"\n', encoding="utf-8")
        environ = {"DISPLAY": self.screen.display, **behind(self.squid)}
        user = await self.user.start(*arguments, environ=environ)
        self.asked.append(server)
        try:
            yield user
        finally:
            await user.end()


def behind(proxy: RunningProxy) -> Mapping[str, str]:
    """The environment of a program whose only way out is this proxy."""
    return {"https_proxy": proxy.environ_url()}


@contextlib.asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    """Everything up; at the end everything down, nothing left, and no secret in any log."""
    run = Run.new(folder)
    folders = {name: folder / name for name in ("screen", "virtual", "display")}
    for path in folders.values():
        path.mkdir()
    async with contextlib.AsyncExitStack() as stack:
        office = await stack.enter_async_context(organisation(run))
        office_proxy = stack.enter_context(squid(ports=[office.ports[0]], login=True))
        socks = stack.enter_context(microsocks(login=True))
        screen = stack.enter_context(desktop(folders["screen"]))
        display, server = stack.enter_context(xtightvnc(folders["virtual"]))
        touch = toucher(run, server)
        virtual = stack.enter_context(furnished(display, folders["virtual"], seed=2, touch=touch))
        helpers, x_hands = stack.enter_context(helpers_display(folders["display"]))
        user = await office.enrol("user", "Hanako Suzuki", environ=behind(office_proxy))
        helper = await office.enrol("helper", "Taro Yamada", arguments=("--proxy", socks.environ_url()))
        (helper.folder / "agent.toml").touch()
        change_settings(helper.folder / "agent.toml", {"network": {"proxy": socks.environ_url()}})
        tool_hands = ToolHands(run)
        stack.push_async_callback(tool_hands.end)
        yield Place(
            run=run,
            office=office,
            squid=office_proxy,
            socks=socks,
            user=user,
            helper=helper,
            screen=screen,
            virtual=virtual,
            virtual_server=server,
            helpers_display=helpers,
            x_hands=x_hands,
            page_hands=await stack.enter_async_context(browser_hands()),
            tool_hands=tool_hands,
        )
    assert await until(lambda: not run.survivors(), within=5), run.survivors()
    codes = [person.line.split(":")[2] for person in (user, helper)]
    found = leaks_of(run, [*codes, PROXY_PASSWORD, PASSWORD, *private_keys(folder)])
    assert not found, found


def toucher(run: Run, server: VncServer) -> Callable[[], None]:
    """Click and type at a server that xdotool cannot lead: as a viewer, before the tests begin."""
    argv = ["vncdotool", "-s", f"127.0.0.1::{server.port}", "-p", server.password]
    argv += ["move", *map(str, TERMINAL), "click", "1", "key", "y", "move", "400", "100"]

    def touch() -> None:
        subprocess.run(argv, env=dict(run.environ), capture_output=True, check=True, timeout=30)

    return touch


@dataclass(kw_only=True)
class Cell:
    """One session between a server and a viewer. Only news of this session count, and only those that are new."""

    place: Place
    desktop: Desktop
    hands: Hands
    user: Program
    helper: Program
    session: str = ""
    number: int = 0

    async def connect(self) -> None:
        """The helper takes the user's request."""
        request = (await self.user.event("waiting"))["request"]
        self.number = (await self.helper.event("request", request=request))["number"]
        await self.helper.tell(f"accept {request}")
        self.session = (await self.user.event("connected"))["session"]
        await self.helper.event("connected", session=self.session)
        await self.opened()

    async def opened(self) -> None:
        """The viewer shows the desktop."""
        await self.hands.open(await self.helper.event("viewer", session=self.session))
        await self.helper.event("viewer_shows", session=self.session, on=True)

    async def shows(self) -> float:
        """A new test card is on the desktop and arrives; the difference."""
        draw_card(self.desktop.display, self.desktop.folder, random.randrange(1 << 30))
        found = 255.0

        async def look() -> bool:
            nonlocal found
            found = difference(await self.hands.picture(), await asyncio.to_thread(self.desktop.picture))
            return found <= AT_MOST

        await comes("the picture", look)
        return found

    async def switch(self, mode: str) -> None:
        """The user decides."""
        await self.user.tell(f"mode {mode}")
        if mode == "control":
            await self.user.tell("yes")
        await self.user.event("mode", session=self.session, mode=mode)
        await self.helper.event("mode", session=self.session, mode=mode)

    async def press(self, key: str) -> None:
        """Click on the terminal and press a key there, in control mode."""
        await self.hands.click(*TERMINAL)
        await happens("the terminal comes to the front", self.desktop.typing_goes_to_the_terminal)
        await self.hands.key(key)

    async def typed(self, text: str) -> None:
        """The terminal has got exactly this since the cell began."""
        await happens(f"{text} arrives", lambda: len(self.desktop.text()) >= len(text))
        assert self.desktop.text() == text

    async def pointed(self, x: int, y: int) -> None:
        """The helper points in view mode; the user's side is told: all that the viewer said before it was dropped."""
        before = len(self.user.events)
        await self.hands.point(x, y)
        await happens(
            f"the pointer at {x}, {y}",
            lambda: any(
                event["event"] == "pointer" and near((event["x"], event["y"]), (x, y))
                for event in self.user.events[before:]
            ),
        )

    async def clicked(self, x: int, y: int) -> None:
        """The window that prints its events was clicked, there."""
        told = re.compile(r"ButtonRelease[^:]*?root:\((\d+),(\d+)\)", re.DOTALL)
        await happens("the click arrives", lambda: bool(told.search(self.desktop.heard())))
        found = told.findall(self.desktop.heard())
        assert all(near((int(left), int(top)), (x, y)) for left, top in found), found


def near(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """The same place, but for what scaling does to a pixel."""
    return abs(one[0] - other[0]) <= 1 and abs(one[1] - other[1]) <= 1


async def comes(what: str, look: Callable[[], Any], *, patience: float = 20.0) -> None:
    """Look until it is so, as `happens`, where looking takes awaiting."""
    try:
        async with asyncio.timeout(patience):
            while not await look():  # noqa: ASYNC110 -- a screen sets no event
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"did not come in {patience} s: {what}") from None
