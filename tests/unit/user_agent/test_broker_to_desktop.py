"""The broker where the agent's own input takes keys and pointer: what ends a stream or hides the picture lets go of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from common.protocol.channel import CAN_TYPE
from common.protocol.messages import Mode
from common.protocol.rfb.filter import Box
from tests.support.played_desktop import SHOWN, PlayedDesktop, is_open
from tests.support.rfb import key, pointer, request
from tests.support.rfb_link import Connection, turns
from tests.support.started_broker import Started, streaming
from user_agent.broker import Broker
from user_agent.session_input import ENOUGH, SessionInput

A, B = 0x61, 0x62


@contextlib.asynccontextmanager
async def controlled(mode: Mode = Mode.CONTROL) -> AsyncIterator[tuple[Started, Connection, PlayedDesktop]]:
    """A stream that shows a desktop of ours, which is open where the helper controls."""
    place = PlayedDesktop()
    place.may_open.set()
    place.may_close.set()
    desktop = SessionInput(desktop=SHOWN, open_desktop=place.open, on_lost=place.lost.append)
    async with streaming(mode, desktop=desktop) as (started, connection):
        if mode is Mode.CONTROL:
            await place.until(lambda: is_open(desktop))
        place.calls.clear()
        yield started, connection, place
    await desktop.close()
    assert not place.lost


async def test_the_server_hears_of_no_input() -> None:
    """It gets what asks for the picture; the desktop gets the rest, in order."""
    async with controlled() as (started, connection, place):
        started.broker.rfb_received(key(A) + request() + pointer(3, 4, 1) + key(A, 0) + request())
        await connection.hears(request() + request())
        assert place.calls == [("key", A, True), ("pointer", 3, 4, 1), ("key", A, False)]
        assert started.link.acknowledged == 8 + 10 + 6 + 8 + 10


async def test_control_that_comes_later() -> None:
    """Nothing before; from then on what is pressed; nothing after."""
    async with controlled(Mode.VIEW) as (started, connection, place):
        started.broker.rfb_received(key(A) + request())
        await connection.hears(request())
        started.broker.mode_changed(Mode.CONTROL)
        started.broker.rfb_received(key(B))
        await place.until(lambda: place.calls == [("open",), ("key", B, True)])
        started.broker.mode_changed(Mode.VIEW)
        started.broker.rfb_received(key(A))
        await place.until(lambda: place.calls[-1] == ("close",))
        assert place.calls[2:] == [("release",)] * (len(place.calls) - 3) + [("close",)]


ENDS: dict[str, Callable[[Broker], None]] = {
    "view": lambda broker: broker.mode_changed(Mode.VIEW),
    "question": lambda broker: broker.question_open(True),
    "pause": lambda broker: broker.pause_changed(True),
    "something else": lambda broker: broker.stop_picture("the screen has changed"),
    "cover": lambda broker: broker.cover_keyboard(True),
    "another stream": lambda broker: broker.stream_started(2),
    "the end": lambda broker: broker.close(),
}


@pytest.mark.parametrize("end", ENDS)
async def test_what_is_held_is_let_go(end: str) -> None:
    """At once, and what comes behind it is not pressed."""
    async with controlled() as (started, _, place):
        started.broker.rfb_received(key(A) + pointer(1, 2, 1))
        place.calls.clear()
        ENDS[end](started.broker)
        assert place.calls[0] == ("release",)
        started.broker.rfb_received(key(B))
        await turns()
        assert not [call for call in place.calls if call[0] == "key"]


async def test_text_is_typed_where_keys_would_be_pressed() -> None:
    """In order with them; only a broker whose keys are ours says that it can."""
    async with controlled() as (started, _, place):
        assert started.broker.features == (CAN_TYPE,)
        started.broker.rfb_received(key(A) + key(A, 0))
        started.broker.type_text("漢字\n")
        started.broker.rfb_received(key(B))
        assert place.calls == [("key", A, True), ("key", A, False), ("type", "漢字\n"), ("key", B, True)]
    async with streaming() as (started, _):
        assert started.broker.features == ()
        started.broker.type_text("x")


@pytest.mark.parametrize("end", ENDS)
async def test_nothing_is_typed_where_no_key_would_be_pressed(end: str) -> None:
    """What is being typed ends at once, and what comes behind it is dropped."""
    async with controlled() as (started, _, place):
        started.broker.type_text("one")
        ENDS[end](started.broker)
        started.broker.type_text("two")
        await turns()
        assert place.calls[:2] == [("type", "one"), ("release",)]
        assert ("type", "two") not in place.calls


async def test_text_is_typed_again_when_it_goes_on() -> None:
    """After a question, and after a window of ours that had the keyboard."""
    async with controlled() as (started, _, place):
        for guard in (started.broker.question_open, started.broker.cover_keyboard):
            guard(True)
            started.broker.type_text("no")
            guard(False)
            started.broker.type_text("yes")
        assert [call for call in place.calls if call[0] == "type"] == [("type", "yes")] * 2


async def test_nobody_holds_anything_once_the_helper_is_cut_off() -> None:
    """At once: the session may wait for the relay to say why."""
    async with controlled() as (started, _, place):
        started.broker.rfb_received(key(A) + pointer(1, 2, 1))
        place.calls.clear()
        started.broker.cut_off()
        assert place.calls == [("release",)]


async def test_a_server_that_ends_lets_go() -> None:
    """Of what its helper held in the desktop."""
    async with controlled() as (started, connection, place):
        started.broker.rfb_received(key(A))
        connection.writer.close()
        await started.link.until("failed")
        assert place.calls == [("key", A, True), ("release",)]


async def test_nothing_is_pressed_in_a_pause() -> None:
    """Afterwards it is, in the same desktop, once the picture is there again."""
    async with controlled() as (started, connection, place):
        started.broker.pause_changed(True)
        await connection.hung_up_on()
        started.broker.rfb_received(key(A) + key(A, 0) + pointer(5, 5, 1))
        started.broker.pause_changed(False)
        assert place.calls == [("release",)]
        again = await started.server.next()
        await again.let_in()
        await again.reader.readexactly(20)  # the pixel format: the stream goes on
        started.broker.rfb_received(key(B))
        await place.until(lambda: ("key", B, True) in place.calls)
        assert place.calls == [("release",), ("key", B, True)]


async def test_a_helper_who_sends_more_than_the_desktop_takes_waits() -> None:
    """Nothing is acknowledged or pressed before there is room; what waits is dropped where control ends meanwhile."""
    async with controlled() as (started, connection, place):
        place.waiting = ENOUGH + 1
        for keysym in (A, B):
            started.broker.rfb_received(key(keysym))
        started.broker.rfb_received(request())
        await asyncio.sleep(0.05)
        assert (place.calls, started.link.acknowledged) == ([], 0)
        place.waiting = ENOUGH
        await connection.hears(request())
        assert (place.calls, started.link.acknowledged) == ([("key", A, True), ("key", B, True)], 26)
        place.waiting = ENOUGH + 1
        started.broker.rfb_received(key(A))
        started.broker.mode_changed(Mode.VIEW)
        place.waiting = 0
        await started.link.until_acknowledged(34)
        assert place.calls[2] == ("release",)
        assert not [call for call in place.calls[2:] if call[0] == "key"]


async def test_the_bar_is_not_pressed() -> None:
    """The pointer goes over it, as on a server; what was let through before the bar came, and waits, is not done any more."""
    async with controlled() as (started, _, place):
        started.broker.rfb_received(pointer(5, 5, 1))
        started.broker.cover([Box(0, 0, 10, 10)])
        assert place.calls == [("pointer", 5, 5, 1), ("release",)]
        started.broker.rfb_received(pointer(5, 5, 0))
        place.calls.clear()
        started.broker.rfb_received(pointer(5, 5, 1) + pointer(50, 50, 0) + pointer(50, 50, 1))
        assert place.calls == [("pointer", 5, 5, 0), ("pointer", 50, 50, 0), ("pointer", 50, 50, 1)]


async def test_input_that_is_lost_leaves_the_picture() -> None:
    """The stream goes on."""
    async with controlled() as (started, connection, place):
        place.opened[0].told["on_failed"](OverflowError("too much"))
        assert [error.code for error in place.lost] == ["input_overrun"]
        place.lost.clear()
        started.broker.rfb_received(key(A) + request())
        await connection.hears(request())
        assert not started.link.failures
        await asyncio.sleep(0)
