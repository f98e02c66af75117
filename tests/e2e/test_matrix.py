"""Every VNC server with every viewer, through both sides' proxies: real programs, from the picture to the end.

The user's agent is behind squid, which lets CONNECT through to the relay's port only and wants Basic; the helper's behind
microsocks, SOCKS5 with a password. Absence is proved by order: what the viewer said before its pointer was shown to the
user was dropped in view mode, and what the server said before a new test card arrived was dropped too.

What a program cannot do: x0vncserver 1.12 has no clipboard (its program imports no call that reads a selection: nm -D shows
no XConvertSelection), so none is asked of it in control mode. All five viewers can do everything here. X's oldest clipboard, the cut buffer, is the one that
both x11vnc and Xtightvnc watch from the beginning; x11vnc looks at what was merely selected or copied only 15 s after a
viewer came (that way is taken in tests/integration/test_broker_to_viewer.py).
"""

import contextlib
import time
from collections.abc import Iterator

import pytest

from deploy.demo.programs import Program, until
from tests.support.connections import programs_connected_to
from tests.support.desktops import LISTENER, TERMINAL, happens
from tests.support.matrix import NO_CLIPBOARD, SERVERS, VIEWERS, Cell, Place, comes, place
from tests.support.organisation import run_now

STOP_WITHIN = 2.0  # seconds, promised


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One organisation, two proxies, the desktops and the helper's display."""
    stack = contextlib.AsyncExitStack()
    yield run_now(stack.enter_async_context(place(tmp_path_factory.mktemp("matrix"))))
    run_now(stack.aclose())


@pytest.fixture(scope="module", params=VIEWERS)
def helping(here: Place, request: pytest.FixtureRequest) -> Iterator[tuple[str, Program]]:
    """The helper's agent, online, with one kind of viewer."""
    arguments = ("--viewer", VIEWERS[request.param], "--no-open")
    agent = run_now(here.helper.start("serve", *arguments, environ={"DISPLAY": here.helpers_display}))
    here.helped.append(request.param)
    try:
        run_now(agent.event("online"))
        yield request.param, agent
    finally:
        run_now(agent.end())


@pytest.mark.parametrize("server", SERVERS)
async def test_cell(here: Place, server: str, helping: tuple[str, Program]) -> None:
    """Picture; nothing in view mode; keys, clicks and clipboards in control mode; switching; closing; stopping."""
    viewer, helper = helping
    desktop = here.desktop(server)
    desktop.forget()
    async with here.asking(server) as user:
        cell = Cell(place=here, desktop=desktop, hands=here.hands(viewer), user=user, helper=helper)
        await cell.connect()
        try:
            found = await cell.shows()
            await only_by_proxies(here)
            await nothing_in_view_mode(cell)
            await all_in_control_mode(cell, clipboard=server not in NO_CLIPBOARD)
            await switching_lets_go(cell)
            await closed_and_opened(cell)
            took = await stopped(cell)
        except Exception as error:
            error.add_note(
                f"the desktop got {desktop.text()!r} and {desktop.heard()}\nuser:{user.tail()}\nhelper:{helper.tail()}"
            )
            desktop.picture().save(here.run.folder / "desktop.png")
            (await cell.hands.picture()).save(here.run.folder / "viewer.png")
            raise
        assert await user.ended() == 0
    print(f"{server} in {viewer}: picture differs by {found:.1f}, stop took {took:.2f} s")


async def only_by_proxies(here: Place) -> None:
    """The relay's connections are the proxies': matching and a leg of each side, and no agent's own."""
    expected = {"squid": 2, "microsocks": 2}

    async def so() -> bool:
        return programs_connected_to(here.office.ports) == expected

    await comes("two connections of each proxy, and no other", so)


async def nothing_in_view_mode(cell: Cell) -> None:
    """Neither key, nor click, nor clipboard of either side."""
    desktop, hands = cell.desktop, cell.hands
    desktop.copy("the user's secret", "buffer-cut")
    await cell.shows()
    assert "the user's secret" not in await hands.clipboard()
    await hands.copy("from the helper, unwanted")
    await hands.click(*TERMINAL)
    await hands.key("a")
    await cell.pointed(LISTENER[0], LISTENER[1] + 20)
    await hands.click(*LISTENER)
    await cell.pointed(TERMINAL[0] + 5, TERMINAL[1])
    await cell.shows()
    assert desktop.clipboard("buffer-cut") == "the user's secret"
    assert "Button" not in desktop.heard()
    assert desktop.text() == ""


