"""What a user's agent looks at besides the way to the relay: is there a screen, which VNC server would show it, does it start?"""

import asyncio
import os
from collections.abc import Callable

from common.agent.composition import Agent
from common.agent.diagnosis import Check, NotCheckedError
from common.agent.keeper.client import Keeper
from common.agent.keeper.journal import FILE as JOURNAL
from common.host.computer import Computer
from common.host.words import _
from user_agent.servers.choice import choose
from user_agent.servers.foreign import ForeignServer
from user_agent.servers.looking import look
from user_agent.servers.monitors import find
from user_agent.servers.shown_display import look_at
from user_agent.servers.starting import start

ASKS_A_PERSON = "darwin"  # there it takes an administrator's password


def checks(
    agent: Agent,
    computer: Computer,
    *,
    running: ForeignServer | None = None,
    random: Callable[[int], bytes] = os.urandom,
) -> tuple[Check, ...]:
    """For common.agent.diagnosis. `running`: a VNC server that is to be shown, instead of one that is started."""
    wanted = agent.settings.programs.server

    async def server() -> str:
        if running is not None:
            return running.name
        return (await asyncio.to_thread(choose, computer, wanted=wanted)).name

    async def screens() -> str:
        found = await asyncio.to_thread(find, computer)
        if not found:
            raise NotCheckedError(_("Which screens there are cannot be known here."))
        return ", ".join(f"{one.width}×{one.height} {one.name}".strip() for one in found)

    async def starts() -> str:
        if running is not None:
            await look_at(running, random=random)
            return _("It runs already, and lets Tasuki in.")
        if computer.platform == ASKS_A_PERSON:
            raise NotCheckedError(_("Only tried when help is asked for: it wants the administrator's password."))
        kind = await asyncio.to_thread(choose, computer, wanted=wanted)
        keeper = await Keeper.launch()
        try:
            started = await start(
                kind, computer=computer, keeper=keeper, random=random, journal=agent.profile.folder / JOURNAL
            )
            try:
                await look(started)
            finally:
                await started.stop()
        finally:
            await keeper.close()
        return _("It starts and answers.")

    return (
        Check(key="server", title=_("VNC server"), run=server),
        Check(key="screens", title=_("Screens"), run=screens),
        Check(key="start", title=_("Start of the VNC server"), run=starts),
    )
