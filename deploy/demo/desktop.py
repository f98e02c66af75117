"""A screen without a monitor, with a few programs on it: the user's desktop of the demo and of tests.

It has a cookie of its own, so that nobody else on the machine reaches it.
"""

import asyncio
import contextlib
import os
import secrets
import shlex
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageGrab

from deploy.demo.programs import Program, ProgramError, Run, until

SIZE = (1024, 768)
SMALL = (64, 48)
BLUE, WHITE = "#1b3a5c", "#f4f1e8"


@dataclass(kw_only=True)
class Desktop:
    """A display that runs. `typed` is the file that the terminal on it writes what is typed there to."""

    run: Run
    display: str
    cookie: Path
    typed: Path

    @property
    def environ(self) -> dict[str, str]:
        """What a program needs to show itself there."""
        return {"DISPLAY": self.display, "XAUTHORITY": str(self.cookie)}

    def picture(self) -> Image.Image:
        """What is on the screen now."""
        before = os.environ.get("XAUTHORITY")
        os.environ["XAUTHORITY"] = str(self.cookie)
        try:
            return ImageGrab.grab(xdisplay=self.display).convert("RGB")
        finally:
            if before is None:
                del os.environ["XAUTHORITY"]
            else:
                os.environ["XAUTHORITY"] = before

    async def has_typed(self, text: str, *, within: float = 10) -> str:
        """Wait until the terminal got `text`; everything that it got. Raises ProgramError where it does not come."""
        await until(lambda: text in self.typed.read_text(encoding="utf-8"), within=within)
        got = self.typed.read_text(encoding="utf-8")
        if text not in got:
            raise ProgramError(f"the terminal got {got!r}, and not {text!r}, in {within} s")
        return got


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures' colours at 64×48, of 255."""
    a, b = (picture.convert("RGB").resize(SMALL, Image.Resampling.BOX).tobytes() for picture in (one, other))
    return sum(abs(x - y) for x, y in zip(a, b, strict=True)) / len(a)


def spread(picture: Image.Image) -> int:
    """How far apart the darkest and the brightest spot of a picture are at 64×48: an empty one has 0."""
    low, high = picture.convert("L").resize(SMALL, Image.Resampling.BOX).getextrema()
    return int(high) - int(low)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def desktop(
    run: Run,
    name: str = "desktop",
    *,
    size: tuple[int, int] = SIZE,
    on: Mapping[str, str] | None = None,
    title: str = "",
) -> AsyncIterator[Desktop]:
    """A display with a window manager, a drawing of the name, a clock and a terminal, until the block is left.

    `on`: the environment of a screen; the display is then a window of this title there (Xephyr), else nowhere (Xvfb).
    """
    cookie, typed = run.folder / f"{name}.cookie", run.folder / f"{name}.typed"
    write_cookie(cookie)
    async with contextlib.AsyncExitStack() as stack:
        display = await stack.enter_async_context(screen(run, name, cookie, size=size, on=on, title=title))
        place = Desktop(run=run, display=display, cookie=cookie, typed=typed)
        drawing = run.folder / f"{name}.xbm"
        draw_name(drawing, size)
        window_manager, serves = write_window_manager(run.folder / f"{name}.xml"), run.folder / f"{name}.serves"
        terminal = ["-geometry", "60x16+40+330", "-fa", "Monospace", "-fs", "12", "-title", "Type here"]
        programs: dict[str, list[str | Path]] = {
            "openbox": ["openbox", "--config-file", window_manager, "--startup", f"touch {shlex.quote(str(serves))}"],
            "clock": ["xclock", "-geometry", "200x200-30+60", "-update", "1", "-title", "Clock"],
            "terminal": ["xterm", *terminal, "-e", "sh", "-c", 'echo "Type here:"; exec tee -a "$0"', typed],
        }
        for program, argv in programs.items():
            await stack.enter_async_context(run.program(f"{name}-{program}", *argv, environ=place.environ))
            # A window that is mapped between the window manager's taking over and its serving would never be shown.
            if program == "openbox" and not await until(serves.exists, within=20):
                raise ProgramError("the window manager did not start")
        await in_front(place, "Type here")
        await run.command("xsetroot", "-bitmap", drawing, "-fg", WHITE, "-bg", BLUE, environ=place.environ)
        await shown(place)
        yield place


