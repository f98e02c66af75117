"""kill -9 of everything in turn, in the middle of a session: who is left says so, nothing runs on, the records are whole.

The agents' own deaths and the VNC server's are in test_agents.py; a request that outlives the relay is there too.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common.agent.keeper.process_table import descendants
from deploy.demo.programs import Program, until
from tests.support.display import virtual_display
from tests.support.organisation import Stage, connected, until_active


async def sessions(stage: Stage) -> list[dict[str, Any]]:
    """All session records, as the operator sees them."""
    told = await stage.office.command("sessions", "list", "--all", "--json")
    return [json.loads(line) for line in told.splitlines()]


async def until_so(stage: Stage, there: Callable[[list[dict[str, Any]]], bool]) -> None:
    """Wait until the records are so."""
    for _ in range(100):
        if there(await sessions(stage)):
            return
        await asyncio.sleep(0.2)
    raise AssertionError(await sessions(stage))


async def test_kill_of_the_ca(stage: Stage) -> None:
    """A session and a new one go on without the CA; it comes back and is asked again."""
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        await connected(user, helper)
        stage.office.ca.kill()
        await stage.office.ca.ended()
        await user.tell("chat still here")
        assert (await helper.event("chat"))["text"] == "still here"
        await user.tell("stop")
        await helper.event("ended")
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        await connected(user, helper)
        await user.tell("stop")
        await user.event("ended")
    await stage.office.start_ca()
    newcomer = await stage.office.enrol("user", "Newcomer")
    assert newcomer.folder.is_dir()


async def test_kill_of_the_relay(stage: Stage) -> None:
    """Both sides say so at once; after the restart the same session goes on, and what was is whole in the records."""
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        session = (await connected(user, helper))["session"]
        await until_active(stage.office, session)
        began = time.monotonic()
        stage.office.relay.kill()
        await user.event("interrupted", within=10, session=session)
        await helper.event("interrupted", within=10, session=session)
        print(f"both said so after {time.monotonic() - began:.2f} s")
        await stage.office.relay.ended()
        began = time.monotonic()
        await stage.office.start_relay()
        await helper.event("resumed", within=60, session=session)
        await user.event("resumed", within=60, session=session)
        print(f"both were back {time.monotonic() - began:.2f} s after the start")
        await user.tell("stop")
        await helper.event("ended")
        recorded = [entry for entry in await sessions(stage) if entry["identifier"] == session]
        assert [entry["why"] for entry in recorded] == ["user_ended"]
        assert all(entry["ended_at"] for entry in await sessions(stage))
        await stage.office.command("audit", "verify")


async def test_kill_of_the_viewer(stage: Stage) -> None:
    """The helper is told, the session goes on, and the viewer can be opened again."""
    with virtual_display() as display:
        async with (
            stage.helping("--viewer", "tigervnc", environ={"DISPLAY": display}) as helper,
            stage.asking() as user,
        ):
            await connected(user, helper)
            first = (await helper.event("viewer"))["pid"]
            await helper.event("viewer_shows", on=True)
            os.kill(first, signal.SIGKILL)
            await helper.event("viewer_shows", on=False, within=25)
            await helper.event("viewer_closed", within=25)
            await helper.tell("viewer")
            second = (await helper.event("viewer"))["pid"]
            assert second != first
            await helper.event("viewer_shows", on=True)
            left = descendants(helper.pid)
            await user.tell("stop")
            await helper.event("ended")
            assert await until(lambda: not Path(f"/proc/{second}").exists(), within=10)
            assert second in left


async def test_only_silence_tells(stage: Stage) -> None:
    """An agent that is stopped, not ended, breaks no connection: the other side says so, gives it up, and both come back when it goes on."""
    settings = stage.helper.folder / "agent.toml"
    settings.write_text("[timing]\nping = 0.5\nquiet = 1.5\nsilence = 3.0\n", encoding="utf-8")
    try:
        async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
            await connected(user, helper)
            began = time.monotonic()
            user.process.send_signal(signal.SIGSTOP)
            await helper.event("silent", on=True, within=20)
            print(f"told after {time.monotonic() - began:.1f} s of silence (1.5 asked for)")
            await helper.event("interrupted", within=20)
            print(f"given up after {time.monotonic() - began:.1f} s (3 asked for)")
            user.process.send_signal(signal.SIGCONT)
            began = time.monotonic()
            await user.event("resumed", within=25)
            await helper.event("resumed", within=25)
            print(f"back after {time.monotonic() - began:.1f} s")
            await user.tell("stop")
            await helper.event("ended")
    finally:
        settings.unlink()


async def test_kill_of_everything_at_once(stage: Stage) -> None:
    """Both agents and the relay in one moment: no program of theirs is left, and the records are whole afterwards."""
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        await until_active(
            stage.office, (await connected(user, helper))["session"]
        )  # one that is only granted waits 120 s
        theirs = descendants(user.pid) | descendants(helper.pid)
        everything: list[Program] = [stage.office.relay, user, helper]
        for program in everything:
            program.kill()
        assert await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in theirs), within=10)
    await stage.office.relay.ended()
    await stage.office.start_relay()
    await until_so(stage, lambda found: all(entry["ended_at"] for entry in found))  # nobody comes back
    await stage.office.command("audit", "verify")
