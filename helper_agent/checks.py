"""What a helper's agent looks at besides the way to the relay: is the chosen viewer here?"""

import asyncio

from common.agent.composition import Agent
from common.agent.diagnosis import Check
from common.host.computer import Computer
from common.host.words import _
from helper_agent.viewers.choice import choose


def checks(agent: Agent, computer: Computer) -> tuple[Check, ...]:
    """For common.agent.diagnosis."""

    async def viewer() -> str:
        wanted = agent.settings.programs.viewer
        await asyncio.to_thread(choose, computer, wanted)
        return wanted

    return (Check(key="viewer", title=_("The viewer"), run=viewer),)
