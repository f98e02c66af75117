"""`make demo`: see a desktop through a relay on this machine. With --check: without a person, exit code 0 or 1."""

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
from pathlib import Path

from common.host.command import lines_of
from common.host.words import _
from deploy.demo import check
from deploy.demo.desktop import Desktop, desktop
from deploy.demo.guide import guide, open_windows, say, shown, until_closed
from deploy.demo.organisation import Organisation, organisation
from deploy.demo.programs import Program, Run

USER, HELPER = "Hanako Suzuki", "Taro Yamada"

ORDERS = {
    "control": "mode control",
    "yes": "yes",
    "no": "no",
    "view": "mode view",
    "pause": "pause on",
    "go on": "pause off",
    "stop": "stop",
}


def main() -> int:
    """Run the demo to its end; 0, or 1 where something failed."""
    parser = argparse.ArgumentParser(prog="make demo ARGS=…", description=__doc__)
    parser.add_argument("--check", action="store_true", help="without a person: look, type, switch, and exit 0 or 1")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tasuki-demo-") as folder:
        return asyncio.run(until_stopped(Run.new(Path(folder)), checking=arguments.check))


async def until_stopped(run: Run, *, checking: bool) -> int:
    """The demo as a task that Ctrl-C and SIGTERM end in order; nothing is left running."""
    task = asyncio.create_task(demo(run, checking=checking))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
        if checking:
            await check.nothing_left(run, check.tell)
    except asyncio.CancelledError:
        say("\n" + _("Everything was ended."))
        return 1 if checking else 0
    except Exception as error:  # noqa: BLE001 -- a browser's driver raises what it likes; the person needs a line and a 1
        check.fail(error)
        return 1
    return 0


async def demo(run: Run, *, checking: bool) -> None:
    """Start all, bring user and helper together, and then check, or wait for the person."""
    say(_("Starting a CA and a relay on this machine, and enrolling a user and a helper …"))
    async with contextlib.AsyncExitStack() as stack:
        place = await stack.enter_async_context(organisation(run))
        if not checking and (own := shown()):
            windows = await open_windows(stack, place, user=USER, helper=HELPER, screen=own)
            telling = asyncio.create_task(guide(windows, user=USER, helper=HELPER))
            stack.push_async_callback(put_away, telling)
            await until_closed(windows)
            return
        screen = await stack.enter_async_context(desktop(run))
        user, helper, address = await session(stack, place, screen)
        if checking:
            await check.check(run=run, desktop=screen, user=user, helper=helper, address=address, say=check.tell)
        else:
            await attend(user, address)


async def put_away(task: "asyncio.Task[None]") -> None:
    """End what goes along."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def session(
    stack: contextlib.AsyncExitStack, place: Organisation, screen: Desktop
) -> tuple[Program, Program, str]:
    """Enrol both, let the user ask and the helper accept; their agents, and the viewer page's address."""
    asker, supporter = await place.enrol("user", USER), await place.enrol("helper", HELPER)
    helper = await supporter.start("serve", "--no-open")
    stack.push_async_callback(helper.end)
    await helper.event("online")
    asked = ("ask", "--to", HELPER, "--mode", "view", "--topic", _("The letters on my screen are too small"), "--yes")
    user = await asker.start(*asked, environ=screen.environ)
    stack.push_async_callback(user.end)
    offered = await helper.event("request")
    await helper.tell(f"accept {offered['request']}")
    await user.event("connected")
    await helper.event("connected")
    return user, helper, str((await helper.event("viewer"))["address"])


async def attend(user: Program, address: str) -> None:
    """Tell the person what to look at, and pass on what they order as the user, until the session ends."""
    say(
        "\n"
        + _("{helper} sees the desktop of {user} through the relay. The helper's viewer is this page:").format(
            helper=HELPER, user=USER
        )
    )
    say(f"\n  {address}\n")
    known = ", ".join(ORDERS)
    say(
        _(
            "You are {user} here. The helper may look. Type one of these and Enter: {orders}. Ctrl-C ends it all."
        ).format(user=USER, orders=known)
        + "\n"
    )

    async def orders() -> None:
        async for line in lines_of():
            if line.strip() in ORDERS:
                await user.tell(ORDERS[line.strip()])
                say(f"  → {ORDERS[line.strip()]}")
                if line.strip() == "control":
                    say("  " + _("Control is given once you have typed: yes"))
            elif line.strip():
                say("  " + _("One of: {orders}").format(orders=known))

    listening = asyncio.create_task(orders())
    try:
        ended = await user.event("ended", within=24 * 3600)
        say(ended.get("text", ""))
    finally:
        listening.cancel()


if __name__ == "__main__":
    sys.exit(main())
