"""The watchdog itself: a test in which a callback holds the loop fails."""

import asyncio
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.support.watchdog import LIMIT, WATCH


def burn(seconds: float) -> None:
    """Use the processor for so long."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def test_a_callback_that_holds_the_loop_is_found() -> None:
    """What asyncio runs and takes longer than the limit is told."""
    asyncio.get_running_loop().call_soon(burn, LIMIT * 1.2)
    await asyncio.sleep(0.001)
    assert ["ms of CPU time" in sentence for sentence in WATCH.take()] == [True]


async def test_a_slot_that_a_test_sets_off_is_found(qtbot: QtBot) -> None:
    """A click is an event like any other, also in a test's own step."""
    button = QPushButton()
    qtbot.addWidget(button)
    button.clicked.connect(lambda: burn(LIMIT * 1.2))
    button.show()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(WATCH.take()) == 1


async def test_a_tests_own_steps_are_excused() -> None:
    """What a test does itself may take as long as it likes."""
    burn(LIMIT * 1.2)
    await asyncio.sleep(0)
    burn(LIMIT * 1.2)


async def test_errors_and_cancellations_pass_through() -> None:
    """A test sees what it awaits fail, and can be cancelled, as without the watchdog."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_exception, ValueError("mark"))
    with pytest.raises(ValueError, match="mark"):
        await future
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.get_running_loop().create_future()
