"""The demo with windows: a computer in a window for the user, the helper's queue beside it, and words that go along with what the person does."""

import asyncio
import contextlib
import os
import shutil
from dataclasses import dataclass

from common.host.screen import has_screen
from common.host.words import _
from deploy.demo.desktop import Desktop, desktop
from deploy.demo.organisation import Organisation
from deploy.demo.programs import Event, Program, ProgramError, Run

AS_LONG_AS_IT_TAKES = 24 * 3600.0  # seconds for a person
COMPUTER = (1100, 760)


def shown() -> dict[str, str]:
    """The environment of the person's own X screen; empty where there is none that takes us."""
    found = {name: os.environ[name] for name in ("DISPLAY", "XAUTHORITY") if name in os.environ}
    return found if "DISPLAY" in found and has_screen({"DISPLAY": found["DISPLAY"]}) else {}


@dataclass(frozen=True, kw_only=True)
class DemoWindows:
    """Both programs, and the computer that the user's runs on."""

    user: Program
    helper: Program
    computer: Desktop


async def open_windows(
    stack: contextlib.AsyncExitStack, place: Organisation, *, user: str, helper: str, screen: dict[str, str]
) -> DemoWindows:
    """Enrol both, give the user a computer in a window on `screen`, and start both programs with their windows."""
    asker, supporter = await place.enrol("user", user), await place.enrol("helper", helper)
    title = f"{user} (PC)"  # Xephyr's title knows Latin letters only
    computer = await stack.enter_async_context(desktop(place.run, "computer", size=COMPUTER, on=screen, title=title))
    of_helper = await supporter.open(environ={**screen, **browser(place.run), "QT_QPA_PLATFORM": "xcb"})
    stack.push_async_callback(of_helper.end)
    await of_helper.event("online")
    of_user = await asker.open(environ={**computer.environ, "QT_QPA_PLATFORM": "xcb"})
    stack.push_async_callback(of_user.end)
    await of_user.event("online")
    return DemoWindows(user=of_user, helper=of_helper, computer=computer)


def browser(run: Run) -> dict[str, str]:
    """How root opens a page: Chromium, which most fresh machines end up with, refuses root without this. Others need nothing."""
    chromium = shutil.which("chromium")
    if chromium is None or os.geteuid() != 0:
        return {}
    return {"BROWSER": f"{chromium} --no-sandbox --no-first-run --user-data-dir={run.folder / 'browser'} %s &"}


async def guide(windows: DemoWindows, *, user: str, helper: str) -> None:
    """Say what to do next, each time that the person has done it; returns when a session has ended."""
    say(_("Two windows are open: the computer of {user}, who needs help, and the queue of {helper}, who helps.").format(user=user, helper=helper))  # fmt: skip
    print(flush=True)
    say(_("1. On the computer of {user}: press “Get help”, choose {helper}, and ask.").format(user=user, helper=helper))
    request = await told(windows.helper, "request")
    say(_("2. In the queue of {helper}: take the request (double click, or Enter).").format(helper=helper))
    if request["to"].get("kind") != "helper":
        say(_("   {user} chose nobody by name, so {user} is asked who may come in: say “Allow”.").format(user=user))
    await told(windows.user, "connected")
    say(_("3. {helper} sees the desktop of {user} through the relay, which can read none of it. On the computer of {user}, the bar on top says so. Press “Let {helper} control…” there, and say yes.").format(user=user, helper=helper))  # fmt: skip
    if await happens(windows.user, "mode", mode="control"):
        say(_("4. Now type something into the terminal of {user}, from the window of {helper}.").format(user=user, helper=helper))  # fmt: skip
        say(_("5. {user} can stop at any time: press “Stop” on the bar.").format(user=user))
        await told(windows.user, "ended")
    say(_("That was it. Both windows stay open; press Ctrl-C here to end everything."))


async def told(program: Program, event: str) -> Event:
    """Wait for what the person does."""
    return await program.event(event, within=AS_LONG_AS_IT_TAKES)


async def happens(program: Program, event: str, **facts: object) -> bool:
    """Whether this happens before the session ends."""
    wanted = asyncio.ensure_future(program.event(event, within=AS_LONG_AS_IT_TAKES, **facts))
    ended = asyncio.ensure_future(told(program, "ended"))
    try:
        await asyncio.wait({wanted, ended}, return_when=asyncio.FIRST_COMPLETED)
        return wanted.done() and wanted.exception() is None
    finally:
        for task in (wanted, ended):
            task.cancel()
        await asyncio.gather(wanted, ended, return_exceptions=True)


async def until_closed(windows: DemoWindows) -> None:
    """Return when the person has closed either program."""
    ends = [asyncio.ensure_future(program.process.wait()) for program in (windows.user, windows.helper)]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    for program in (windows.user, windows.helper):
        if program.process.returncode:
            raise ProgramError(f"{program.name} failed{program.tail()}")


def say(text: str) -> None:
    """A line for the person."""
    print(text, flush=True)
