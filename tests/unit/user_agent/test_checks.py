"""What a user's agent looks at besides the way to the relay."""

from pathlib import Path

import pytest

from common.agent.composition import Agent
from common.agent.diagnosis import NotCheckedError
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.identity import Role
from tests.support.marks import needs
from user_agent.checks import checks


def agent(folder: Path, **environ: str) -> Agent:
    """An agent that is not enrolled: that is another step's matter."""
    return Agent.open(role=Role.USER, folder=folder, environ=environ)


@needs("xcb_connect")
async def test_no_screen(tmp_path: Path) -> None:
    """Neither a server nor its start is good then, and which screens there are is not known."""
    server, screens, start = checks(agent(tmp_path), Computer(environ={}, platform="linux"))
    for check in (server, start):
        with pytest.raises(TasukiError):
            await check.run()
    with pytest.raises(NotCheckedError):
        await screens.run()


async def test_what_would_ask_a_person_is_not_tried(tmp_path: Path) -> None:
    """macOS wants the administrator's password for Screen Sharing."""
    *_, start = checks(agent(tmp_path), Computer(environ={}, platform="darwin"))
    with pytest.raises(NotCheckedError):
        await start.run()
