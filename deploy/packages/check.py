"""Look whether packaged programs work: versions, help, a PAC file, licences, a whole session with a picture and keys, one in the
helper's own window, and both first windows. Without a person.

    python -m deploy.packages.check FOLDER            FOLDER holds tasuki-user and tasuki-helper (dist/tasuki-helper)
    python -m deploy.packages.check --root ROOT       they are installed in a Debian root (deploy/tools/package_in_root.sh)

CA, relay, screen and the helper's browser are this machine's and this tree's; the two agents are the packaged ones, and
with --root so is the VNC server.
"""

import argparse
import asyncio
import contextlib
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from Xlib import XK, X
from Xlib.ext import xtest

from common.agent.keeper.process_table import descendants
from common.agent.system_proxy import script
from common.host.version import VERSION
from common.host.x11 import open_display
from common.net import loop
from deploy.demo import check
from deploy.demo.desktop import Desktop, desktop, difference
from deploy.demo.organisation import organisation
from deploy.demo.programs import ProgramError, Run, until
from deploy.packages import deb, sbom

PROGRAMS = ("tasuki-user", "tasuki-helper")
ENGINE = "QtWebEngineProcess"
LICENCES = (
    "pacparser/QuickJS.txt",
    "pacparser/LGPL-3.0.txt",
    "pyside6-addons/Chromium.txt",
    "novnc/LICENSE.txt",
    "tasuki/LICENSE",
)
PROXY = "proxy.example:3128"
PAC = f'function FindProxyForURL(url, host) {{ return "PROXY {PROXY}"; }}'
PAC_WITHIN = 60.0  # seconds; on Wine a program takes its time to start
CHANGED = 2.0  # mean difference of two pictures, of 255: more than a clock's hands make


def wrappers(folder: Path, commands: Mapping[str, Sequence[str]]) -> Path:
    """A folder of commands with the programs' names, for the front of a search path."""
    folder.mkdir()
    for name, command in commands.items():
        (folder / name).write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


async def speaks(run: Run) -> None:
    """Each program tells its version and its help, and runs a PAC file."""
    for program in PROGRAMS:
        version = await run.command(program, "--version")
        if VERSION not in version:
            raise ProgramError(f"{program} --version says {version!r}, and not {VERSION}")
        if "--enrol" not in await run.command(program, "--help"):
            raise ProgramError(f"{program} --help does not name its options")
        await runs_pac_files((str(shutil.which(program, path=run.environ["PATH"])),), environ=run.environ)
        check.tell(f"{program} says that it is {version.strip()}, helps, and runs a PAC file.")


