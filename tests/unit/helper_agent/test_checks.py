"""What a helper's agent looks at by itself."""

from pathlib import Path

import pytest

from common.agent.composition import Agent
from common.agent.settings import AgentSettings, Programs
from common.host.errors import TasukiError
from common.protocol.identity import Role
from helper_agent.checks import checks
from helper_agent.viewers.base import Host


def agent(folder: Path, viewer: str) -> Agent:
    """With this viewer in the settings."""
    opened = Agent.open(role=Role.HELPER, folder=folder, environ={})
    return Agent(profile=opened.profile, settings=AgentSettings(programs=Programs(viewer=viewer)), environ={})


async def test_the_viewer_that_is_set_must_be_here(tmp_path: Path) -> None:
    """Said in the words of the error that a session would meet."""
    host = Host(environ={"PATH": str(tmp_path)}, platform="linux")
    (check,) = checks(agent(tmp_path, "none"), host)
    assert await check.run() == "none"
    (check,) = checks(agent(tmp_path, "tigervnc"), host)
    with pytest.raises(TasukiError) as raised:
        await check.run()
    assert raised.value.code == "no_viewer"
