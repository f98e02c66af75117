"""The one event loop: asyncio, with Twisted's reactor on it.

`install` must run before anything imports `twisted.internet.reactor`; console scripts call `run` first thing.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


def install(loop: asyncio.AbstractEventLoop | None = None) -> asyncio.AbstractEventLoop:
    """Make `loop` (else uvloop where it is installed, else a selector loop) current and put Twisted's reactor on it.

    Called again, it gives back the loop installed first.
    """
    ...


def run(main: Callable[[], Coroutine[Any, Any, int | None]]) -> int:
    """Run `main()` on the installed loop to its end: its exit code (None is 0).

    SIGINT and SIGTERM cancel it, so that its `finally` clauses run; what was cancelled that way ends with 0. A second
    signal of the kind ends the process at once.
    """
    ...
