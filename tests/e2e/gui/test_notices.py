"""What reaches a person who looks elsewhere, on a desktop without a tray: notices that the desktop itself shows, by real clicks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.demo.programs import Program, ProgramError, Run, until
from tests.support.at_screen import Person, Seen
from tests.support.two_screens import QUEUE, TwoScreens, bring
from tests.support.watched import watched

XFCE = next(Path("/usr/lib").glob("*/xfce4"), Path("/usr/lib/xfce4"))  # of this machine's kind
HELPER, USER, COLLEAGUE = "Taro Yamada", "Hanako Suzuki", "Jiro Sato"
NOTICES = "xfce4-notifyd"
PLAIN = "/usr/lib/notification-daemon/notification-daemon"  # shows what is withdrawn, too: of no use for that


def in_a_notice(one: Seen) -> bool:
    """What the desktop's program shows, and no window of ours."""
    return one.program in {NOTICES, "notification-daemon"}


@contextlib.asynccontextmanager
async def shown_by_the_desktop(run: Run, person: Person) -> AsyncIterator[Program]:
    """Xfce's program shows notices on this person's desktop, as it is, with what keeps its settings."""
    async with run.program("settings", XFCE / "xfconf" / "xfconfd", environ=person.environ):
        await on_the_bus(run, person, "org.xfce.Xfconf")
        async with run.program("notices", XFCE / "notifyd" / NOTICES, environ=person.environ) as program:
            await on_the_bus(run, person, "org.freedesktop.Notifications")
            yield program


async def on_the_bus(run: Run, person: Person, name: str) -> None:
    """Wait for whoever has this name there."""
    call = ("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus")
    for _ in range(200):
        told = await run.command(*call, "org.freedesktop.DBus.NameHasOwner", f"string:{name}", environ=person.environ)
        if "true" in told:
            return
        await asyncio.sleep(0.1)
    raise ProgramError(f"nobody on the bus is called {name}")


@contextlib.asynccontextmanager
async def asking(place: TwoScreens, *arguments: str, to: str = HELPER) -> AsyncIterator[Program]:
    """A user without windows asks."""
    whom = ("--anyone",) if not to else ("--to", to)
    user = await place.user.start("ask", *whom, "--mode", "view", "--yes", *arguments, environ=place.hanakos.environ)
    try:
        yield user
    finally:
        await user.end()


async def look_elsewhere(place: TwoScreens) -> None:
    """Taro works in another window, which lies over the queue."""
    await bring(place.taro, QUEUE)
    await bring(place.taro, "Type here")


async def window_says(person: Person, title: str, wanted: str) -> bool:
    """Whether the window manager knows this of the window, soon."""

    async def told() -> bool:
        with contextlib.suppress(ProgramError):
            number = (await person.hands("search", "--name", title)).split()[0]
            return wanted in await person._run.command("xprop", "-id", number, environ=person.environ)
        return False

    for _ in range(100):
        if await told():
            return True
        await asyncio.sleep(0.1)
    return False


@contextlib.asynccontextmanager
async def task_bar(place: TwoScreens) -> AsyncIterator[Program]:
    """Somebody listens for the numbers on icons."""
    rule = "type='signal',interface='com.canonical.Unity.LauncherEntry'"
    log = ("sh", "-c", 'exec dbus-monitor --session "$0" >&2', rule)
    async with place.run.program("task-bar", *log, environ=place.taro.environ) as program:
        yield program


