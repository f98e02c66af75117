"""Desktops and VNC programs that really run: started by the tests, waited for, and ended by their own process ids."""

import asyncio
import contextlib
import os
import random
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageGrab
from Xlib import X
from Xlib.protocol import event

from common.host.x11 import open_display
from deploy.demo.ports import free_port
from tests.support.display import virtual_display

SIZE = (800, 600)
SMALL = (64, 48)
PATIENCE = 20.0  # seconds for a program to be there, or for a thing to have happened
GLANCE = 0.05  # seconds between two looks at what tells nobody when it changes
TERMINAL = (100, 450)  # a place in the terminal: a click there sends keys to it
TYPEWRITER, EVENT_TESTER = "typewriter", "Event Tester"  # the two windows' titles
LISTENER = (600, 450)  # a place in the window that prints its events


@dataclass
class Program:
    """A program that runs; `output` is where it writes."""

    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        """What it has written until now."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """TERM, two seconds, KILL."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@contextlib.contextmanager
def running(
    argv: Sequence[str],
    folder: Path,
    *,
    display: str = "",
    stdin: bytes = b"",
    environ: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """A program, from here to the end of the block."""
    output = folder / f"{Path(argv[0]).name}-{time.monotonic_ns()}.log"
    plain = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "DISPLAY": display}
    with output.open("wb") as writer:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.STDOUT, env=environ or plain, cwd=folder
        )
    assert process.stdin is not None
    process.stdin.write(stdin)
    process.stdin.close()
    program = Program(process, output)
    try:
        yield program
    except BaseException:
        print(
            f"{argv[0]} ({process.poll()}):", output.read_text(errors="replace")[-1000:]
        )  # pytest shows it with what failed
        raise
    finally:
        program.end()


def wait_for(what: str, look: Callable[[], bool], *, patience: float = PATIENCE) -> None:
    """Look until it is so. For threads that have no loop."""
    end = time.monotonic() + patience
    while not look():
        assert time.monotonic() < end, f"did not happen in {patience} s: {what}"
        time.sleep(GLANCE)


async def happens(what: str, look: Callable[[], bool], *, patience: float = PATIENCE) -> None:
    """Look until it is so, letting the loop run."""
    end = time.monotonic() + patience
    while not look():
        assert time.monotonic() < end, f"did not happen in {patience} s: {what}"
        await asyncio.sleep(GLANCE)


@dataclass
class Desktop:
    """A screen with a test card behind, a terminal that writes down what is typed, and a window that prints its events."""

    display: str
    folder: Path
    typed: Path
    events: Program
    card: Image.Image
    terminal: str = ""  # its window's id, as xprop writes it
    _lengths: dict[str, int] = field(default_factory=dict)

    def picture(self) -> Image.Image:
        """What is on the screen now."""
        return ImageGrab.grab(xdisplay=self.display).convert("RGB")

    def text(self) -> str:
        """What was typed since `forget`."""
        return self.typed.read_text(encoding="utf-8", errors="replace")[self._lengths.get("typed", 0) :]

    def heard(self) -> str:
        """The events printed since `forget`."""
        return self.events.said()[self._lengths.get("events", 0) :]

    def typing_goes_to_the_terminal(self) -> bool:
        """Whether the terminal has the keyboard: the window manager takes a moment after a click."""
        argv = ["xprop", "-root", "-display", self.display, "_NET_ACTIVE_WINDOW"]
        active = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.split()[-1:]
        return active == [self.terminal]

    def forget(self) -> None:
        """Begin anew: what was typed and heard so far does not count."""
        self._lengths = {"typed": 0, "events": 0}
        self._lengths = {"typed": len(self.text()), "events": len(self.heard())}

    def active(self) -> str:
        """The title of the window that gets the keys. A click changes it a moment later: the window manager does."""
        return xdotool(self.display, "getactivewindow", "getwindowname")

    def focus(self, where: tuple[int, int], title: str) -> None:
        """Give the keys to the window of this title, which lies there."""
        xdotool(self.display, "mousemove", *map(str, where), "click", "1")
        wait_for(f"{title} gets the keys", lambda: self.active() == title)

    def clipboard(self, selection: str = "clipboard") -> str:
        """The text that is copied now; empty where there is none."""
        done = subprocess.run(
            ["xclip", "-selection", selection, "-out", "-display", self.display],
            capture_output=True,
            check=False,
            timeout=5,
        )
        return done.stdout.decode("utf-8", "replace")

    def copy(self, text: str, selection: str = "clipboard") -> None:
        """Copy a text, as a person at this screen would. xclip stays in the background until something else is copied."""
        subprocess.run(
            ["xclip", "-selection", selection, "-in", "-display", self.display],
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=5,
        )


