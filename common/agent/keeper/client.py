"""The agent's side of the keeper: start programs, hear how they ended, leave nothing behind.

One keeper per agent. Everything is given over by `close()`, and equally when the agent dies without calling it.
"""

import asyncio
import contextlib
import itertools
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from common.agent.keeper import main as keeper_process
from common.agent.keeper.messages import (
    Command,
    CommandDone,
    CommandFailed,
    DiscardNow,
    KeeperEvent,
    KeeperReady,
    ProgramExited,
    ProgramStarted,
    PutBackAtEnd,
    RemoveAtEnd,
    StartProgram,
    StopProgram,
    decode_event,
    encode_command,
)
from common.host.errors import TasukiError
from common.host.windows import short_path
from common.host.windows_acl import make_private

KEEPER = Path(__file__).with_name("main.py")
ANSWER_TIMEOUT = 10.0  # seconds for the keeper to do what it is told
CLOSE_TIMEOUT = 5.0  # seconds; the keeper promises 2
# Ctrl-C in the agent's terminal, and the terminal's end, are the agent's business.
_APART: Mapping[str, Any]
if sys.platform == "win32":
    _APART = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    _APART = {"start_new_session": True}
LONGEST_BASE = 60  # bytes of the folder in which temporary folders are made


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How a program ended. `code` is None where a signal ended it; `output` is the end of what it printed (4 KiB)."""

    code: int | None
    signal: int | None = None
    output: str = ""

    @property
    def last_line(self) -> str:
        """The last line that it printed, else how it ended, for the detail of a sentence."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        if lines:
            return lines[-1][:200]
        return f"signal {self.signal}" if self.code is None else f"exit code {self.code}"


class KeptProgram:
    """A program that the keeper started."""

    def __init__(self, *, name: str, pid: int, exited: "asyncio.Future[Exit]", stop: Callable[[], None]) -> None:
        self.name = name
        self.pid = pid
        self._exited = exited
        self._stop = stop

    @property
    def exit(self) -> Exit | None:
        """How it ended, or None while it runs."""
        return self._exited.result() if self._exited.done() else None

    async def wait(self) -> Exit:
        """Wait until it has ended; any number may wait, and be cancelled."""
        return await asyncio.shield(self._exited)

    async def stop(self) -> Exit:
        """SIGTERM (on Windows WM_CLOSE to its windows), a second, SIGKILL, for it and what it started; returns when it is gone."""
        self._stop()
        return await self.wait()


