"""The desktop's input in one session: opened with control, closed behind it, and the loop never waits."""

import asyncio

import pytest

from common.host.errors import sentence
from common.protocol.messages import Mode
from common.protocol.rfb.client_messages import KeyEvent, PointerEvent
from common.protocol.rfb.input_way import ReleaseAll
from tests.support.played_desktop import MOVED, SHOWN, is_open, sharing
from user_agent import session_input
from user_agent.session_input import MOST_EARLY

A, B = 0x61, 0x62


async def test_it_is_open_in_control_mode_only() -> None:
    """Opened when control begins, closed when it ends, and again."""
    async with sharing(Mode.VIEW) as (desktop, place):
        desktop.put_in(KeyEvent(True, A))
        await asyncio.sleep(0.02)
        assert not place.calls
        for _ in range(2):
            place.calls.clear()
            desktop.mode_changed(Mode.CONTROL)
            await place.until(lambda: is_open(desktop))
            desktop.put_in(KeyEvent(True, A))
            desktop.put_in(PointerEvent(5, 1, 2))
            desktop.type("あ")
            desktop.put_in(ReleaseAll())
            desktop.mode_changed(Mode.VIEW)
            desktop.put_in(KeyEvent(True, B))
            await place.until(lambda: place.calls[-1] == ("close",))
            said = [("key", A, True), ("pointer", 1, 2, 5), ("type", "あ"), ("release",), ("release",)]
            assert place.calls == [("open",), *said, ("close",)]


async def test_what_is_pressed_before_it_is_open_waits() -> None:
    """In order; but for what is let go before."""
    async with sharing(slow=True) as (desktop, place):
        desktop.put_in(KeyEvent(True, A))
        desktop.put_in(ReleaseAll())
        desktop.put_in(KeyEvent(True, B))
        desktop.put_in(KeyEvent(False, B))
        place.may_open.set()
        await place.until(lambda: len(place.calls) == 3)
        assert place.calls == [("open",), ("key", B, True), ("key", B, False)]


async def test_another_part_of_the_desktop_is_shown() -> None:
    """What was held is let go; then it is open for that part, and what is pressed meanwhile comes there. The same part is no news."""
    async with sharing() as (desktop, place):
        await place.until(lambda: is_open(desktop))
        desktop.moved(SHOWN)
        await asyncio.sleep(0.02)
        assert place.calls == [("open",)]
        desktop.put_in(KeyEvent(True, A))
        desktop.moved(MOVED)
        desktop.put_in(KeyEvent(True, B))
        await place.until(lambda: ("key", B, True) in place.calls)
        assert place.opened_for == [SHOWN, MOVED]
        assert place.calls == [
            ("open",), ("key", A, True), ("release",), ("close",), ("open",), ("key", B, True)
        ]  # fmt: skip


async def test_it_moves_while_it_is_being_opened() -> None:
    """Nothing comes to the part that is shown no more."""
    async with sharing(slow=True) as (desktop, place):
        await asyncio.sleep(0.01)
        desktop.put_in(KeyEvent(True, A))
        desktop.moved(MOVED)
        desktop.put_in(KeyEvent(True, B))
        place.may_open.set()
        place.may_close.set()
        await place.until(lambda: ("key", B, True) in place.calls)
        assert place.opened_for == [SHOWN, MOVED]
        assert place.calls == [("open",), ("close",), ("open",), ("key", B, True)]


async def test_control_that_ends_before_it_is_open() -> None:
    """Nothing is pressed, and it is closed again; the loop goes on meanwhile."""
    async with sharing(slow=True) as (desktop, place):
        await asyncio.sleep(0.01)
        desktop.put_in(KeyEvent(True, A))
        desktop.mode_changed(Mode.VIEW)
        place.may_open.set()
        place.may_close.set()
        await place.until(lambda: place.calls == [("open",), ("close",)])


async def test_control_that_comes_again_while_it_closes() -> None:
    """One after the other: two at once would lend the same keys."""
    async with sharing(slow=True) as (desktop, place):
        place.may_open.set()
        await place.until(lambda: is_open(desktop))
        desktop.mode_changed(Mode.VIEW)
        await asyncio.sleep(0.01)
        desktop.mode_changed(Mode.CONTROL)
        desktop.put_in(KeyEvent(True, A))
        await asyncio.sleep(0.02)
        assert place.calls == [("open",), ("release",)]
        place.may_close.set()
        await place.until(lambda: ("key", A, True) in place.calls)
        assert place.calls == [("open",), ("release",), ("close",), ("open",), ("key", A, True)]


async def test_a_display_that_lets_nobody_in() -> None:
    """The person reads why; allowed again, it is tried again."""
    async with sharing(slow=True) as (desktop, place):
        place.refuses = OSError("this X server has no XTEST extension")
        place.may_open.set()
        place.may_close.set()
        await place.until(lambda: bool(place.lost))
        assert [error.code for error in place.lost] == ["input_not_here"]
        assert "XTEST" in sentence(place.lost[0], "en")
        desktop.put_in(KeyEvent(True, A))
        place.refuses = None
        desktop.mode_changed(Mode.VIEW)
        desktop.mode_changed(Mode.CONTROL)
        await place.until(lambda: place.calls == [("open",)])


async def test_more_than_the_desktop_takes() -> None:
    """Nothing more is pressed, it is closed, and the person reads why."""
    async with sharing() as (desktop, place):
        await place.until(lambda: is_open(desktop))
        place.opened[0].told["on_failed"](OverflowError("too much"))
        assert [error.code for error in place.lost] == ["input_overrun"]
        desktop.put_in(KeyEvent(True, A))
        await place.until(lambda: place.calls == [("open",), ("release",), ("close",)])


async def test_more_than_waits_for_an_opening() -> None:
    """It is bounded like the rest."""
    async with sharing(slow=True) as (desktop, place):
        for _ in range(MOST_EARLY + 1):
            desktop.put_in(KeyEvent(True, A))
        assert [error.code for error in place.lost] == ["input_overrun"]


async def test_x_that_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The VNC server has its moment to say so, in better words; where it does not, the person reads this."""
    monkeypatch.setattr(session_input, "X_GONE", 0.05)
    async with sharing() as (desktop, place):
        await place.until(lambda: is_open(desktop))
        place.opened[0].told["on_failed"](ConnectionError("X has gone"))
        assert not place.lost
        await place.until(lambda: bool(place.lost))
        assert [error.code for error in place.lost] == ["input_not_here"]
        desktop.mode_changed(Mode.VIEW)
        desktop.mode_changed(Mode.CONTROL)
        await place.until(lambda: is_open(desktop))
        place.opened[1].told["on_failed"](ConnectionError("X has gone"))
        desktop.end()
        await asyncio.sleep(0.1)
        assert len(place.lost) == 1


async def test_what_cannot_be_pressed_is_told() -> None:
    """Its character, and its keysym."""
    async with sharing() as (desktop, place):
        await place.until(lambda: is_open(desktop))
        place.opened[0].told["on_unpressed"](0x1003042)
        place.opened[0].told["on_unpressed"](0xFFFFFF)
        assert place.link.told == [("unpressed", ("あ", 0x1003042)), ("unpressed", ("", 0xFFFFFF))]


async def test_the_end_waits_for_the_desktop() -> None:
    """And nothing opens it again."""
    async with sharing() as (desktop, place):
        await place.until(lambda: is_open(desktop))
        desktop.end()
        desktop.mode_changed(Mode.CONTROL)
        await desktop.close()
        assert place.calls[0] == ("open",)
        assert place.calls[1] == ("release",)  # at once
        assert place.calls[-1] == ("close",)
