"""Who waits, in numbers: by what was asked for, how many and for how long. For metrics."""

from dataclasses import dataclass
from datetime import datetime

from common.protocol.messages import ToGroup, ToHelper
from relay.core.records import RequestState
from relay.matching.hub import Hub


@dataclass(kw_only=True)
class WaitingLine:
    """Of one kind. `oldest`: seconds that the one who waits longest has waited; 0 where nobody does."""

    count: int = 0
    oldest: float = 0.0


def waiting_now(hub: Hub, now: datetime) -> dict[tuple[str, str], WaitingLine]:
    """By ("group", NAME), ("helper", ""), ("anyone", ""); each group that there is stands there. Call backs are not among them: nobody waits for one."""
    found = {("helper", ""): WaitingLine(), ("anyone", ""): WaitingLine()}
    found |= {("group", group.name): WaitingLine() for group in hub.services.directory.groups()}
    for one in hub.open_requests:
        record = one.life.request
        if record.state is not RequestState.WAITING or record.call_back_until is not None:
            continue
        match record.to:
            case ToGroup():
                kind = "group", record.to.group
            case ToHelper():
                kind = "helper", ""
            case _:
                kind = "anyone", ""
        line = found.setdefault(kind, WaitingLine())
        line.count += 1
        line.oldest = max(line.oldest, (now - record.waiting_since).total_seconds())
    return found