@contextlib.asynccontextmanager
async def screen(
    run: Run, name: str, cookie: Path, *, size: tuple[int, int], on: Mapping[str, str] | None, title: str
) -> AsyncIterator[str]:
    """Xvfb, or Xephyr on another screen, on a display number that it finds itself; gives the display's name."""
    kind, area = (
        ("Xephyr", ["-screen", f"{size[0]}x{size[1]}", "-title", title])
        if on
        else ("Xvfb", ["-screen", "0", f"{size[0]}x{size[1]}x24"])
    )
    reading, writing = os.pipe()
    try:
        argv: list[str | Path] = [
            kind,
            "-displayfd",
            str(writing),
            *area,
            "-nolisten",
            "tcp",
            "-noreset",
            "-auth",
            cookie,
        ]
        server: Program = await run.start(f"{name}-screen", *argv, pass_fds=(writing,), environ=on)
    finally:
        os.close(writing)
    try:
        number = await asyncio.wait_for(asyncio.to_thread(os.read, reading, 16), 20)
        if not number.strip():
            raise ProgramError(f"{kind} did not start{server.tail()}")
        yield f":{number.decode().strip()}"
    finally:
        os.close(reading)
        await server.end()


async def shown(place: Desktop) -> None:
    """Wait until something is on the screen and the terminal is there."""
    if not await until(lambda: place.typed.exists() and spread(place.picture()) >= 40, within=20, every=0.1):
        raise ProgramError("nothing came up on the desktop")


async def in_front(place: Desktop, title: str) -> None:
    """Wait until the window of this title has the keyboard."""
    for _ in range(100):
        active = await told(
            place, "-root", "_NET_ACTIVE_WINDOW", good=lambda text: "# 0x" in text and "# 0x0" not in text
        )
        window = active.split()[-1]
        with contextlib.suppress(ProgramError):  # it may be gone again
            if f'"{title}"' in await place.run.command("xprop", "-id", window, "WM_NAME", environ=place.environ):
                return
    raise ProgramError(f"no window {title} came to the front")


async def told(place: Desktop, *asked: str, good: Callable[[str], bool]) -> str:
    """Ask xprop until its answer is good; the answer. Raises ProgramError after 10 s."""
    answer = ""
    for _ in range(200):
        answer = await place.run.command("xprop", *asked, environ=place.environ)
        if good(answer):
            return answer
        await asyncio.sleep(0.05)
    raise ProgramError(f"xprop {' '.join(asked)}: {answer.strip()}")


def write_cookie(path: Path) -> None:
    """An Xauthority file with one random cookie that fits any host and display number."""
    fields = (b"", b"", b"MIT-MAGIC-COOKIE-1", secrets.token_bytes(16))
    data = struct.pack(">H", 0xFFFF) + b"".join(struct.pack(">H", len(field)) + field for field in fields)
    path.touch(mode=0o600)
    path.write_bytes(data)


def write_window_manager(path: Path) -> Path:
    """Openbox's settings: focus follows a click, one desktop, no menu that a stray click could open."""
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<openbox_config xmlns="http://openbox.org/3.4/rc">\n'
        "<focus><focusNew>yes</focusNew></focus><desktops><number>1</number></desktops>\n"
        '<mouse><context name="Client"><mousebind button="Left" action="Press">'
        '<action name="Focus"/><action name="Raise"/></mousebind></context></mouse>\n</openbox_config>\n',
        encoding="utf-8",
    )
    return path


def draw_name(path: Path, size: tuple[int, int]) -> None:
    """The name Tasuki on a sash across the screen, as a bitmap for the root window."""
    width, height = size
    picture = Image.new("1", size, 1)
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, height // 3), (width, 20), (width, height // 4), (0, height // 3 + height // 5)], fill=0)
    font = ImageFont.load_default(size=height // 7)
    draw.text((width // 14, height // 3 - height // 18), "Tasuki", font=font, fill=1)
    picture.save(path, format="XBM")
