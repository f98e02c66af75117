"""What becomes of requests whose target is no more."""

from common.protocol.messages import To
from relay.core.life import RELAY
from relay.core.queue import lines_of
from relay.matching.hub import Hub


async def nobody_left(hub: Hub, to: To) -> None:
    """Whoever waits for this target, in front of the screen or to be called back, waits for nobody."""
    now = hub.services.clock.now()
    for identifier in [one for line in lines_of(to) for one in hub.queue.line(line)]:
        request = hub.open_requests.find(identifier)
        if request is not None:
            await hub.open_requests.apply(request, lambda machine: machine.declined_by_all(RELAY, "", now))
