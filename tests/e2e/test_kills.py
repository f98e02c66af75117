"""kill -9 of everything in turn, in the middle of a session: who is left says so, nothing runs on, the records are whole.

The agents' own deaths and the VNC server's are in test_agents.py; a request that outlives the relay is there too.
"""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from common.agent.keeper.process_table import descendants
from deploy.demo.programs import Program, until
from tests.support.display import virtual_display
from tests.support.organisation import Stage, connected


async def sessions(stage: Stage) -> list[dict[str, Any]]:
    """All session records, as the operator sees them."""
    told = await stage.office.command("sessions", "list", "--all", "--json")
    return [json.loads(line) for line in told.splitlines()]


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
    """Both sides say so within 5 s (25 allowed); after the restart no session is open, and the audit chain is whole."""
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        session = (await connected(user, helper))["session"]
        began = time.monotonic()
        stage.office.relay.kill()
        await user.event("ended", within=25, session=session)
        await helper.event("ended", within=25, session=session)
        print(f"both said so after {time.monotonic() - began:.2f} s")
        await stage.office.relay.ended()
        await stage.office.start_relay()
        await helper.event("online", within=60)
        recorded = [entry for entry in await sessions(stage) if entry["identifier"] == session]
        assert [entry["why"] for entry in recorded] == ["relay_restarted"]
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
    """An agent that is stopped, not ended, breaks no connection: the other side says so when the silence is too long."""
    settings = stage.helper.folder / "agent.toml"
    settings.write_text("[timing]\nping = 1.0\nsilence = 4.0\n", encoding="utf-8")
    try:
        async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
            await connected(user, helper)
            began = time.monotonic()
            user.process.send_signal(signal.SIGSTOP)
            event = await helper.event("ended", within=20)
            print(f"{event['why']} after {time.monotonic() - began:.1f} s of silence (4 asked for)")
            assert event["why"] == "silent"
            user.process.send_signal(signal.SIGCONT)
            await user.event("ended", within=25)
    finally:
        settings.unlink()


async def test_kill_of_everything_at_once(stage: Stage) -> None:
    """Both agents and the relay in one moment: no program of theirs is left, and the records are whole afterwards."""
    async with stage.helping("--viewer", "none") as helper, stage.asking() as user:
        await connected(user, helper)
        theirs = descendants(user.pid) | descendants(helper.pid)
        everything: list[Program] = [stage.office.relay, user, helper]
        for program in everything:
            program.kill()
        assert await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in theirs), within=10)
    await stage.office.relay.ended()
    await stage.office.start_relay()
    assert all(entry["ended_at"] for entry in await sessions(stage))
    await stage.office.command("audit", "verify")
