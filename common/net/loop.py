"""The one event loop: asyncio, with Twisted's reactor on it.

`install` must run before anything imports `twisted.internet.reactor`; console scripts call `run` first thing. A program
with windows runs `run_bare`, and installs the reactor once its first window is there: Twisted takes long to load.
"""

import asyncio
import contextlib
import importlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

if sys.platform == "win32":
    _SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
else:
    _SIGNALS = (signal.SIGINT, signal.SIGTERM)
_installed: list[asyncio.AbstractEventLoop] = []


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop of uvloop where that is installed, else a selector loop (the asyncio reactor refuses Windows' proactor)."""
    if sys.platform != "win32":
        try:
            loop: asyncio.AbstractEventLoop = importlib.import_module("common.net.uv_loop").UvLoop()
        except ImportError:
            pass
        else:
            return loop
    return asyncio.SelectorEventLoop()


def install(loop: asyncio.AbstractEventLoop | None = None) -> asyncio.AbstractEventLoop:
    """Make `loop` (else `new_loop()`) current and put Twisted's reactor on it.

    Called again, it gives back the loop installed first: a process has one. On a loop that runs already (its own thread
    calls this), the reactor is running too when this returns.
    """
    if not _installed:
        from twisted.internet import asyncioreactor

        chosen = loop if loop is not None else new_loop()
        asyncio.set_event_loop(chosen)
        asyncioreactor.install(chosen)  # type: ignore[no-untyped-call]
        from twisted.internet import reactor

        # Twisted reads the wall clock: one that is set would fire every deadline at once, or none for an hour.
        reactor.seconds = time.monotonic  # type: ignore[method-assign]
        if chosen.is_running():
            reactor.startRunning(installSignalHandlers=False)  # type: ignore[attr-defined]
        _installed.append(chosen)
    return _installed[0]


def run(main: Callable[[], Coroutine[Any, Any, int | None]]) -> int:
    """Run `main()` on the installed loop to its end: its exit code (None is 0).

    SIGINT and SIGTERM cancel it, so that its `finally` clauses run; what was cancelled that way ends with 0. A second
    signal of the kind ends the process at once. That is so in a shell's background job too, which is started with SIGINT
    ignored: nobody shows a screen on after somebody said that it shall end.
    """
    loop = install()
    from twisted.internet import reactor

    reactor.startRunning(installSignalHandlers=False)  # type: ignore[attr-defined]
    return run_bare(loop, main)


def run_bare(loop: asyncio.AbstractEventLoop, main: Callable[[], Coroutine[Any, Any, int | None]]) -> int:
    """The same on `loop`, which has no reactor before `main` calls `install(loop)`."""
    task = loop.create_task(main())
    with _waking(loop):
        stopped = _on_signals(loop, task)
        try:
            return loop.run_until_complete(task) or 0
        except asyncio.CancelledError:
            if not stopped:
                raise
            return 0
        finally:
            _finish(loop)


@contextlib.contextmanager
def _waking(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """A signal wakes the loop: on Windows, where none interrupts a `select`, Ctrl-C would wait for whatever comes next."""
    if sys.platform != "win32":
        yield
        return
    heard, told = socket.socketpair()
    with heard, told:
        heard.setblocking(False)
        told.setblocking(False)
        loop.add_reader(heard, heard.recv, 512)
        before = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(heard)


def _on_signals(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> list[int]:
    """Cancel `task` at the first SIGINT or SIGTERM: the list that then holds the signal's number."""
    stopped: list[int] = []

    def stop(number: int) -> None:
        if stopped:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stopped.append(number)
        task.cancel()

    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows: the handler runs in the main thread between two bytecodes (see _waking)
            signal.signal(number, lambda received, _frame: loop.call_soon_threadsafe(stop, received))
    return stopped


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """End what `main` left running, fire Twisted's shutdown triggers, and give the signals back."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    if _installed:
        from twisted.internet import reactor

        reactor.stop()
        loop.run_forever()  # until the shutdown triggers are through: the reactor stops the loop
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    for number in _SIGNALS:
        try:
            loop.remove_signal_handler(number)
        except NotImplementedError:
            signal.signal(number, signal.SIG_DFL)
