"""A process that writes as fast as it can and says what was committed: to be killed in the middle of it."""

import asyncio
import itertools
import sys
from collections.abc import Callable
from pathlib import Path

from common.protocol.messages import Mode, Request, ToAnyone
from relay.core import requests
from relay.core.storing import Unit
from relay.matching.recorder import writing
from relay.settings import RelayTiming
from tests.support.clock import START
from tests.support.people import ANNA, HANA, participant, put_account
from tests.support.stores import store_in

WRITERS = 20


def request(number: int) -> Callable[[Unit], None]:
    """A request that is asked and granted, in one unit of work."""
    message = Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW)
    asked = requests.ask(user=participant(ANNA), message=message, now=START)
    granted = requests.step(
        asked.life, lambda machine: machine.accepted(participant(HANA), message.request, False, START)
    )

    def work(unit: Unit) -> None:
        for transition in (asked, granted):
            part = writing(transition)
            assert part is not None
            part(unit)

    return work


async def main(path: Path, start: int) -> None:
    """Several at a time; a line for each once it is on the disk."""
    store = await store_in(path, group_commit=RelayTiming().group_commit)
    for account in (ANNA, HANA):
        await store.write(lambda unit, account=account: put_account(unit, account))  # type: ignore[misc]
    numbers = itertools.count(start)

    async def write() -> None:
        while True:
            number = next(numbers)
            await store.write(request(number))
            print(number, flush=True)

    await asyncio.gather(*(write() for _ in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
