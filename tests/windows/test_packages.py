"""The packages for Windows: built, installed, used, uninstalled, all of it there. Twenty-five minutes. Pictures: build/pictures/windows."""

import asyncio
import contextlib
import os
import struct
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image, ImageChops

from common.agent.autostart import RUN_KEY
from deploy.demo.organisation import organisation
from deploy.demo.ports import free_port
from deploy.demo.programs import Run, until
from deploy.packages import check, parts
from deploy.packages.__main__ import told
from deploy.tools import wine
from deploy.tools.wine_packages import on_windows
from tests.support.desktops import listens
from tests.support.stand_ins import DESKTOPS
from tests.support.wine import HOUSE
from tests.support.wine_packages import Packages, packages_fixture
from tests.support.wine_sessions import PIPED, WITHIN, Registry, none_left

pytestmark = [pytest.mark.long, pytest.mark.timeout(4500)]  # the deadlines of building and of two installers, and more

PICTURES = HOUSE / "build" / "pictures" / "windows"
CANNOT_BEGIN = 1  # Inno Setup's word for a setup that does not begin
USERS_MOST = 105_000_000  # bytes: 100 MB as it was with both programs and without the engine, and 5 more
USERS_INSTALLER_MOST = 34_000_000  # likewise; it was 29.9 MB
NOT_INSTALLED = 20  # windows.iss: Tasuki is there, the VNC server is not
PAINTED = 0.1  # of the screen: a window that is only framed changes a fiftieth of it, a painted one nearly a third
GUI, CONSOLE = 2, 3
TRIES = 6  # what was told is painted later
TAKE_NEXT = (957, 625)  # the button under the queue, where the demo's window manager puts it
PROGRAMS = {"tasuki-user": CONSOLE, "tasuki-userw": GUI, "tasuki-helper": CONSOLE, "tasuki-helperw": GUI}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packages]:
    """Built for all of these."""
    yield from packages_fixture(tmp_path_factory.mktemp("packages"))


def subsystem(program: Path) -> int:
    """What Windows starts it as, from its PE header."""
    data = program.read_bytes()[:4096]
    (at,) = struct.unpack_from("<I", data, 0x3C)
    (found,) = struct.unpack_from("<H", data, at + 24 + 68)
    return int(found)


def test_what_windows_is_told(packages: Packages) -> None:
    """Each program twice, with a console and without; sharp on each of several screens, and no administrator."""
    found = packages.manifests()
    assert {name.removesuffix(".exe"): subsystem(packages.helper / name) for name in found} == PROGRAMS
    for text in found.values():
        told = {one.tag.rpartition("}")[2]: one.text or one.attrib for one in ET.fromstring(text).iter()}
        assert (told["dpiAwareness"], told["longPathAware"]) == ("PerMonitorV2", "true")
        assert told["requestedExecutionLevel"] == {"level": "asInvoker", "uiAccess": "false"}
        assert "activeCodePage" not in told


def test_the_engine_is_the_helper_s_alone(packages: Packages) -> None:
    """What shows the screen in the window is in the helper's package, with its licences; the user's is no larger for it. Sizes are printed."""
    engine = (
        "Qt6WebEngineCore.dll",
        "QtWebEngineProcess.exe",
        "resources/icudtl.dat",
        "resources/qtwebengine_resources.pak",
    )
    words = ("translations/qtwebengine_locales/ja.pak", "translations/qtwebengine_locales/en-US.pak")
    for name in (*engine, *words):
        assert (packages.helper / "_internal/PySide6" / name).is_file(), name
    assert not [path for path in packages.user.rglob("*") if "WebEngine" in path.name or "webengine" in path.name]
    assert {path.name for path in packages.user.glob("*.exe")} == {"tasuki-user.exe", "tasuki-userw.exe"}
    for folder in (packages.user, packages.helper):
        assert (folder / "sbom.cdx.json").is_file()
        for text in (
            "tasuki/LICENSE",
            "pacparser/QuickJS.txt",
            "pacparser/LGPL-3.0.txt",
            "pyside6-essentials/LGPL-3.0.txt",
        ):
            assert (folder / "licences" / text).is_file(), text
        print(told(folder))
    assert (packages.helper / "licences/pyside6-addons/Chromium.txt").is_file()
    assert not (packages.user / "licences/pyside6-addons").exists()
    for installer in packages.installers.values():
        print(told(installer))
    assert size(packages.user) < USERS_MOST
    assert packages.installers["tasuki"].stat().st_size < USERS_INSTALLER_MOST


