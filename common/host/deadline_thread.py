"""One thread for calls that may hang (files of another computer), in which nobody waits longer than a deadline.

A call that hangs cannot be ended. It keeps this one thread, not one more for each that is asked for next: until it comes
back, everything else is refused at once. The thread is a daemon, so that it never keeps a program from ending.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_Job = tuple["Future[Any]", Callable[[], Any]]


class DeadlineThread:
    """Calls are made one after the other, in the order they were asked for; one whose caller gave up is not begun."""

    def __init__(self, *, deadline: float, name: str, seconds: Callable[[], float] = time.monotonic) -> None:
        """`deadline`, in seconds, is for each call alone and counts from when it is asked for."""
        self._deadline = deadline
        self._name = name
        self._seconds = seconds
        self._lock = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._thread: threading.Thread | None = None
        self._since: float | None = None  # when the present call began

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns or raises. Raises TimeoutError (an OSError) after the deadline. Never on the loop."""
        future = self._put(partial(function, *args, **kwargs))
        try:
            return future.result(self._deadline)
        except TimeoutError:
            if future.done():
                raise  # the function's own
            future.cancel()
            raise self._late() from None

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for code on the loop, which goes on meanwhile."""
        future = self._put(partial(function, *args, **kwargs))
        waiting = asyncio.wrap_future(future)
        try:
            await asyncio.wait([waiting], timeout=self._deadline)
            if not waiting.done():
                raise self._late()
            return waiting.result()
        finally:
            waiting.cancel()  # does nothing to one that is done

    def post(self, function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have it called behind all others, where that is possible; nobody hears what became of it."""
        try:
            self._put(partial(function, *args, **kwargs))
        except TimeoutError:
            return

    def _put(self, function: Callable[[], T]) -> "Future[T]":
        future: Future[T] = Future()
        with self._lock:
            if self._since is not None and self._seconds() - self._since > self._deadline:
                raise self._late()
            self._jobs.append((future, function))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._lock.notify()
        return future

    def _late(self) -> TimeoutError:
        return TimeoutError(f"no answer within {self._deadline:g} s")

    def _work(self) -> None:
        while True:
            with self._lock:
                self._since = None
                while not self._jobs:
                    self._lock.wait()
                future, function = self._jobs.popleft()
                if not future.set_running_or_notify_cancel():
                    continue
                self._since = self._seconds()
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001  (it belongs to whoever waits)
                future.set_exception(error)
            else:
                future.set_result(result)
            del future, function
