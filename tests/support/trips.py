"""How long a word takes through a session of real agents: from the user's stdin to the helper's stdout, and back."""

import asyncio
import time

from deploy.demo.programs import Program

PACE = 0.07  # seconds between two: a peer that talks more than 200 times in 10 s is taken for a flood


async def chat_trip(user: Program, helper: Program, text: str) -> float:
    """One round trip of chat, in seconds. `text` is said by both, and nobody else says it meanwhile."""
    began = time.perf_counter()
    await user.tell(f"chat {text}")
    await helper.event("chat", text=text)
    await helper.tell(f"chat {text}")
    await user.event("chat", text=text)
    return time.perf_counter() - began


async def chat_trips(user: Program, helper: Program, times: int) -> list[float]:
    """So many round trips, one after the other, at a pace that people's agents put up with."""
    took = []
    for number in range(times):
        took.append(await chat_trip(user, helper, f"trip {number}"))
        await asyncio.sleep(PACE)
    return took
