"""Text that is typed at the user's desktop: what of a helper's text reaches the user's local side, and when the helper reads why not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.agent.session.session_control import LETTERS, LINES
from common.host.errors import TasukiError
from common.protocol.channel import CAN_TYPE
from common.protocol.messages import Mode
from common.protocol.session_life import SessionPhase
from common.protocol.texts import TYPE_LIMIT
from tests.support.clock import FakeClock
from tests.support.sessions import Two


@asynccontextmanager
async def two(folder: Path, **settings: Any) -> AsyncIterator[Two]:
    """Both agents, the user's with hands of its own; whatever still runs at the end is stopped."""
    pair = Two(folder, **{"mode": Mode.CONTROL, "user_features": (CAN_TYPE,), **settings})
    try:
        yield pair
    finally:
        await pair.stop()


def typed(pair: Two) -> list[object]:
    """What came to the user's local side."""
    return [told[1] for told in pair.user.local.told if told[0] == "type"]


async def heard(pair: Two) -> None:
    """All that the helper has sent came."""
    pair.helper.session.chat("that was all")
    await pair.user.until(lambda: pair.user.events)
    pair.user.events.clear()


def why(pair: Two) -> str | None:
    """What the helper's window says."""
    problem = pair.helper.session.view.no_typing
    return None if problem is None else problem.code


async def test_it_comes_as_it_was_typed(tmp_path: Path) -> None:
    """Every script, lines and tabs, blanks at either end; ends of lines are newlines, and what no text has is gone."""
    async with two(tmp_path) as pair:
        assert why(pair) == "typing_not_connected"
        assert not pair.helper.session.type_text("too early")
        await pair.connect()
        assert why(pair) is None
        for text in ("漢字かな", "  a\tb\n", "Пример", "😀", "one\r\ntwo\rthree", "a\x1b[Ab\0"):
            assert pair.helper.session.type_text(text)
        await heard(pair)
        assert typed(pair) == ["漢字かな", "  a\tb\n", "Пример", "😀", "one\ntwo\nthree", "a[Ab"]
        assert not pair.helper.session.type_text("")
        assert not pair.helper.session.type_text("\0")


async def test_the_longest_comes_and_one_character_more_is_refused(tmp_path: Path) -> None:
    """Before anything is sent; bytes that are no text likewise."""
    async with two(tmp_path) as pair:
        await pair.connect()
        assert pair.helper.session.type_text("\U0001f600" * TYPE_LIMIT)
        for text, code in (("x" * (TYPE_LIMIT + 1), "text_too_long"), ("caf\udce9", "text_not_utf8")):
            with pytest.raises(TasukiError) as refused:
                pair.helper.session.type_text(text)
            assert refused.value.code == code
        await heard(pair)
        assert typed(pair) == ["\U0001f600" * TYPE_LIMIT]


async def test_in_view_mode_and_in_a_pause_nothing_is_typed(tmp_path: Path) -> None:
    """The helper reads why; with control, or when it goes on, it can be typed again."""
    async with two(tmp_path, mode=Mode.VIEW) as pair:
        await pair.connect()
        assert why(pair) == "typing_view"
        assert not pair.helper.session.type_text("view")
        pair.user.session.set_mode(Mode.CONTROL)
        await pair.helper.until(lambda: why(pair) is None)
        pair.user.session.pause(True)
        await pair.helper.until(lambda: why(pair) == "typing_paused")
        assert not pair.helper.session.type_text("pause")
        pair.user.session.pause(False)
        await pair.helper.until(lambda: why(pair) is None)
        assert pair.helper.session.type_text("control")
        await heard(pair)
        assert typed(pair) == ["control"]
        pair.user.session.stop()
        await pair.helper.phase(SessionPhase.ENDED)
        assert not pair.helper.session.type_text("over")


async def test_a_users_agent_without_hands_of_its_own_is_sent_nothing(tmp_path: Path) -> None:
    """An older one, or one whose keys go through the VNC server."""
    async with two(tmp_path, user_features=()) as pair:
        await pair.connect()
        assert why(pair) == "typing_not_there"
        assert not pair.helper.session.type_text("x")
        await heard(pair)
        assert typed(pair) == []


async def test_a_user_types_nothing_at_the_helper(tmp_path: Path) -> None:
    """It goes one way."""
    async with two(tmp_path) as pair:
        await pair.connect()
        assert not pair.user.session.type_text("x")
        assert [told for told in pair.helper.local.told if told[0] == "type"] == []


@pytest.mark.parametrize(
    ("text", "taken"),
    [("x", LINES[0]), ("x" * TYPE_LIMIT, LETTERS[0] // TYPE_LIMIT)],
    ids=["many", "long"],
)
async def test_a_script_that_types_without_end_ends_nothing(tmp_path: Path, text: str, taken: int) -> None:
    """What is too much is not sent; ten seconds later it can be sent again."""
    clock = FakeClock(datetime.now(UTC))
    async with two(tmp_path, clock=clock) as pair:
        await pair.connect()
        assert [pair.helper.session.type_text(text) for _ in range(300)].count(True) == taken
        await pair.user.until(lambda: len(typed(pair)) == taken)
        clock.advance(10)
        assert pair.helper.session.type_text(text)
        await pair.user.until(lambda: len(typed(pair)) == taken + 1)
        for side in pair.sides.values():
            assert side.session.view.phase is SessionPhase.CONNECTED


async def test_what_was_under_way_when_control_was_taken_back(tmp_path: Path) -> None:
    """It is dropped at the user's side, which alone knows the mode, and the session goes on."""
    async with two(tmp_path) as pair:
        await pair.connect()
        pair.user.session.set_mode(Mode.VIEW)
        assert pair.helper.session.type_text("too late")  # the helper has not heard of it yet
        await heard(pair)
        assert typed(pair) == []
        await asyncio.sleep(0)
        assert pair.helper.session.view.phase is SessionPhase.CONNECTED