@pytest.mark.timeout(240)
async def test_a_request_is_taken_from_a_notice(place: TwoScreens) -> None:
    """Behind another window: a notice with the name and the matter, the window calls, the title and the task bar count."""
    async with (
        shown_by_the_desktop(place.run, place.taro),
        task_bar(place) as bar,
        place.helping() as helper,
    ):
        await look_elsewhere(place)
        async with asking(place, "--topic", "Printer <b>& scanner</b>") as user:
            await helper.event("request")
            taro = place.taro
            await taro.sees(name=f"{USER} asks for help", so=in_a_notice)
            await taro.sees(name="Printer <b>& scanner</b>", so=in_a_notice)
            assert await window_says(taro, "requests for help", "_NET_WM_STATE_DEMANDS_ATTENTION")
            assert await window_says(taro, "requests for help", '"(1) Tasuki')
            assert await until(lambda: "tasuki-helper.desktop" in bar.log.read_text(), within=10), bar.tail()
            assert "int64 1" in bar.log.read_text()
            await taro.sees(name="Later", so=in_a_notice)
            await asyncio.sleep(1)  # a click that comes at once was meant for what was there before
            await taro.click(name="Take it", so=in_a_notice)
            await user.event("connected")
            await taro.sees_no(name=f"{USER} asks for help")
            assert await window_says(taro, "requests for help", '"Tasuki')


@pytest.mark.timeout(240)
async def test_later_and_taken_by_somebody_else(place: TwoScreens) -> None:
    """*Later* puts it away and takes nothing; what a colleague has taken goes from the desktop by itself."""
    colleague = await place.office.enrol("helper", COLLEAGUE)
    async with shown_by_the_desktop(place.run, place.taro), place.helping() as helper:
        taro = place.taro
        await look_elsewhere(place)
        async with asking(place) as user:
            await helper.event("request")
            await taro.sees(name="Later", so=in_a_notice)
            await asyncio.sleep(1)
            await taro.click(name="Later", so=in_a_notice)
            await taro.sees_no(name=f"{USER} asks for help")
            assert user.events[-1]["event"] == "waiting"
        other = await colleague.start("serve", "--viewer", "none")
        try:
            await other.event("online")
            async with asking(place, to="") as user:
                await other.event("request")
                await taro.sees(name=f"{USER} asks for help", so=in_a_notice)
                await other.tell("accept")
                await user.event("connected")
                await taro.sees_no(name=f"{USER} asks for help")
        finally:
            await other.end()


@pytest.mark.timeout(240)
async def test_who_shows_them_is_killed_and_comes_again(place: TwoScreens) -> None:
    """What still stands stands there again; a click on it opens the queue."""
    async with place.helping() as helper:
        taro = place.taro
        await look_elsewhere(place)
        async with shown_by_the_desktop(place.run, taro) as program, asking(place):
            await helper.event("request")
            await taro.sees(name=f"{USER} asks for help", so=in_a_notice)
            program.kill()
            await taro.sees_no(name=f"{USER} asks for help", within=10)
            async with shown_by_the_desktop(place.run, taro):
                await taro.sees(name=f"{USER} asks for help", so=in_a_notice)
                await taro.click(name="Show", so=in_a_notice)
                assert await until(lambda: True, within=1)
                for _ in range(100):
                    if "requests for help" in await taro.hands("getactivewindow", "getwindowname"):
                        break
                    await asyncio.sleep(0.1)
                else:
                    pytest.fail("the queue did not come to the front")


@pytest.mark.timeout(240)
async def test_a_helper_in_control_clicks_on_a_notice_in_vain(tmp_path: Path) -> None:
    """It is no window of ours; what it opens is one, and there the helper's clicks go nowhere."""
    async with (
        watched(tmp_path) as place,
        place.run.program("notices", PLAIN, environ=place.person.environ),
    ):
        viewer = await place.session()
        await viewer.types_in_the_terminal("before")
        await place.helper.tell("chat look here")
        notice = await place.person.sees(name="look here", so=in_a_notice)
        await asyncio.sleep(1)
        viewer.click_on(notice)
        field = await place.person.sees("chat_field")
        before = len(place.user.events)
        viewer.click_on(field)
        viewer.key(*map(ord, "yes"), 0xFF0D)
        await asyncio.sleep(1)
        assert not [one for one in place.user.events[before:] if one["event"] != "chat"]
        assert (await place.person.sees("chat_field")).text == ""
        await place.person.sees("session_bar")
