"""A helper who drags from beside Tasuki's bar onto its Stop button, faster than the desktop takes it."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.protocol.messages import Mode
from common.protocol.rfb.client_messages import PointerEvent
from common.protocol.rfb.filter import Box, ClientFilter
from common.protocol.rfb.state import StreamState
from tests.support.desktops import Program, bare_desktop, running, wait_for, xdotool
from tests.support.fields import HOUSE
from tests.support.rfb import pointer
from user_agent.input import x11
from user_agent.input.x11 import X11Input

STOP = Box(300, 200, 100, 60)
BESIDE, ON_IT = (250, 230), (350, 230)
DRAGS = 50


class Merging(X11Input):
    """As it was: what waits and has the same buttons is one, at the latest place, a press with the drag behind it too."""

    def _wait_for(self, order: x11._Order) -> None:
        with self._changed:
            last = self._orders[-1] if self._orders else None
            if isinstance(order, x11._Pointer) and isinstance(last, x11._Pointer) and last.buttons == order.buttons:
                self._orders[-1] = order._replace(moves=last.moves)
            else:
                super()._wait_for(order)


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    with bare_desktop(tmp_path) as found:
        yield found


def dragged(display: str, stop: Program, kind: type[X11Input]) -> int:
    """How often Stop was clicked by drags, each of them let through by the filter."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    failed: list[Exception] = []
    desktop = kind(
        display,
        origin=(0, 0),
        on_unpressed=lambda _: None,
        on_held=lambda _: None,
        on_failed=failed.append,
        loop=loop,
    )
    client = ClientFilter(state=StreamState(), mode=Mode.CONTROL, to_desktop=True)
    client.cover([STOP])
    try:
        for _ in range(DRAGS):
            drag = pointer(*BESIDE, 1) + pointer(*ON_IT, 1) + pointer(*ON_IT, 0)
            for event in client.feed(drag):
                assert isinstance(event, PointerEvent)
                desktop.pointer(event.x, event.y, event.buttons)
        wait_for("all is done", lambda: not desktop.waiting)
    finally:
        desktop.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert not failed
    before = stop.said().count("clicked")
    xdotool(display, "mousemove", *map(str, ON_IT), "click", "1")  # the person's own
    wait_for("the person's click", lambda: stop.said().count("clicked") > before)
    return stop.said().count("clicked") - 1


@pytest.mark.parametrize(("kind", "clicks"), [(X11Input, False), (Merging, True)], ids=["as it is", "with the fault"])
def test_a_drag_onto_stop_does_not_press_it(display: str, tmp_path: Path, kind: type[X11Input], clicks: bool) -> None:
    """A press that waits keeps its place. Where it became one with the drag behind it, Stop was pressed, and the session ended."""
    argv = [sys.executable, "-m", "tests.support.qt_button_process"]
    argv += [str(one) for one in (STOP.x, STOP.y, STOP.width, STOP.height)]
    environ = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(HOUSE)}
    with running(argv, tmp_path, display=display, environ=environ) as stop:
        wait_for("the bar", lambda: bool(xdotool(display, "search", "--onlyvisible", "--name", "^bar$")), patience=60.0)
        found = dragged(display, stop, kind)
        print(f"{found} clicks by {DRAGS} drags")
        assert bool(found) is clicks