class Keeper:
    """The connection to a running keeper. Build it with `await Keeper.launch()`."""

    def __init__(self, *, process: "subprocess.Popen[bytes]", loop: asyncio.AbstractEventLoop) -> None:
        self.token = secrets.token_hex(16)  # tells this keeper's journals from those of one that is just ending
        self._process = process
        self._loop = loop
        self._names = itertools.count(1)
        self._pending: dict[str, asyncio.Future[int]] = {}
        self._exits: dict[str, asyncio.Future[Exit]] = {}
        self._ready: asyncio.Future[None] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        threading.Thread(target=self._read, name="keeper", daemon=True).start()

    @classmethod
    async def launch(cls) -> "Keeper":
        """Start the keeper process. Raises TasukiError `keeper_failed` where it cannot be started."""
        try:
            process = subprocess.Popen(  # noqa: ASYNC220 -- asyncio's own would want the proactor on Windows
                command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                **_APART,
            )
        except OSError as error:
            raise TasukiError("keeper_failed", detail=error.strerror) from error
        keeper = cls(process=process, loop=asyncio.get_running_loop())
        await asyncio.wait([keeper._ready, keeper._gone], return_when=asyncio.FIRST_COMPLETED)
        if not keeper._ready.done():
            raise TasukiError("keeper_failed", detail=f"exit {process.wait()}")
        return keeper

    @property
    def pid(self) -> int:
        """The keeper's own process id; every program it started descends from it."""
        return self._process.pid

    async def start(
        self,
        argv: Sequence[str],
        *,
        name: str = "",
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
    ) -> KeptProgram:
        """Start a program; `env` None means the agent's own, `stdin` is written to it and closed.

        `name` is for messages only. Raises TasukiError `program_failed` where it cannot be started. Cancelled, it is
        ended again.
        """
        name = name or Path(argv[0]).name
        key = f"{name}-{next(self._names)}"
        started = self._pending[key] = self._loop.create_future()
        exited = self._exits[key] = self._loop.create_future()
        self._send(StartProgram(id=key, argv=list(argv), env=None if env is None else dict(env), stdin=stdin))
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                pid = await started
        except _FailedError as error:
            del self._exits[key]
            raise TasukiError("program_failed", program=name, detail=str(error)) from None
        except TimeoutError:
            self._send(StopProgram(id=key))
            raise TasukiError("program_failed", program=name, detail=f"{ANSWER_TIMEOUT:.0f} s") from None
        except asyncio.CancelledError:
            self._send(StopProgram(id=key))  # it runs by the time this is read
            raise
        return KeptProgram(name=name, pid=pid, exited=exited, stop=lambda: self._send(StopProgram(id=key)))

    async def temporary_folder(self, prefix: str = "tasuki-") -> Path:
        """A new folder that nobody else may enter, with a short path (it may hold Unix sockets), removed at the end of everything."""
        temporary = tempfile.gettempdir()
        if sys.platform == "win32":
            base = plain_base(temporary, os.environ)
        else:
            base = short_base(os.environ.get("XDG_RUNTIME_DIR", ""), temporary)
        folder = base / f"{prefix}{secrets.token_hex(8)}"
        self.remove_at_end(folder)  # before it exists: were the agent killed between the two, it would stay
        folder.mkdir(mode=0o700)
        make_private(folder, folder=True)
        return folder

    def remove_at_end(self, path: Path) -> None:
        """Remove this file or folder at the end, whoever ended."""
        self._send(RemoveAtEnd(path=str(path)))

    async def discard(self, path: Path) -> None:
        """Remove this file or folder now, and forget it. Returns once it is gone."""
        await self._done(lambda about: DiscardNow(path=str(path), about=about))

    async def put_back_at_end(self, journal: Path) -> None:
        """Put back at the end what is written down there in the name of `token` (common.agent.keeper.journal)."""
        await self._done(lambda about: PutBackAtEnd(path=str(journal), owner=self.token, about=about))

    async def close(self) -> None:
        """End every program, put everything back; returns when the keeper is gone. Safe to call twice."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            await asyncio.wait_for(asyncio.shield(self._gone), CLOSE_TIMEOUT)
        except TimeoutError:
            self._process.kill()
            await self._gone

    async def _done(self, command: Callable[[str], Command]) -> None:
        key = f"done-{next(self._names)}"
        done = self._pending[key] = self._loop.create_future()
        self._send(command(key))
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await done
        except _FailedError as error:
            raise TasukiError("keeper_failed", detail=str(error)) from None
        except TimeoutError:
            raise TasukiError("keeper_failed", detail=f"{ANSWER_TIMEOUT:.0f} s") from None

    def _send(self, command: Command) -> None:
        if self._process.stdin is None or self._process.stdin.closed:
            raise TasukiError("keeper_failed", detail="closed")
        data = memoryview(encode_command(command))
        try:
            while data:
                data = data[self._process.stdin.write(data) :]
        except OSError as error:
            raise TasukiError("keeper_failed", detail=error.strerror) from error

    def _read(self) -> None:
        """The thread that hears the keeper: a pipe cannot be watched by the loop on every platform."""
        with self._process.stdout or contextlib.nullcontext(()) as lines:
            for line in lines:
                self._tell(self._hear, decode_event(line))
        self._process.wait()
        self._tell(self._lost)

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended and nobody listens
            self._loop.call_soon_threadsafe(function, *arguments)

    def _hear(self, event: KeeperEvent) -> None:
        match event:
            case KeeperReady():
                self._ready.set_result(None)
            case ProgramStarted(id=key, pid=pid):
                _resolve(self._pending.pop(key, None), pid)
            case CommandDone(about=key):
                _resolve(self._pending.pop(key, None), 0)
            case CommandFailed(id=key, detail=detail):
                if (pending := self._pending.pop(key, None)) and not pending.done():
                    pending.set_exception(_FailedError(detail))
            case ProgramExited(id=key, code=code, signal=signal, output=output):
                if exited := self._exits.pop(key, None):
                    exited.set_result(Exit(code=code, signal=signal, output=output))
            case _:
                assert_never(event)

    def _lost(self) -> None:
        """The keeper is gone, and with it all that it held."""
        for pending in self._pending.values():
            if not pending.done():
                pending.set_exception(_FailedError("the keeper has gone"))
                pending.exception()  # whoever could not even tell the keeper waits for no answer
        for exited in self._exits.values():
            exited.set_result(Exit(code=None, signal=None, output=""))
        self._pending.clear()
        self._exits.clear()
        self._gone.set_result(None)


class _FailedError(Exception):
    """The keeper could not do it; the text says why."""


def _resolve(future: "asyncio.Future[int] | None", value: int) -> None:
    if future is not None and not future.done():
        future.set_result(value)


def command() -> list[str]:
    """What starts the keeper: this Python with the keeper's file, or the packaged program itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, keeper_process.ARGUMENT]
    return [sys.executable, "-I", "-S", str(KEEPER)]


def short_base(*wished: str) -> Path:
    """The first of these folders that can be written and leaves room for a Unix socket's path (107 bytes); else /tmp.

    x11vnc dies of a buffer overflow where the path is longer.
    """
    for base in wished:
        if base and len(os.fsencode(base)) <= LONGEST_BASE and os.access(base, os.W_OK):
            return Path(base)
    return Path("/tmp")  # noqa: S108 -- a new 0700 folder is made in it


def plain_base(temporary: str, environ: Mapping[str, str], *, short: Callable[[str], str] = short_path) -> Path:
    """Windows: a folder whose path is ASCII without a space, where there is one; else `temporary`.

    UltraVNC knows the path of its settings in the ANSI code page only: where it cannot say the path there are no settings, and it
    would listen for everybody.
    """
    for base in (temporary, short(temporary), environ.get("PUBLIC", ""), environ.get("ProgramData", "")):
        if base and base.isascii() and " " not in base and os.access(base, os.W_OK):
            return Path(base)
    return Path(temporary)