def xdotool(display: str, *arguments: str) -> str:
    """Run xdotool on a display; what it says."""
    done = subprocess.run(
        ["xdotool", *arguments], env={**os.environ, "DISPLAY": display}, capture_output=True, check=False
    )
    return done.stdout.decode().strip()


def close_window(display: str, number: int) -> None:
    """What the window manager does for a click on the cross (EWMH, _NET_CLOSE_WINDOW)."""
    opened = open_display(display)
    try:
        window, root = opened.create_resource_object("window", number), opened.screen().root
        wish = opened.intern_atom("_NET_CLOSE_WINDOW")
        told = event.ClientMessage(window=window, client_type=wish, data=(32, [X.CurrentTime, 2, 0, 0, 0]))
        root.send_event(told, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        opened.sync()
    finally:
        opened.close()


@contextlib.contextmanager
def bare_desktop(folder: Path, *, size: tuple[int, int] = (1024, 768)) -> Iterator[str]:
    """A screen with a window manager and nothing else: where a viewer runs. Gives the display's name."""
    with virtual_display(size=f"{size[0]}x{size[1]}") as display, window_manager(display, folder):
        yield display


@contextlib.contextmanager
def window_manager(display: str, folder: Path) -> Iterator[None]:
    """Openbox, once it serves: a window that is mapped between its taking over and its serving would never be shown."""
    serves = folder / f"openbox-{time.monotonic_ns()}"
    with running(["openbox", "--startup", f"touch {shlex.quote(str(serves))}"], folder, display=display):
        wait_for("the window manager", serves.exists)
        yield


@contextlib.contextmanager
def desktop(folder: Path, *, seed: int = 1) -> Iterator[Desktop]:
    """A whole desktop, 800 × 600."""
    with (
        virtual_display(size=f"{SIZE[0]}x{SIZE[1]}") as display,
        furnished(display, folder, seed=seed, touch=lambda: _touch(display)) as place,
    ):
        yield place


@contextlib.contextmanager
def furnished(display: str, folder: Path, *, seed: int, touch: Callable[[], None]) -> Iterator[Desktop]:
    """A display of 800 × 600 with programs on it. `touch` clicks on TERMINAL, types y and moves the pointer away."""
    typed = folder / "typed"
    typed.touch()
    with contextlib.ExitStack() as stack:
        stack.enter_context(window_manager(display, folder))
        draw_card(display, folder, seed)
        listener = ["xev", "-geometry", "300x150+480+400", "-event", "mouse", "-event", "keyboard"]
        events = stack.enter_context(running(["stdbuf", "-oL", *listener], folder, display=display))
        wait_for("xev", lambda: _mapped(display, "Event Tester"))
        command = f"stty raw -echo; exec cat > {typed}"
        terminal = ["xterm", "-geometry", "50x10+20+400", "-title", "typewriter", "-e", "sh", "-c", command]
        stack.enter_context(running(terminal, folder, display=display))
        wait_for("xterm", lambda: _mapped(display, "typewriter"))
        place = Desktop(display, folder, typed, events, ImageGrab.grab(xdisplay=display).convert("RGB"))
        wait_for("the terminal's keyboard", lambda: _types(place, touch))
        place.forget()
        place.card = place.picture()
        told = subprocess.run(["xwininfo", "-display", display, "-name", "typewriter"], capture_output=True, check=True)
        place.terminal = hex(int(told.stdout.partition(b"Window id: ")[2].split()[0], 16))
        yield place


def _types(place: Desktop, touch: Callable[[], None]) -> bool:
    touch()
    return "y" in place.text()


def _touch(display: str) -> None:
    xdotool(display, "mousemove", *map(str, TERMINAL), "click", "1", "key", "y", "mousemove", "400", "100")


def _mapped(display: str, title: str) -> bool:
    argv = ["xwininfo", "-display", display, "-name", title]  # xdotool needs extensions that Xtightvnc has not
    return "IsViewable" in subprocess.run(argv, capture_output=True, text=True, check=False).stdout


def draw_card(display: str, folder: Path, seed: int) -> None:
    """A test card behind the windows: random black and white blocks, different for each seed."""
    width, height, block = *SIZE, 25
    blocks = Image.new("1", (width // block, height // block))
    blocks.putdata(random.Random(seed).choices((0, 1), k=blocks.width * blocks.height))
    bitmap = folder / f"card-{seed}.xbm"
    blocks.resize(SIZE).save(bitmap, format="XBM")
    subprocess.run(
        ["xsetroot", "-display", display, "-bitmap", str(bitmap), "-fg", "#202060", "-bg", "#e0d0a0"], check=True
    )


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures at 64×48, of 255."""
    a, b = (picture.convert("RGB").resize(SMALL, Image.Resampling.BOX).tobytes() for picture in (one, other))
    return sum(abs(x - y) for x, y in zip(a, b, strict=True)) / len(a)


def listens(port: int) -> bool:
    """Whether something accepts connections there, by the kernel's table: asking would be a connection."""
    rows = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "0A" for row in rows)


@dataclass(frozen=True)
class VncServer:
    """A VNC server that runs on a desktop. Exactly one of `port` and `path` is set."""

    password: str
    port: int = 0
    path: str = ""


PASSWORD = "8 lettrs"


def tigervnc_password_file(folder: Path, password: str = PASSWORD) -> str:
    """A file with this password, as TigerVNC, TightVNC and SSVNC read it."""
    path = folder / "vnc-passwd"
    path.write_bytes(
        subprocess.run(["tigervncpasswd", "-f"], input=password.encode(), capture_output=True, check=True).stdout
    )
    path.chmod(0o600)
    return str(path)


@contextlib.contextmanager
def x11vnc(display: str, folder: Path, *, unix: bool = False) -> Iterator[VncServer]:
    """x11vnc on a loopback port, or on a Unix socket alone."""
    secret = folder / "x11vnc-passwd"
    secret.write_text(f"{PASSWORD}\n", encoding="ascii")
    port, path = (0, str(folder / "x11vnc.sock")) if unix else (free_port(), "")
    argv = ["x11vnc", "-display", display, "-no6", "-noipv6", "-rfbport", str(port)]
    argv += ["-passwdfile", str(secret), "-forever", "-shared", "-noremote", "-norc", "-q"]
    # "-localhost" would turn away whoever comes by the Unix socket.
    argv += ["-unixsock", path, "-rfbportv6", "0", "-listen", "127.0.0.1"] if unix else ["-localhost"]
    with running(argv, folder, display=display):
        wait_for("x11vnc", lambda: Path(path).exists() if unix else listens(port))
        yield VncServer(PASSWORD, port, path)


@contextlib.contextmanager
def x0vncserver(display: str, folder: Path) -> Iterator[VncServer]:
    """TigerVNC's server for a screen that is there."""
    port = free_port()
    program = shutil.which("X0tigervnc") or "x0vncserver"
    argv = [program, "-display", display, "-localhost", "-UseIPv6=0", "-rfbport", str(port)]
    argv += ["-PasswordFile", tigervnc_password_file(folder), "-SecurityTypes", "VncAuth"]
    with running(argv, folder, display=display):
        wait_for("x0vncserver", lambda: listens(port))
        yield VncServer(PASSWORD, port)


@contextlib.contextmanager
def xtightvnc(folder: Path) -> Iterator[tuple[str, VncServer]]:
    """TightVNC's virtual desktop, empty, 800 × 600: the display's name, and the server."""
    port, number = free_port(), free_display()
    argv = ["Xtightvnc", f":{number}", "-localhost", "-rfbport", str(port), "-rfbauth", tigervnc_password_file(folder)]
    argv += ["-geometry", f"{SIZE[0]}x{SIZE[1]}", "-depth", "24", "-nolisten", "tcp"]
    argv += ["-fp", "/usr/share/fonts/X11/misc", "-desktop", "Hanako"]
    with running(argv, folder):
        wait_for("Xtightvnc", lambda: listens(port) and Path(f"/tmp/.X11-unix/X{number}").exists())
        yield f":{number}", VncServer(PASSWORD, port)


@contextlib.contextmanager
def xtigervnc(folder: Path) -> Iterator[tuple[str, VncServer]]:
    """TigerVNC's virtual desktop, empty, 800 × 600: the display's name, and the server."""
    port, number = free_port(), free_display()
    argv = ["Xtigervnc", f":{number}", "-localhost", "-UseIPv6=0", "-rfbport", str(port), "-SecurityTypes", "VncAuth"]
    argv += ["-PasswordFile", tigervnc_password_file(folder), "-geometry", f"{SIZE[0]}x{SIZE[1]}", "-depth", "24"]
    with running([*argv, "-nolisten", "tcp", "-ac"], folder):
        wait_for("Xtigervnc", lambda: listens(port) and Path(f"/tmp/.X11-unix/X{number}").exists())
        yield f":{number}", VncServer(PASSWORD, port)


def free_display() -> int:
    """A display number that nobody has now, one of many: Xtightvnc and Xtigervnc find none by themselves."""
    free = [number for number in range(1000, 2000) if not Path(f"/tmp/.X11-unix/X{number}").exists()]
    return random.SystemRandom().choice(free)
