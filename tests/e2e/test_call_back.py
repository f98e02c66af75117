"""Nobody is there: said by a real program at a real relay, and a call back that outlives the program that left it."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.organisation import Stage, stage_fixture

PHONE = "03-1234-5678"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """With a telephone and hours."""
    desk = {"telephone": PHONE, "hours": ["Mon-Sun 09:00-17:00"], "time_zone": "Asia/Tokyo"}
    yield from stage_fixture(tmp_path_factory.mktemp("call-back"), settings={"desk": desk})


async def test_left_by_one_program_and_taken_up_by_the_next(stage: Stage) -> None:
    """Nobody is there; the program that asked is killed; a helper sees the call back, cannot take it, then can; not now."""
    async with stage.asking(to=("--anyone",)) as user:
        assert (await user.event("desk"))["telephone"] == PHONE
        waiting = await user.event("waiting", there="nobody")
        assert (waiting["call_back"], waiting["away"]) == (False, False)
        await user.tell("callback")
        left = await user.event("waiting", call_back=True)
        while left["until"] is None:
            left = await user.event("waiting", call_back=True)
        user.kill()
        await user.ended()
    assert (stage.user.folder / "call-back.json").stat().st_mode & 0o077 == 0
    async with stage.helping("--viewer", "none") as helper:
        offered = await helper.event("request", call_back=True)
        number = offered["request"]
        if offered["here"]:  # the relay has not missed the killed program yet
            offered = await helper.event("request", call_back=True, here=False)
        await helper.tell(f"accept {number}")
        await helper.event("problem", code="user_away")
        again = await stage.user.start("callback", environ=stage.desktop.environ)
        try:
            await again.event("waiting", until=left["until"])
            await helper.event("request", here=True)
            await helper.tell(f"accept {number}")
            question = await again.event("question", kind="allow")
            assert question["peer"]["name"] == stage.helper.name
            await again.tell("deny")
            await again.event("ended", why="refused")
            await again.event("waiting", call_back=True, position=None)
            await again.tell("stop")
            assert (await again.event("over"))["why"] == "cancelled"
            assert await again.ended() == 0
            assert not (stage.user.folder / "call-back.json").exists()
        finally:
            await again.end()
    none = await stage.user.start("callback", program="none")
    assert await none.ended() == 1
    said = none.log.read_text(encoding="utf-8")
    assert "No request of this computer was left" in said
    assert PHONE in said


async def test_interrupted_and_withdrawn(stage: Stage) -> None:
    """Ctrl+C ends the program and leaves the call back; `stop` withdraws it, and nothing is kept."""
    async with stage.asking(to=("--anyone",)) as user:
        await user.event("waiting", there="nobody")
        await user.tell("callback")
        await user.event("waiting", call_back=True)
        user.process.send_signal(signal.SIGINT)
        await user.ended()
    assert (stage.user.folder / "call-back.json").exists()
    again = await stage.user.start("callback", environ=stage.desktop.environ)
    try:
        await again.event("waiting", call_back=True)
        await again.tell("stop")
        assert (await again.event("over"))["why"] == "cancelled"
        assert await again.ended() == 0
    finally:
        await again.end()
    assert not (stage.user.folder / "call-back.json").exists()
    async with stage.helping("--viewer", "none") as helper:
        await helper.tell("list")
        assert (await helper.event("list"))["requests"] == []


async def test_the_telephone_where_the_relay_is_not_reached(stage: Stage) -> None:
    """Remembered from the last time, behind the sentence that says what is wrong."""
    ask = ("ask", "--anyone", "--mode", "view", "--proxy", "http://127.0.0.1:1")
    (stage.user.folder / "agent.toml").write_text("[timing]\nonline = 2\n", encoding="utf-8")
    try:
        program = await stage.user.start(*ask, environ=stage.desktop.environ)
        assert await program.ended(within=60) == 1
    finally:
        (stage.user.folder / "agent.toml").unlink()
    assert PHONE in program.log.read_text(encoding="utf-8").splitlines()[-1]
