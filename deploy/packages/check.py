"""Look whether packaged programs work: a whole session with a picture and keys, and both first windows. Without a person.

    python -m deploy.packages.check FOLDER            FOLDER holds tasuki-user and tasuki-helper (dist/tasuki)
    python -m deploy.packages.check --root ROOT       they are installed in a Debian root (deploy/tools/package_in_root.sh)

CA, relay, screen and the helper's browser are this machine's and this tree's; the two agents are the packaged ones, and
with --root so is the VNC server.
"""

import argparse
import contextlib
import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from Xlib import X

from common.host.x11 import open_display
from common.net import loop
from deploy.demo import check
from deploy.demo.desktop import Desktop, desktop
from deploy.demo.organisation import organisation
from deploy.demo.programs import ProgramError, Run, until

PROGRAMS = ("tasuki-user", "tasuki-helper")


def wrappers(folder: Path, commands: Mapping[str, Sequence[str]]) -> Path:
    """A folder of commands with the programs' names, for the front of a search path."""
    folder.mkdir()
    for name, command in commands.items():
        (folder / name).write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


async def windows(run: Run, screen: Desktop) -> None:
    """Each program alone shows a window of its own and runs on, until it is told to end."""
    for program in PROGRAMS:
        began = time.monotonic()
        folder = run.folder / f"new-{program}"
        async with run.program(f"{program}-window", program, "--folder", folder, environ=screen.environ) as started:
            shown = await until(lambda name=program: windows_named(screen, name), within=30)  # type: ignore[misc]
            if not shown or not started.running:
                raise ProgramError(f"{program} showed no window{started.tail()}")
            check.tell(f"{program} shows its first window after {time.monotonic() - began:.1f} s.")
            code = await started.end()
            if code != 0:
                raise ProgramError(f"{program} ended with {code}{started.tail()}")


def windows_named(screen: Desktop, name: str) -> bool:
    """Whether a window of this class is on the screen."""
    os.environ["XAUTHORITY"] = str(screen.cookie)
    display = open_display(screen.display)
    try:
        open_ = [display.screen().root]
        while open_:
            window = open_.pop()
            with contextlib.suppress(Exception):  # it has just closed
                found = window.get_wm_class()
                if found and name in found and window.get_attributes().map_state == X.IsViewable:
                    return True
                open_ += window.query_tree().children
        return False
    finally:
        display.close()


async def session(run: Run, screen: Desktop) -> None:
    """From enrolment to the stop."""
    async with organisation(run) as office:
        user, helper = await office.enrol("user", "Hanako Suzuki"), await office.enrol("helper", "Taro Yamada")
        serving = await helper.start("serve", "--no-open")
        await serving.event("online")
        asking = await user.start("ask", "--to", helper.name, "--mode", "view", environ=screen.environ)
        try:
            request = await serving.event("request", within=30)
            await serving.tell(f"accept {request['request']}")
            await asking.event("connected", within=30)
            address = (await serving.event("viewer"))["address"]
            await check.check(run=run, desktop=screen, user=asking, helper=serving, address=address, say=check.tell)
        finally:
            await asking.end()
            await serving.end()


async def main(commands: Mapping[str, Sequence[str]]) -> int:
    """All of it; the exit code."""
    with tempfile.TemporaryDirectory(prefix="tasuki-package-") as name:
        folder = Path(name)
        path = f"{wrappers(folder / 'programs', commands)}:{Run.new(folder).environ['PATH']}"
        run = Run.new(folder, PATH=path)
        try:
            async with desktop(run) as screen:
                await session(run, screen)
                await windows(run, screen)
            await check.nothing_left(run, check.tell)
        except ProgramError as error:
            check.fail(error)
            return 1
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("folder", type=Path, nargs="?")
    where.add_argument("--root", type=Path)
    options = parser.parse_args()
    inside = [shutil.which("chroot") or "/usr/sbin/chroot", str(options.root)] if options.root else []
    place = Path("/usr/bin") if options.root else options.folder.resolve()
    programs = {name: [*inside, str(place / name)] for name in PROGRAMS}
    loop.install()
    raise SystemExit(loop.run(lambda: main(programs)))