def size(folder: Path) -> int:
    """Bytes of all files in it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def test_a_helper_s_is_not_taken_away(packages: Packages) -> None:
    """By the user's installer: it says what to run instead. The helper's lays itself over the user's."""
    code, log = await asyncio.to_thread(packages.install)
    assert code == 0, log
    assert not (packages.place / "tasuki-helper.exe").exists()
    async with packages.installed("/TYPE=both"):
        assert {path.stem for path in packages.shortcuts()} == {"Get help (Tasuki)", "Tasuki helper"}
        code, log = await asyncio.to_thread(packages.install)
        assert code == CANNOT_BEGIN
        assert "tasuki-helper-setup" in log
        assert (packages.place / "tasuki-helper.exe").is_file()
        assert (packages.place / "_internal/PySide6/Qt6WebEngineCore.dll").is_file()
    assert not packages.place.exists()


async def test_a_packaged_program_runs_a_pac_file(packages: Packages) -> None:
    """What runs it is in both packages."""
    for folder, program in ((packages.user, "tasuki-user"), (packages.helper, "tasuki-helper")):
        command = (packages.both.program, on_windows(folder / f"{program}.exe"))
        await check.runs_pac_files(command, environ={**os.environ, **packages.environ})


async def test_a_server_that_could_not_be_installed(packages: Packages) -> None:
    """Tasuki is there all the same; the exit code and the log's sentence say that the server is not, and why."""
    for options, says in (
        (["/VNC=gone.exe"], "is not there"),
        (["/VNC=vnc.exe", "/VNCARGS=/exit=5"], "exit code 5"),
        (["/VNC=vnc.exe", "/VNCARGS=/exit=0"], "has installed neither"),
    ):
        code, log = await asyncio.to_thread(packages.install, *options)
        assert code == NOT_INSTALLED
        assert says in log
        assert (packages.place / "tasuki-user.exe").is_file()
    assert await packages.uninstall() == 0


async def test_installed_and_gone_again(packages: Packages, tmp_path: Path) -> None:
    """Files, line and shortcuts; the start with the desktop goes with the programs; what runs is not uninstalled."""
    run_key = Registry(windows=packages.windows, key=f"HKCU\\{RUN_KEY}", folder=tmp_path)
    others = '"other"="C:\\\\other.exe"\n'
    await run_key.set(others)
    before = await run_key.values()
    async with packages.installed("/ENROL=tasuki-enrol:1:test", "/TYPE=both"):
        for name in PROGRAMS:
            assert (packages.place / f"{name}.exe").is_file()
        assert (packages.place / "tasuki-enrol.txt").read_text() == "tasuki-enrol:1:test\n"
        assert {path.stem for path in packages.shortcuts()} == {"Get help (Tasuki)", "Tasuki helper"}
        for path in packages.shortcuts():
            linked = path.read_bytes()
            program = "tasuki-userw.exe" if path.stem.startswith("Get") else "tasuki-helperw.exe"
            assert program.encode("utf-16-le") in linked or program.encode() in linked
        code, log = await asyncio.to_thread(
            packages.install, "/VNC=vnc.exe", "/VNCARGS=/exit=5", folder=parts.FOLDERS[1]
        )
        assert (code, "nothing to do" in log) == (0, True)
        await run_key.set('"tasuki-user"="x"\n"tasuki-helper"="y"\n')
        run = Run.new(tmp_path, PATH=packages.commands(tmp_path / "programs", {}, names=["tasuki-user"]))
        async with run.program("keeper", "tasuki-user", "--keeper") as running:
            await running.event("ready", within=WITHIN)
            assert await packages.uninstall() != 0
            assert (packages.place / "tasuki-user.exe").is_file()
        await none_left(packages.windows)
    assert not packages.place.exists()
    assert packages.shortcuts() == []
    assert await run_key.values() == before


def changed(before: Image.Image, now: Image.Image) -> float:
    """Which share of the screen is not as it was."""
    different = ImageChops.difference(before, now).convert("L").point(lambda value: 255 * (value > 0))
    return different.histogram()[255] / (now.width * now.height)


async def test_first_windows(packages: Packages, tmp_path: Path) -> None:
    """Of both programs, as their shortcuts start them, and painted."""
    async with packages.installed("/TYPE=both"):
        before = packages.screen.picture()
        for program in ("tasuki-user", "tasuki-helper"):
            exe = str(packages.place / f"{program}w.exe")
            piped = (*PIPED, packages.both.program, exe)
            folder = f"Z:{tmp_path / program}".replace("/", "\\")
            async with packages.run.program(program, *piped, "--folder", folder, environ=packages.environ) as running:
                named = f"{program}w.exe"
                assert await until(partial(check.windows_named, packages.screen, named), within=WITHIN)
                painted = await until(
                    lambda: changed(before, packages.screen.picture()) > PAINTED, within=WITHIN, every=0.5
                )
                PICTURES.mkdir(parents=True, exist_ok=True)
                packages.screen.picture().save(PICTURES / f"packaged-{program}.png")
                assert painted
                assert running.running
        await none_left(packages.windows)


def valued(text: str) -> list[str]:
    """Names and values of a .reg file; a key that is empty is no setting."""
    return [line for line in text.splitlines() if "=" in line]


