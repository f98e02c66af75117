"""Processes that are started, listened to and ended: JSON events on stdout, a log file for stderr, lines to stdin.

Each is ended by its own id. All that one run starts, and whatever those start in turn, carries the run's mark in its
environment, so that `survivors` can tell whether anything was left behind.
"""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

MARK = "TASUKI_RUN"
MAX_LINE = 8 << 20  # bytes of one event
SCRIPTS = Path(sys.executable).parent
# Killed with SIGKILL we can end nobody: the kernel does it. The process becomes the program, so its id is the program's.
SETPRIV = shutil.which("setpriv")
DIES_WITH_US = (SETPRIV, "--pdeathsig", "TERM", "--") if SETPRIV else ()

Event = dict[str, Any]


class ProgramError(Exception):
    """A program did not do what it was started for; the text says which, and the end of its log."""


async def until(true: Callable[[], bool], *, within: float, every: float = 0.05) -> bool:
    """Look again and again whether something that tells nobody has come; False where it does not within `within` seconds."""
    try:
        async with asyncio.timeout(within):
            while not true():  # noqa: ASYNC110 -- a file or a screen sets no event
                await asyncio.sleep(every)
    except TimeoutError:
        return False
    return True


@dataclass(frozen=True, kw_only=True)
class Run:
    """What the processes of one run share: a private folder, and an environment that holds nothing of the person's."""

    folder: Path
    environ: Mapping[str, str]

    @classmethod
    def new(cls, folder: Path, **more: str) -> Self:
        """A run in `folder`, with a home of its own there; `more` goes into the environment."""
        for name in ("home", "logs", "runtime"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        return cls(
            folder=folder,
            environ={
                "PATH": f"{SCRIPTS}:{os.environ.get('PATH', os.defpath)}",
                "HOME": str(folder / "home"),
                "XDG_RUNTIME_DIR": str(folder / "runtime"),
                "LC_ALL": os.environ.get("LC_ALL", "C.UTF-8"),
                "PYTHONSAFEPATH": "1",
                MARK: os.environ.get(MARK) or secrets.token_hex(8),
                **more,
            },
        )

    def survivors(self) -> list[str]:
        """The command lines of other processes of this run that are still alive, with their ids."""
        mark = f"{MARK}={self.environ[MARK]}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                    if command:  # a zombie has none
                        found.append(f"{entry.name} {command}")
        return found

    async def command(
        self, *argv: str | Path, within: float = 60, stdin: str = "", environ: Mapping[str, str] | None = None
    ) -> str:
        """Run a command to its end and return what it printed; what it logged is kept with the other logs.

        Raises ProgramError where it fails or takes too long.
        """
        process = await asyncio.create_subprocess_exec(
            *map(str, argv),
            env={**self.environ, **(environ or {})},
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(within):
                out, err = await process.communicate(stdin.encode() or None)
        except TimeoutError as error:
            process.kill()
            await process.wait()
            raise ProgramError(f"{argv[0]} took longer than {within} s") from error
        with (self.folder / "logs" / "commands.log").open("ab") as log:
            log.write(err)
        if process.returncode != 0:
            raise ProgramError(f"{' '.join(map(str, argv))}: exit code {process.returncode}: {err.decode().strip()}")
        return out.decode()

    @contextlib.asynccontextmanager
    async def program(
        self, name: str, *argv: str | Path, environ: Mapping[str, str] | None = None
    ) -> AsyncIterator["Program"]:
        """A program that runs until the block is left."""
        program = await self.start(name, *argv, environ=environ)
        try:
            yield program
        finally:
            await program.end()

    async def start(
        self, name: str, *argv: str | Path, pass_fds: Sequence[int] = (), environ: Mapping[str, str] | None = None
    ) -> "Program":
        """Start a program that goes on running; whoever starts it ends it. `environ` is added to the run's."""
        log = self.folder / "logs" / f"{name}.log"
        with log.open("ab") as stderr:
            process = await asyncio.create_subprocess_exec(
                *DIES_WITH_US,
                *map(str, argv),
                env={**self.environ, **(environ or {})},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                limit=MAX_LINE,
                start_new_session=True,  # Ctrl-C is for us; we end the others in order
                pass_fds=pass_fds,
            )
        return Program(name=name, process=process, log=log)


@dataclass(kw_only=True)
class Program:
    """A process that runs. `events` is all that it told, in order."""

    name: str
    process: asyncio.subprocess.Process
    log: Path
    events: list[Event] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    _taken: set[int] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._reader = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.returncode is None

    async def _read(self) -> None:
        """Every line of stdout: an event where it is a JSON object, else a line."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if isinstance(event, dict):
                self.events.append(event)
            else:
                self.lines.append(line.decode(errors="replace").rstrip())
            self._news.set()
        self._news.set()

    async def event(self, name: str, *, within: float = 20, **facts: object) -> Event:
        """The first event `name` that carries `facts` and was not returned before; waits for it.

        Raises ProgramError when it does not come within so many seconds, or the program ends without it.
        """
        try:
            async with asyncio.timeout(within):
                while True:
                    self._news.clear()
                    for at, event in enumerate(self.events):
                        if at not in self._taken and event.get("event") == name and facts.items() <= event.items():
                            self._taken.add(at)
                            return event
                    if self._reader.done():
                        raise ProgramError(f"{self.name} ended without the event {name} {facts or ''}{self.tail()}")
                    await self._news.wait()
        except TimeoutError as error:
            raise ProgramError(f"{self.name} did not tell {name} {facts or ''} in {within} s{self.tail()}") from error

    def tail(self) -> str:
        """The last of what it told and logged, for an error's text."""
        told = "\n  ".join(json.dumps(event, ensure_ascii=False)[:300] for event in self.events[-12:])
        logged = "\n  ".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])
        return f"\nevents:\n  {told}\nlines:\n  {self.lines[-5:]}\n{self.log.name}:\n  {logged}"

    async def tell(self, line: str) -> None:
        """Write a line to its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def ended(self, *, within: float = 20) -> int:
        """Wait for its end; its exit code. Raises ProgramError where it goes on."""
        try:
            async with asyncio.timeout(within):
                code = await self.process.wait()
                await self._reader
                return code
        except TimeoutError as error:
            raise ProgramError(f"{self.name} goes on after {within} s{self.tail()}") from error

    def kill(self) -> None:
        """SIGKILL, as a crash would end it."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def end(self, *, patience: float = 10) -> int:
        """SIGTERM, and SIGKILL after `patience` seconds; its exit code. Safe to call twice."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(patience):
                    await self.process.wait()
            except TimeoutError:
                self.kill()
        code = await self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):  # a grandchild may hold the pipe open
                await self._reader
        return code
