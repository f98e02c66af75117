"""The agent's side of one releaser: started, told, asked whether it lives, ended."""

import contextlib
import importlib.util
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from user_agent.input.ports import HeldKeys
from user_agent.input.releaser.main import ARGUMENT, LET_GO, LIVES, READY

STARTS_WITHIN = 10.0  # seconds: its connection to X included
ENDS_WITHIN = 2.0  # seconds where nothing is held
HAS_ROOM_WITHIN = 1.0  # seconds: it reads faster than anybody types, but may get no processor for a while
UNANSWERED = 5  # words, one a second: one that does not answer so long does not listen
NEEDED = ("HOME", "XAUTHORITY", "XAUTHLOCALHOSTNAME", "LANG", "LC_ALL")  # of the agent's environment
_START = "import sys; sys.path[:0] = sys.argv[1:]; from user_agent.input.releaser.main import main; main()"


class ReleaserGoneError(Exception):
    """It has ended, hangs, or cannot be started; the text says what is known."""


class Releaser:
    """One that runs. `on_let_go()`: it let go of what the agent holds; `on_gone(self)`: it has ended. Both on a thread of its own.

    Raises ReleaserGoneError where it cannot be started.
    """

    def __init__(self, display: str, *, on_let_go: Callable[[], None], on_gone: "Callable[[Releaser], None]") -> None:
        self._on_let_go, self._on_gone = on_let_go, on_gone
        self.gone = False
        self._unanswered = 0
        self._writing = threading.Lock()
        self._told = threading.Event()  # it is ready, or has ended
        self._ready = False
        self._way, theirs = socket.socketpair()  # a pipe that nobody reads would hold up who writes
        self._way.setblocking(False)
        try:
            self._process = subprocess.Popen(
                command(),
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={name: os.environ[name] for name in NEEDED if name in os.environ},
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            self._way.close()
            raise ReleaserGoneError(error.strerror) from error
        finally:
            theirs.close()
        threading.Thread(target=self._listen, name="releaser", daemon=True).start()
        with contextlib.suppress(ReleaserGoneError):  # `wait` says so
            self._write(display)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait(self) -> None:
        """Until it is ready. Raises ReleaserGoneError."""
        self._told.wait(STARTS_WITHIN)
        if not self._ready:
            self.kill()
            code = self._process.poll()
            raise ReleaserGoneError(f"{STARTS_WITHIN:.0f} s" if code is None else f"exit {code}")

    def tell(self, held: HeldKeys) -> None:
        """So much is held from now on. Raises ReleaserGoneError."""
        self._write(held)

    def ask(self) -> None:
        """Once a second: say that we live, and see that it does. Raises ReleaserGoneError."""
        self._unanswered += 1
        if self._unanswered > UNANSWERED:
            self.kill()
            raise ReleaserGoneError("no answer")
        self._write(None)

    def end(self) -> None:
        """It lets go of what is held, and ends. Does not wait."""
        with self._writing:
            self._way.close()

    def close(self) -> None:
        """The same, and wait for it."""
        self.end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDS_WITHIN)
            return
        self.kill()

    def kill(self) -> None:
        """It does not listen."""
        self._process.kill()

    def _write(self, told: HeldKeys | str | None) -> None:
        """A line, of which half is as bad as nothing. Who types fast is ahead of it, and waits until it has room."""
        data = memoryview(msgspec.json.encode(told) + b"\n")
        end = time.monotonic() + HAS_ROOM_WITHIN
        with self._writing:
            try:
                while data:
                    data = data[self._sent(data, end) :]
                whole = True
            except (OSError, ValueError):  # closed, ended, or full
                whole = False
        if not whole:
            self.kill()
            raise ReleaserGoneError("not listening")

    def _sent(self, data: memoryview, end: float) -> int:
        """How much of it went. Raises OSError, and ValueError where it was closed meanwhile."""
        try:
            return self._way.send(data)
        except BlockingIOError:
            if not select.select([], [self._way], [], max(0.0, end - time.monotonic()))[1]:
                raise
            return 0

    def _listen(self) -> None:
        with self._process.stdout or contextlib.nullcontext(()) as lines:
            for line in lines:
                match line.decode(errors="replace").rstrip("\n"):
                    case word if word == READY:
                        self._ready = True
                        self._told.set()
                    case word if word == LIVES:
                        self._unanswered = 0
                    case word if word == LET_GO:
                        self._on_let_go()
        self._process.wait()
        self.end()
        self.gone = True
        self._told.set()
        self._on_gone(self)


def command() -> list[str]:
    """What starts it: this Python with python-xlib and the house alone, or the packaged program itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, ARGUMENT]
    house = str(Path(__file__).resolve().parents[3])
    found = {name: importlib.util.find_spec(name) for name in ("Xlib", "six")}
    folders = {str(Path(spec.origin).parents[name == "Xlib"]) for name, spec in found.items() if spec and spec.origin}
    return [sys.executable, "-I", "-S", "-c", _START, house, *sorted(folders)]
