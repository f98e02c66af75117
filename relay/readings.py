"""What a relay's metrics show, and where each is read."""

from relay.core.admission import Gate
from relay.dataplane import Dataplane
from relay.web.desk import Desk
from relay.web.door import Door
from relay.web.front import Tally
from relay.web.metrics import Readings


def readings_of(*, gate: Gate, door: Door, tally: Tally, plane: Dataplane, desk: Desk) -> Readings:
    """All of them."""
    made = Readings()
    made.gauge("connections", "Open connections", lambda: len(door.open))
    made.gauge("connections_unknown", "Open connections that have not shown who they are", lambda: gate.inside)
    made.counter("connections_turned_away", "Connections closed at the gate", lambda: gate.turned_away)
    made.counter("requests", "Request heads that came", lambda: tally.requests)
    made.counter("requests_refused", "Requests that broke a rule of the front", lambda: tally.refused)
    made.counter("legs", "Legs that showed a good ticket", lambda: plane.tally.legs)
    made.gauge("sessions_with_legs", "Sessions with at least one leg", lambda: len(plane.sessions()))
    made.gauge("splice_held_bytes", "Payload that waits in splices for a reader", plane.held_by_all)
    made.counter("sessions_spliced", "Sessions whose both legs came", lambda: plane.tally.spliced)
    made.counters(
        "sessions_over",
        "Sessions that had a leg and are over",
        "why",
        lambda: {why.value: count for why, count in plane.tally.ended.items()},
    )
    made.counter("payload_up_bytes", "Payload from users to helpers, of sessions that are over", lambda: plane.tally.up)
    made.counter("payload_down_bytes", "Payload from helpers to users, of sessions over", lambda: plane.tally.down)
    made.gauge("ready", "1 where new work can be taken", lambda: float(desk.ready))
    made.gauge("requests_open", "Requests for help that are not over", lambda: len(desk.open_requests()))
    return made
