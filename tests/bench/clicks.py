"""From the start of the user's program to a helper who sees the picture: clicks and seconds, enrolled and for the first time.

    python -m tests.bench.clicks

The real programs on a screen of their own, led by mouse and keyboard as a person would who reads nothing twice; the helper takes the
request at once. BEFORE is what the same took when it was first walked through. Seconds are this machine's.
"""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.programs import Program
from tests.support.at_screen import Person
from tests.support.catalogue import compile_texts
from tests.support.rfb_viewer import TestViewer
from tests.support.two_screens import TwoScreens, two_screens

PATIENCE = 60.0
BEFORE = {"enrolled": "3 clicks, 7 s", "for the first time": "6 clicks and a paste"}


def copy(text: str, environ: Mapping[str, str]) -> None:
    """As out of a mail program, which keeps it until something else is copied."""
    argv = ["xclip", "-selection", "clipboard", "-in"]
    quiet = subprocess.DEVNULL
    subprocess.run(argv, input=text.encode(), env=environ, stdout=quiet, stderr=quiet, check=True)


@dataclass(kw_only=True)
class Way:
    """One way from the start to the picture."""

    what: str
    clicks: int = 0
    pastes: int = 0
    seconds: float = 0.0

    async def click(self, person: Person, identifier: str) -> None:
        """On something that can be clicked on."""
        await person.click(identifier, within=PATIENCE)
        self.clicks += 1

    async def paste(self, person: Person, text: str) -> None:
        """What was copied before, where the keyboard is."""
        await asyncio.to_thread(copy, text, {"PATH": "/usr/bin:/bin", **person.environ})
        await person.press("ctrl+v")
        self.pastes += 1


async def from_the_list(place: TwoScreens, way: Way, helper: Program) -> None:
    """Whoever is free is chosen already; who comes is let in, and sees."""
    await way.click(place.hanako, "get_help")
    await way.click(place.hanako, "ask_now")
    await helper.event("request", within=PATIENCE)
    await helper.tell("accept")
    await way.click(place.hanako, "question_yes")
    told = await helper.event("viewer", within=PATIENCE)
    password = await asyncio.to_thread(Path(told["password_file"]).read_text, "ascii")
    viewer = await TestViewer.login(told["port"], password.strip())
    await viewer.raw_update()
    way.seconds = time.monotonic() - way.seconds
    await viewer.close()
    await place.hanako.press("Pause")
    await helper.event("ended", within=PATIENCE)


async def walk(place: TwoScreens) -> list[Way]:
    """Both ways."""
    ways = [Way(what=what) for what in BEFORE]
    helper = await place.helper.start("serve", "--viewer", "none")
    try:
        await helper.event("online", within=PATIENCE)
        ways[0].seconds = time.monotonic()
        async with place.opened(place.user):
            await from_the_list(place, ways[0], helper)
        asker = place.newcomer("user", await place.office.account("user", "Aoi Mori"))
        ways[1].seconds = time.monotonic()
        async with place.opened(asker):
            await place.hanako.sees("enrolment_line", so=lambda one: "focused" in one.states, within=PATIENCE)
            await ways[1].paste(place.hanako, asker.line)
            for part in ("enrolment_continue", "enrolment_confirm", "enrolment_finish"):
                await ways[1].click(place.hanako, part)
            await from_the_list(place, ways[1], helper)
    finally:
        await helper.end()
    return ways


async def main() -> None:
    """Walk, and print."""
    compile_texts()
    with tempfile.TemporaryDirectory() as folder:
        async with two_screens(Path(folder)) as place:
            ways = await walk(place)
    print(f"{'from the start to the picture':42}{'clicks':>8}{'pastes':>8}{'s':>8}   before")
    for way in ways:
        print(f"{way.what:42}{way.clicks:8}{way.pastes:8}{way.seconds:8.1f}   {BEFORE[way.what]}")


if __name__ == "__main__":
    asyncio.run(main())
