"""What people write, between a helper on Windows and a user on Linux, under two code pages: chat, a topic, names, the history."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.names import NAMES
from tests.support.organisation import Stage, stage_fixture
from tests.support.wine import WESTERN, Windows

EVERY_NAME = ", ".join(NAMES)
HISTORY = """
import sys
from pathlib import Path
from common.agent.history import History
from common.host.streams import use_utf8

use_utf8()
history = History(Path(sys.argv[1]))
records = history.records()
history.export(Path(sys.argv[1]) / "all.csv", records)
print(*(f"{record.peer_name}: {record.topic}" for record in records), sep="\\n")
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """CA, relay, and a user's desktop."""
    yield from stage_fixture(tmp_path_factory.mktemp("run"))


@pytest.mark.timeout(400)
async def test_chat_and_history(windows: Windows, place: Stage, tmp_path: Path) -> None:
    """Every letter arrives on both sides as it was written, and is kept."""
    own, theirs = (NAMES[0], NAMES[4]) if windows.locale == WESTERN else (NAMES[1], NAMES[6])
    folder = tmp_path / own
    line = await place.office.account("helper", own)
    enrolment = ("-c", "from helper_agent.cli import main; main()", "enrol", line, "--folder", folder)
    done = await asyncio.to_thread(windows.run, *enrolment)
    assert done.returncode == 0, done.stderr.decode()
    user = await place.office.enrol("user", theirs)
    place.secrets.append(user.line.split(":")[2])
    program = windows.program("helper_agent", folder, "serve", "--no-open")
    async with place.run.program(f"helper-{own}", *program, environ=windows.environ) as serving:
        await serving.event("online", within=60)
        asked = ("ask", "--to", own, "--mode", "view", "--topic", EVERY_NAME, "--yes")
        asking = await user.start(*asked, environ=place.desktop.environ)
        try:
            request = await serving.event("request", within=30)
            assert (request["topic"], request["user"]["name"]) == (EVERY_NAME, theirs)
            await serving.tell(f"accept {request['request']}")
            await asking.event("connected", within=60)
            await asking.tell(f"chat {EVERY_NAME}")
            assert (await serving.event("chat"))["text"] == EVERY_NAME
            await serving.tell(f"chat {EVERY_NAME}")
            assert (await asking.event("chat"))["text"] == EVERY_NAME
            await asking.tell("stop")
            await serving.event("ended", within=30)
        finally:
            await asking.end()
        await serving.tell("quit")
        assert await serving.ended(within=30) == 0
    assert windows.printed("-c", HISTORY, folder) == f"{theirs}: {EVERY_NAME}\n"
    assert EVERY_NAME in (folder / "all.csv").read_text(encoding="utf-8-sig")
    assert json.loads((folder / "history.json").read_bytes())
