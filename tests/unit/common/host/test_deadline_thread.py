"""A call that hangs holds one thread and nobody longer than the deadline; afterwards everything goes on."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from common.host.deadline_thread import DeadlineThread

pytestmark = pytest.mark.timeout(20)


@pytest.fixture
def thread() -> DeadlineThread:
    """With a short deadline."""
    return DeadlineThread(deadline=0.1, name="test")


@pytest.fixture
def disk() -> Iterator[threading.Event]:
    """What hangs waits for it."""
    event = threading.Event()
    yield event
    event.set()


def test_what_is_called_returns_and_raises(thread: DeadlineThread) -> None:
    """With its arguments, in another thread, always the same."""
    assert thread.call(divmod, 7, 3) == (2, 1)
    assert thread.call(sorted, [2, 1], reverse=True) == [2, 1]
    with pytest.raises(ZeroDivisionError):
        thread.call(divmod, 7, 0)
    first, second = thread.call(threading.get_ident), thread.call(threading.get_ident)
    assert first == second != threading.get_ident()


def test_a_call_that_hangs_is_over_after_the_deadline(thread: DeadlineThread, disk: threading.Event) -> None:
    """What is asked meanwhile is refused at once and never done; when the disk is back, all works again."""
    done: list[str] = []
    with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
        thread.call(disk.wait)
    for _ in range(1000):
        with pytest.raises(TimeoutError):
            thread.call(done.append, "refused")
        thread.post(done.append, "refused")
    disk.set()
    thread_back = threading.Event()
    while not thread_back.is_set():
        thread.post(thread_back.set)
    thread.call(done.append, "done")
    assert done == ["done"]


def test_who_gave_up_behind_one_that_hung_is_not_called(disk: threading.Event) -> None:
    """A request must not be written after the person heard that it was not."""
    thread = DeadlineThread(deadline=0.1, name="test", seconds=lambda: 0.0)  # by this clock nothing is ever late
    done: list[str] = []
    for _ in range(2):
        with pytest.raises(TimeoutError):
            thread.call(disk.wait)
    with pytest.raises(TimeoutError):
        thread.call(done.append, "late")
    disk.set()
    thread.call(done.append, "next")
    assert done == ["next"]


async def test_the_loop_goes_on_meanwhile(thread: DeadlineThread, disk: threading.Event) -> None:
    """And hears of the deadline like any thread; what the function itself raises passes through."""
    turns = 0

    async def turning() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    turner = asyncio.create_task(turning())
    with pytest.raises(TimeoutError, match="no answer"):
        await thread.run(disk.wait)
    turner.cancel()
    assert turns > 10
    disk.set()
    while True:
        try:
            assert await thread.run(divmod, 7, 3) == (2, 1)
            break
        except TimeoutError:
            await asyncio.sleep(0.001)
    with pytest.raises(ZeroDivisionError):
        await thread.run(divmod, 7, 0)


async def test_a_task_that_is_cancelled_takes_its_call_along(disk: threading.Event) -> None:
    """If it had not begun."""
    thread = DeadlineThread(deadline=10, name="test")
    done: list[str] = []
    first = asyncio.create_task(thread.run(disk.wait))
    second = asyncio.create_task(thread.run(done.append, "cancelled"))
    await asyncio.sleep(0.01)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    thread.post(done.append, "posted")
    disk.set()
    await first
    await thread.run(done.append, "last")
    assert done == ["posted", "last"]