async def all_in_control_mode(cell: Cell, *, clipboard: bool) -> None:
    """A key, a click at its place, and both clipboards where the server has them."""
    hands = cell.hands
    await cell.switch("control")
    await cell.press("b")
    await cell.typed("b")
    await hands.click(*LISTENER)
    await cell.clicked(*LISTENER)
    if clipboard:
        await clipboards_cross(cell)


async def clipboards_cross(cell: Cell) -> None:
    """What the user copies can be pasted by the helper, and the other way. Each copies until it has come, as people do.

    x11vnc takes the user's copy for an echo where a viewer's text came just before; an old viewer takes X's selection back
    where the server's text came just after.
    """
    desktop, hands = cell.desktop, cell.hands

    async def came() -> bool:
        desktop.copy("for the helper", "buffer-cut")
        return "for the helper" in await hands.clipboard()

    async def went() -> bool:
        await hands.copy("for the user")
        return desktop.clipboard("buffer-cut") == "for the user"

    await comes("the user's clipboard", came)
    await comes("the helper's clipboard", went)


async def switching_lets_go(cell: Cell) -> None:
    """What is held when the user takes control back comes up; what follows is dropped, until control comes again."""
    desktop, hands = cell.desktop, cell.hands
    desktop.forget()
    await hands.click(*LISTENER)
    await happens("it has the keyboard", lambda: "ButtonRelease" in desktop.heard())
    desktop.forget()
    await hands.hold(*LISTENER)
    await happens("both are held", lambda: "ButtonPress" in desktop.heard() and "KeyPress" in desktop.heard())
    assert "Release" not in desktop.heard()
    await cell.switch("view")
    await happens("both are let go", lambda: "ButtonRelease" in desktop.heard() and "KeyRelease" in desktop.heard())
    desktop.copy("another secret", "buffer-cut")
    await hands.let_go()
    await hands.key("c")
    await cell.pointed(TERMINAL[0], TERMINAL[1] + 5)
    await cell.shows()
    assert "another secret" not in await hands.clipboard()
    await cell.switch("control")
    await cell.press("d")
    await cell.typed("d")
    assert desktop.heard().count("Release event") == 2


async def closed_and_opened(cell: Cell) -> None:
    """The session goes on without a viewer, and the next one shows the desktop and types."""
    desktop, hands = cell.desktop, cell.hands
    desktop.forget()
    await hands.close()
    await cell.helper.event("viewer_shows", session=cell.session, on=False)
    await cell.helper.tell(f"viewer {cell.number}")
    await cell.opened()
    await cell.shows()
    await cell.press("e")
    await cell.typed("e")


async def stopped(cell: Cell) -> float:
    """The user's stop ends both sides, and the viewer shows nothing more; the seconds until both have told."""
    began = time.monotonic()
    await cell.user.tell("stop")
    for program in (cell.user, cell.helper):
        ended = await program.event("ended", session=cell.session)
        assert (ended["why"], ended["by"]) == ("user_ended", "user")
    took = time.monotonic() - began

    async def closed() -> bool:
        return not await cell.hands.is_open()

    await comes("the viewer's end", closed)
    assert took <= 5 * STOP_WITHIN
    return took


async def test_every_connection_is_in_the_proxies_logs(here: Place) -> None:
    """As many as there must be: each side's enrolment, each agent's matching connection, each session's two legs."""
    relay = f"127.0.0.1:{here.office.ports[0]}"

    def tunnels() -> list[str]:
        return [line for line in here.squid.logged() if " CONNECT " in line]

    expected = 1 + 2 * len(here.asked)
    assert await until(lambda: len(tunnels()) == expected, within=5), tunnels()  # a tunnel is logged at its end
    assert all(f"CONNECT {relay} anna " in line and " TCP_TUNNEL/200 " in line for line in tunnels())
    passed = [line for line in here.socks.logged() if "connected to" in line]
    assert all(line.endswith(f" {relay}") for line in passed)
    assert len(passed) == 1 + len(here.helped) + len(here.asked)
