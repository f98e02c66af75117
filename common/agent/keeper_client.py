"""The agent's side of the keeper: start programs, hear how they ended, leave nothing behind.

One keeper per agent. Everything is given over by `close()`, and equally when the agent dies without calling it.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.host.errors import TasukiError

CLOSE_TIMEOUT = 5.0  # seconds; the keeper promises 2


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How a program ended. `code` is None where a signal ended it; `output` is the end of what it printed (4 KiB)."""

    code: int | None
    signal: int | None = None
    output: str = ""


class Program:
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

    def on_exit(self, callback: Callable[[Exit], None]) -> None:
        """Call `callback` on the loop once it has ended."""
        self._exited.add_done_callback(lambda future: callback(future.result()))

    async def stop(self) -> Exit:
        """SIGTERM, a second, SIGKILL, for it and what it started; returns when it is gone."""
        self._stop()
        return await self.wait()


class Keeper:
    """The connection to a running keeper. Build it with `await Keeper.launch()`."""

    def __init__(self, *, process: "subprocess.Popen[bytes]", loop: asyncio.AbstractEventLoop) -> None:
        self._process = process
        self._loop = loop
        self._count = 0
        self._pending: dict[str, asyncio.Future[int]] = {}
        self._exits: dict[str, asyncio.Future[Exit]] = {}
        self._gone = loop.create_future()
        self._thread = threading.Thread(target=self._read, name="keeper", daemon=True)
        self._thread.start()

    @classmethod
    async def launch(cls) -> "Keeper":
        """Start the keeper process. Raises TasukiError `keeper_failed` where it cannot be started."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """The keeper's own process id."""
        return self._process.pid

    async def start(
        self,
        argv: Sequence[str],
        *,
        name: str = "",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        stdin: bytes = b"",
    ) -> Program:
        """Start a program; `env` None means the agent's own, `stdin` is written to it and closed.

        Raises TasukiError `program_failed` (facts: program, detail) where it cannot be started.
        """
        raise NotImplementedError

    async def temporary_folder(self, prefix: str = "tasuki-") -> Path:
        """A new folder of mode 0700 with a short path (it may hold Unix sockets), removed at the end of everything."""
        raise NotImplementedError

    def remove_at_end(self, path: Path) -> None:
        """Remove this file or folder at the end, whoever ended."""
        raise NotImplementedError

    def restore_file_at_end(self, path: Path) -> None:
        """Keep the file's present content (or absence) and put it back at the end."""
        raise NotImplementedError

    def run_at_end(self, argv: Sequence[str]) -> None:
        """Run a command at the end, to put a setting back (one second at most)."""
        raise NotImplementedError

    async def close(self) -> None:
        """End every program, put everything back; returns when the keeper is gone. Safe to call twice."""
        raise NotImplementedError
