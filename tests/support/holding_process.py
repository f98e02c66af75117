"""An agent in small: it holds keys in a desktop, as the agent does, beside a keeper with a VNC server. Run as a program: DISPLAY SOCKET.

It prints who is who, then `held`. On stdin: `close`, for a clean end; `type TEXT`; `hang`, so that its loop does nothing for a
while. Where its VNC server has gone it ends its control, as an agent does.
"""

import asyncio
import json
import os
import sys
import time
from functools import partial

from common.agent.keeper.client import Keeper
from user_agent.input.guarded import GuardedInput
from user_agent.input.ports import HeldKeys

HELD = (0xFFE3, 0xFFE1, ord("Q"), 0x1006F22)  # Ctrl, Shift, Q, and a character that needs a spare keycode
BUTTON = 1
HANGS = 8.0  # seconds


def tell(**facts: object) -> None:
    """A line of what is known."""
    os.write(1, json.dumps(facts).encode() + b"\n")  # whole: several threads tell


def is_held(loop: asyncio.AbstractEventLoop, all_down: asyncio.Event, held: HeldKeys) -> None:
    """Told on the thread that presses."""
    if len(held.keycodes) == len(HELD) and held.buttons == (BUTTON,):
        loop.call_soon_threadsafe(all_down.set)


async def hold(display: str, socket: str) -> None:
    """From the first press until nothing is to be held any more."""
    loop, all_down, over = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    keeper = await Keeper.launch()
    options = ("-rfbport", "0", "-no6", "-noipv6", "-nopw", "-forever", "-viewonly", "-repeat", "-q")
    server = await keeper.start(["x11vnc", "-display", display, "-unixsock", socket, *options])
    opening = partial(
        GuardedInput,
        display,
        origin=(0, 0),
        size=None,
        on_unpressed=lambda keysym: tell(unpressed=keysym),
        on_held=partial(is_held, loop, all_down),
        on_failed=lambda error: tell(failed=str(error)),
        loop=loop,
    )
    desktop = await asyncio.to_thread(opening)
    tell(keeper=keeper.pid, server=server.pid, releaser=desktop.releaser)

    def press() -> None:
        desktop.pointer(5, 5, 0)
        for keysym in HELD:
            desktop.key(keysym, True)
        desktop.pointer(5, 5, BUTTON)

    def obey() -> None:
        while True:
            order, _, text = sys.stdin.readline().rstrip("\n").partition(" ")
            match order:
                case "type":
                    desktop.type(text)
                case "press":
                    press()
                case "releaser":
                    tell(releaser=desktop.releaser)
                case "hang":
                    loop.call_soon_threadsafe(time.sleep, HANGS)
                case _:
                    loop.call_soon_threadsafe(over.set)
                    return

    press()
    await all_down.wait()
    tell(held=True)
    asked = asyncio.ensure_future(asyncio.to_thread(obey))
    await asyncio.wait(
        [asyncio.ensure_future(over.wait()), asyncio.ensure_future(server.wait())], return_when="FIRST_COMPLETED"
    )
    await asyncio.to_thread(desktop.close)
    tell(closed=True)
    await keeper.close()
    await asked


if __name__ == "__main__":
    sys.stdout = sys.stderr  # for its log
    asyncio.run(hold(*sys.argv[1:3]))
