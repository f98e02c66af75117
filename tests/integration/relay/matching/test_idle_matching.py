"""Many agents that only stay: what they cost, and that a session beside them goes on.

TASUKI_IDLE_AGENTS says how many (10000 was tried); a number that every machine has descriptors for otherwise.
"""

import asyncio
import gc
import os
import sys
from pathlib import Path

from common.protocol.identity import Role
from common.protocol.messages import Ended, Granted, Mode, ToHelper, Waiting
from common.protocol.reasons import Why
from tests.support.front import until
from tests.support.relay_in_memory import connected
from tests.support.relay_on_loopback import Heard, relay_on_loopback

IDLE = int(os.environ.get("TASUKI_IDLE_AGENTS", "300"))
PROGRAM = "tests.integration.relay.matching.idle_agents"
PATIENCE = 20.0


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_idle_agents(tmp_path: Path) -> None:
    """All of them are in at the same time; meanwhile a user finds a helper and both are granted a session at once."""
    async with relay_on_loopback(tmp_path) as relay:
        [everybody] = (await relay.admin.people.add(roles=[Role.USER], name="Everybody", by="operator:test")).accounts
        anna, hana = await relay.member(Role.USER, "Anna"), await relay.member(Role.HELPER, "Hana")
        gc.collect()
        before = resident()
        crowd = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", PROGRAM, str(relay.organisation.folder), everybody.identifier, str(relay.port), str(IDLE)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert crowd.stdout is not None
        assert crowd.stdin is not None
        try:
            assert int(await crowd.stdout.readline()) == IDLE
            assert connected(relay.matching, Role.USER) == IDLE
            gc.collect()
            each = (resident() - before) // IDLE
            user, helper = relay.agent(anna), relay.agent(hana)
            heard = [Heard(user), Heard(helper)]
            for one in (user, helper):
                one.start()
                await one.online(PATIENCE)
            helper.watch(True)
            loop = asyncio.get_running_loop()
            began = loop.time()
            request = user.request(to=ToHelper(uri=relay.uri(hana)), name="Hana", mode=Mode.VIEW)
            await heard[0].first(Waiting)
            await until(lambda: bool(helper.view.requests))
            helper.accept(request)
            sessions = {(await agent.first(Granted)).session for agent in heard}
            took = loop.time() - began
            print(f"{IDLE} idle agents: {each} bytes each; asked and granted in {took * 1000:.0f} ms")
            user.end(
                sessions.pop(), Why.USER_ENDED
            )  # else it would wait, across the relay's end, for both to come back
            for agent in heard:
                await agent.first(Ended)
            assert not sessions
            for one in (user, helper):
                await one.stop()
            assert took < 5
        finally:
            crowd.stdin.close()
            await crowd.wait()
        await until(lambda: connected(relay.matching, Role.USER) == 0)
