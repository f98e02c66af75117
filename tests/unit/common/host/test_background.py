"""Tasks that nobody awaits."""

import asyncio

from structlog.testing import capture_logs

from common.host.background import Background


async def broken() -> None:
    """One that fails, a turn of the loop later."""
    await asyncio.sleep(0)
    raise ZeroDivisionError


class Endless:
    """Work that ends only when it is cancelled, and tidies up then."""

    def __init__(self) -> None:
        self.tidied = 0

    async def work(self) -> None:
        """Run for ever."""
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.tidied += 1


async def test_what_a_task_returns_can_be_awaited() -> None:
    """By whoever started it; nobody has to."""

    async def short() -> int:
        return 3

    assert await Background().spawn(short()) == 3


async def test_a_failure_is_told_and_a_cancelled_task_is_not() -> None:
    """Once each."""
    failures: list[BaseException] = []
    background, endless = Background(on_failure=failures.append), Endless()
    await asyncio.wait([background.spawn(broken())])
    cancelled = background.spawn(endless.work())
    await asyncio.sleep(0)
    cancelled.cancel()
    await background.settle()
    assert [type(failure) for failure in failures] == [ZeroDivisionError]
    assert endless.tidied == 1


async def test_a_failure_ends_in_the_log_where_nobody_else_wants_it() -> None:
    """With its traceback, and it takes nothing else with it."""
    background, endless = Background(), Endless()
    other = background.spawn(endless.work())
    with capture_logs() as logged:
        await asyncio.wait([background.spawn(broken())])
        await asyncio.sleep(0)
    assert [line["event"] for line in logged] == ["task_failed"]
    assert isinstance(logged[0]["exc_info"], ZeroDivisionError)
    assert not other.done()
    await background.close()


async def test_close_cancels_all_and_waits_for_their_end() -> None:
    """What they do when they are cancelled is done when it returns; a second time there is nothing to do."""
    background, endless = Background(), Endless()
    tasks = [background.spawn(endless.work()) for _ in range(2)]
    await asyncio.sleep(0)
    await background.close()
    assert endless.tidied == 2
    assert all(task.cancelled() for task in tasks)
    await background.close()


async def test_settle_waits_also_for_what_tasks_start() -> None:
    """And cancels nothing."""
    background = Background()
    done: list[int] = []

    async def count(down: int) -> None:
        await asyncio.sleep(0)
        done.append(down)
        if down:
            background.spawn(count(down - 1))

    background.spawn(count(3))
    await background.settle()
    assert done == [3, 2, 1, 0]


async def test_a_task_may_settle_and_close_its_own_group() -> None:
    """It neither waits for itself nor is cancelled by itself."""
    background, endless = Background(), Endless()
    done: list[str] = []

    async def closing() -> None:
        await background.close()
        await background.settle()
        done.append("closed")

    background.spawn(endless.work())
    await asyncio.sleep(0)
    await background.spawn(closing())
    assert done == ["closed"]
    assert endless.tidied == 1