async def runs_pac_files(command: Sequence[str], *, environ: Mapping[str, str]) -> None:
    """A packaged program, called as the process for that, answers what the file says. Raises ProgramError."""
    with tempfile.TemporaryDirectory(prefix="tasuki-package-") as folder:
        server = await asyncio.start_server(_serve_pac, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/proxy.pac"
        asked = json.dumps({"pac": url, "url": "https://relay.example/", "host": "relay.example"})
        process = await asyncio.create_subprocess_exec(
            *(*command, script.ARGUMENT),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            cwd=folder,
        )
        try:
            async with asyncio.timeout(PAC_WITHIN):
                said, log = await process.communicate(asked.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            server.close()
    if json.loads(said or b"null") != {"answer": f"PROXY {PROXY}"}:
        raise ProgramError(f"{command[-1]} runs no PAC file: {said!r} {log[-500:]!r}")


async def _serve_pac(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(PAC), PAC.encode()))
    await writer.drain()
    writer.close()


def has_licences(place: Path) -> None:
    """The texts of what the programs in this folder bring along, of some by name. Raises ProgramError."""
    listed = json.loads((place / sbom.FILE).read_text(encoding="utf-8"))
    for text in LICENCES:
        if not (place / sbom.FOLDER / text).is_file():
            raise ProgramError(f"no {text} among the licences in {place}")
    folders = [path for path in (place / sbom.FOLDER).iterdir() if any(path.iterdir())]
    if len(folders) < len(listed["components"]):
        raise ProgramError(f"{len(listed['components'])} components, and licences of {len(folders)} alone")
    check.tell(
        f"{len(listed['components'])} components are listed; their licences are there, QuickJS' and Chromium's too."
    )


async def windows(run: Run, screen: Desktop, pictures: Path | None) -> None:
    """Each program alone shows a window of its own and runs on, until it is told to end. `pictures`: where to keep some."""
    for program in PROGRAMS:
        began = time.monotonic()
        folder = run.folder / f"new-{program}"
        async with run.program(f"{program}-window", program, "--folder", folder, environ=screen.environ) as started:
            shown = await until(lambda name=program: windows_named(screen, name), within=30)  # type: ignore[misc]
            if not shown or not started.running:
                raise ProgramError(f"{program} showed no window{started.tail()}")
            if pictures is not None:
                await asyncio.sleep(1)  # painted
                screen.picture().save(pictures / f"{program}.png")
            check.tell(f"{program} shows its first window after {time.monotonic() - began:.1f} s.")
            code = await started.end()
            if code != 0:
                raise ProgramError(f"{program} ended with {code}{started.tail()}")


async def in_window(run: Run, screen: Desktop, seat: Desktop, pictures: Path | None) -> None:
    """The helper's window takes a request by the keyboard, and the packaged Chromium shows the user's screen in it."""
    async with organisation(run) as office:
        user, helper = await office.enrol("user", "Hanako Suzuki"), await office.enrol("helper", "Taro Yamada")
        # as root, and without a graphics card, Chromium wants to be told so
        without = {"QTWEBENGINE_DISABLE_SANDBOX": "1", "QTWEBENGINE_CHROMIUM_FLAGS": "--disable-gpu"}
        windows = await helper.open(environ={**seat.environ, **without})
        try:
            await windows.event("online", within=30)
            asking = await user.start("ask", "--to", helper.name, "--mode", "view", environ=screen.environ)
            try:
                await windows.event("request", within=30)
                before = seat.picture()
                press(seat, ("Control_L", "l"), ("Return",))
                began = time.monotonic()
                await windows.event("viewer_shows", within=60, on=True)
                check.tell(
                    f"The helper's window shows the user's screen {time.monotonic() - began:.1f} s after the request was taken."
                )
                if not any(ENGINE in command for command in commands_of(windows.pid)):
                    raise ProgramError(f"the picture is not in the helper's window{windows.tail()}")
                if not await until(lambda: difference(seat.picture(), before) > CHANGED, within=20):
                    raise ProgramError("nothing of it is on the helper's screen")
                if pictures is not None:
                    await asyncio.sleep(1)  # all of it
                    seat.picture().save(pictures / "session.png")
                await asking.tell("stop")
                await windows.event("ended")
            finally:
                await asking.end()
        finally:
            await windows.end()


def commands_of(pid: int) -> list[str]:
    """The command lines of all that a program has started. (Chromium writes over the environment by which a run knows its own.)"""
    found = []
    for one in descendants(pid):
        with contextlib.suppress(OSError):
            found.append(Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


def press(screen: Desktop, *chords: Sequence[str]) -> None:
    """Keys, as the keyboard of this screen."""
    os.environ["XAUTHORITY"] = str(screen.cookie)
    display = open_display(screen.display)
    try:
        for chord in chords:
            codes = [display.keysym_to_keycode(XK.string_to_keysym(name)) for name in chord]
            for kind, order in ((X.KeyPress, codes), (X.KeyRelease, codes[::-1])):
                for code in order:
                    xtest.fake_input(display, kind, code)
            display.sync()
    finally:
        display.close()


def click(screen: Desktop, x: int, y: int) -> None:
    """The left button, here."""
    os.environ["XAUTHORITY"] = str(screen.cookie)
    display = open_display(screen.display)
    try:
        xtest.fake_input(display, X.MotionNotify, x=x, y=y)
        for kind in (X.ButtonPress, X.ButtonRelease):
            xtest.fake_input(display, kind, 1)
        display.sync()
    finally:
        display.close()


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


async def main(commands: Mapping[str, Sequence[str]], place: Path, pictures: Path | None) -> int:
    """All of it; the exit code. `place`: the folder of the programs, as this machine sees it."""
    with tempfile.TemporaryDirectory(prefix="tasuki-package-") as name:
        folder = Path(name)
        path = f"{wrappers(folder / 'programs', commands)}:{Run.new(folder).environ['PATH']}"
        run = Run.new(folder, PATH=path)
        (folder / "seat").mkdir()
        seated = Run.new(folder / "seat", PATH=path)  # an organisation of its own
        try:
            has_licences(place)
            await speaks(run)
            async with desktop(run) as screen:
                await session(run, screen)
                await windows(run, screen, pictures)
                async with desktop(run, "seat", size=(1366, 900)) as seat:
                    await in_window(seated, screen, seat, pictures)
            for one in (run, seated):
                await check.nothing_left(one, check.tell)
        except ProgramError as error:
            check.fail(error)
            return 1
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("folder", type=Path, nargs="?")
    where.add_argument("--root", type=Path)
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="keep pictures of the windows here")
    options = parser.parse_args()
    inside = [shutil.which("chroot") or "/usr/sbin/chroot", str(options.root)] if options.root else []
    place = Path("/usr/bin") if options.root else options.folder.resolve()
    programs = {name: [*inside, str(place / name)] for name in PROGRAMS}
    laid = options.root / deb.PLACE if options.root else place
    if options.pictures is not None:
        options.pictures.mkdir(parents=True, exist_ok=True)
    loop.install()
    raise SystemExit(loop.run(lambda: main(programs, laid, options.pictures)))