@contextlib.asynccontextmanager
async def played(
    packages: Packages, folder: Path, *programs: str, package: str = parts.FOLDERS[1]
) -> AsyncIterator[Run]:
    """A run in which these programs are the installed ones, before the desktop; the person's settings are in the end as before."""
    port = free_port()
    served = ("-localhost", "-no6", "-noipv6", "-rfbport", str(port), "-forever", "-shared", "-noremote", "-norc", "-q")
    screen = packages.screen
    settings = Registry(windows=packages.windows, key=r"HKCU\Software\TightVNC", folder=folder)
    before = valued(await settings.values())
    async with (
        packages.installed(folder=package),
        packages.run.program("server", "x11vnc", "-display", screen.display, *served, environ=screen.environ),
    ):
        assert await until(lambda: listens(port), within=20)
        yield Run.new(folder, PATH=packages.commands(folder / "programs", {DESKTOPS: str(port)}, names=programs))
        await none_left(packages.windows)
        assert valued(await settings.values()) == before


async def test_a_session(packages: Packages, tmp_path: Path) -> None:
    """The user's program enrols and asks; the helper, on Linux, sees the picture and types, until the user's stop."""
    async with played(packages, tmp_path, "tasuki-user", package=parts.FOLDERS[0]) as run:
        await check.session(run, packages.screen)


async def test_both_programs(packages: Packages, tmp_path: Path) -> None:
    """Both enrol and meet; words pass both ways, control is given, and the user's stop ends both.

    (The helper's picture is looked at in the session above: on Windows the helper's page takes nobody but programs of the
    same person there, and the browser of these tests is Linux'.)
    """
    async with played(packages, tmp_path, "tasuki-user", "tasuki-helper") as run, organisation(run) as office:
        user, helper = await office.enrol("user", "Hanako Suzuki"), await office.enrol("helper", "鈴木太郎")
        serving = await helper.start("serve", "--no-open")
        try:
            await serving.event("online", within=WITHIN)
            asking = await user.start("ask", "--to", helper.name, "--mode", "view", environ=packages.screen.environ)
            try:
                request = await serving.event("request", within=WITHIN)
                await serving.tell(f"accept {request['request']}")
                await asking.event("connected", within=WITHIN)
                await serving.event("viewer", within=WITHIN)
                await serving.tell("chat 見えていますか")
                await asking.event("chat", text="見えていますか")
                await asking.tell("chat はい")
                await serving.event("chat", text="はい")
                await asking.tell("mode control")
                await asking.tell("yes")
                await serving.event("mode", mode="control")
                await asking.tell("stop")
                await asking.event("ended")
                await serving.event("ended")
                assert await asking.ended(within=30) == 0
            finally:
                await asking.end()
            await serving.tell("quit")
            assert await serving.ended(within=30) == 0
        finally:
            await serving.end()


async def test_where_the_engine_does_not_start(packages: Packages, tmp_path: Path) -> None:
    """As on Wine: the helper's windows are there all the same, say so in one sentence, and the browser shows the screen.

    Nothing of the trial is left; a script's browser is what the person has chosen, and is given the page.
    """
    seen = tmp_path / "seen.txt"
    browser = tmp_path / "browser.py"
    browser.write_text(
        f"import pathlib, sys\npathlib.Path({on_windows(seen)!r}).write_text(sys.argv[1])\n", encoding="utf-8"
    )
    python = on_windows(wine.python_of(packages.windows.folder))
    chosen = f"{python} {on_windows(browser)} %s".replace("\\", "/")
    user_environ = packages.screen.environ
    async with played(packages, tmp_path, "tasuki-user", "tasuki-helper") as run, organisation(run) as office:
        user, helper = await office.enrol("user", "Hanako Suzuki"), await office.enrol("helper", "Taro Yamada")
        windows = await helper.open(environ={**user_environ, "BROWSER": chosen})
        try:
            await windows.event("online", within=WITHIN)
            problem = await windows.event("problem", within=WITHIN)
            assert problem["code"] == "page_not_in_window"
            assert "in the browser" in problem["text"]
            asking = await user.start("ask", "--to", helper.name, "--mode", "view", environ=user_environ)
            try:
                await windows.event("request", within=WITHIN)
                PICTURES.mkdir(parents=True, exist_ok=True)
                packages.screen.picture().save(PICTURES / "packaged-without-engine.png")
                for _ in range(TRIES):
                    check.click(packages.screen, *TAKE_NEXT)
                    if await until(lambda: any(one["event"] == "viewer" for one in windows.events), within=15):
                        break
                await windows.event("viewer", within=1)
                assert await until(seen.exists, within=WITHIN)
                assert seen.read_text(encoding="utf-8").startswith("file:///")
                await asking.tell("stop")
                await windows.event("ended", within=WITHIN)
            finally:
                await asking.end()
        finally:
            await windows.end()
