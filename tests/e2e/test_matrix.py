"""Every VNC server with every viewer, through both sides' proxies: real programs, from the picture to the end.

The user's agent is behind squid, which lets CONNECT through to the relay's port only and wants Basic; the helper's behind
microsocks, SOCKS5 with a password. Absence is proved by order: what the viewer said before its pointer was shown to the
user was dropped in view mode, and what the server said before a new test card arrived was dropped too.

Clipboards are the agents' own and cross whatever the program is: of the desktop that the user's agent shows by a server that it has
started, not of one that was running already (Xtightvnc). The helper's agent has an X display where the viewer has one, else orders say
what is copied; those are given everywhere. RFB's own cut texts never pass: X's oldest clipboard, the cut buffer, is the one that the
old servers and viewers watch from the beginning.
"""

import contextlib
import time
from collections.abc import Iterator

import pytest

from deploy.demo.programs import Program, until
from tests.support.connections import programs_connected_to
from tests.support.desktops import LISTENER, TERMINAL, happens
from tests.support.matrix import RUNNING_ALREADY, SERVERS, VIEWERS, Cell, Place, comes, place
from tests.support.organisation import run_now

STOP_WITHIN = 2.0  # seconds, promised
CLIPBOARD_WITHIN = 10.0  # seconds for 5 MiB one way, from the copying to what can be pasted; 2 are promised
# (loopback's segments of 64 KiB make a window of 64 KiB wait 40 ms for each update of TCP's: 3 to 4 s; with Ethernet's, 0.5 to 0.7)


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
            await all_in_control_mode(cell, clipboard=server not in RUNNING_ALREADY)
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
    """A key, a click at its place, and both clipboards where there is a way to the desktop's."""
    hands = cell.hands
    await cell.switch("control")
    await cell.press("b")
    await cell.typed("b")
    await hands.click(*LISTENER)
    await cell.clicked(*LISTENER)
    if clipboard:
        await clipboards_cross(cell)
    else:
        assert (await cell.user.event("no_clipboard", session=cell.session))["code"] == "clipboard_not_here"
        assert (await cell.helper.event("no_clipboard", session=cell.session))["code"] == "clipboard_not_there"
    await cut_texts_do_not_cross(cell)


async def clipboards_cross(cell: Cell) -> None:
    """5 MiB that the user copies can be had by the helper, and the other way: Japanese, emoji and CRLF, byte for byte."""
    desktop, folder = cell.desktop, cell.place.run.folder
    there, back = folder / "copied-by-the-user", folder / "copied-by-the-helper"
    text = ("日本語 😀 é€\r\n" * 300_000).encode()[: 5 << 20].decode(errors="ignore")
    begun = time.monotonic()
    desktop.copy(text)
    await cell.helper.event("clipboard", session=cell.session, size=len(text.encode()))
    await cell.helper.tell(f"paste {there}")
    await happens("it is pasted", lambda: there.is_file() and there.read_bytes() == text.encode())
    pasted = time.monotonic()
    back.write_bytes(text[::-1].encode())
    await cell.helper.tell(f"copy {back}")
    await cell.user.event("clipboard", session=cell.session, size=len(text.encode()))
    await happens("the user can paste it", lambda: desktop.clipboard() == text[::-1])
    seconds = pasted - begun, time.monotonic() - pasted
    print(f"5 MiB of clipboard: {seconds[0]:.2f} s to the helper, {seconds[1]:.2f} s to the user")
    assert max(seconds) < CLIPBOARD_WITHIN
    back.write_bytes(b"x" * (9 << 20))
    await cell.helper.tell(f"copy {back}")
    assert "9.0 MiB" in (await cell.helper.event("problem", code="clipboard_too_large"))["text"]


async def cut_texts_do_not_cross(cell: Cell) -> None:
    """Neither way, in control mode as in view mode."""
    desktop, hands = cell.desktop, cell.hands
    desktop.copy("the user's own", "buffer-cut")
    await hands.copy("from the viewer")
    await cell.shows()
    assert "the user's own" not in await hands.clipboard()
    assert desktop.clipboard("buffer-cut") == "the user's own"


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

    def asked() -> list[str]:
        return [line for line in here.squid.logged() if " CONNECT " in line]

    def tunnels() -> list[str]:
        return [line for line in asked() if " TCP_TUNNEL/200 " in line]

    expected = 1 + 2 * len(here.asked)
    assert await until(lambda: len(tunnels()) == expected, within=5), tunnels()  # a tunnel is logged at its end
    assert all(f"CONNECT {relay} anna " in line for line in tunnels())
    assert all(
        " TCP_DENIED/" in line for line in asked() if line not in tunnels()
    )  # first without a name, as it is told what is wanted
    passed = [line for line in here.socks.logged() if "connected to" in line]
    assert all(line.endswith(f" {relay}") for line in passed)
    assert len(passed) == 1 + len(here.helped) + len(here.asked)
