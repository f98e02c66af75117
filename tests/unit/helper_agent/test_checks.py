"""What a helper's agent looks at by itself."""

from pathlib import Path

import pytest

from common.agent.composition import Agent
from common.agent.settings import AgentSettings, ProgramsSection
from common.host.computer import Computer
from common.host.errors import TasukiError
from common.protocol.identity import Role
from helper_agent.checks import checks


def agent(folder: Path, viewer: str) -> Agent:
    """With this viewer in the settings."""
    opened = Agent.open(role=Role.HELPER, folder=folder, environ={})
    return opened.changed(AgentSettings(programs=ProgramsSection(viewer=viewer)))


async def test_the_viewer_that_is_set_must_be_here(tmp_path: Path) -> None:
    """Said in the words of the error that a session would meet."""
    computer = Computer(environ={"PATH": str(tmp_path)}, platform="linux")
    (check,) = checks(agent(tmp_path, "none"), computer)
    assert await check.run() == "none"
    (check,) = checks(agent(tmp_path, "tigervnc"), computer)
    with pytest.raises(TasukiError) as raised:
        await check.run()
    assert raised.value.code == "no_viewer"
