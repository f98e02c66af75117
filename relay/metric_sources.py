"""What a relay's metrics show, and where each is read."""

from relay.core.admission import Gate
from relay.dataplane import Dataplane
from relay.matching.service import MatchingService
from relay.web.factory import ConnectionFactory
from relay.web.metrics import MetricSources
from relay.web.public_port import RequestCounts


def metrics_of(
    *, gate: Gate, factory: ConnectionFactory, counts: RequestCounts, dataplane: Dataplane, matching: MatchingService
) -> MetricSources:
    """All of them."""
    made = MetricSources()
    made.gauge("connections", "Open connections", lambda: len(factory.open))
    made.gauge("connections_unknown", "Open connections that have not shown who they are", lambda: gate.inside)
    made.counter("connections_turned_away", "Connections closed at the gate", lambda: gate.turned_away)
    made.counter("requests", "Request heads that came", lambda: counts.requests)
    made.counters(
        "requests_refused",
        "Requests that broke a rule of the front",
        "status",
        lambda: {str(status): count for status, count in counts.refused.items()},
    )
    made.counter("certificates", "Certificates given at enrolment or renewal", lambda: counts.certificates.issued)
    made.counters(
        "certificates_refused", "Enrolments and renewals refused", "code", lambda: dict(counts.certificates.refused)
    )
    legs = dataplane.counts
    made.counter("legs", "Legs that showed a good ticket", lambda: legs.legs)
    made.gauge("sessions_with_legs", "Sessions with at least one leg", lambda: len(dataplane.sessions()))
    made.gauge("splice_held_bytes", "Payload that waits in splices for a reader", dataplane.held_by_all)
    made.counter("sessions_spliced", "Sessions whose both legs came", lambda: legs.spliced)
    made.counters(
        "sessions_over",
        "Sessions that had a leg and are over",
        "why",
        lambda: {why.value: count for why, count in legs.ended.items()},
    )
    made.counter("payload_up_bytes", "Payload from users to helpers, of sessions that are over", lambda: legs.up)
    made.counter("payload_down_bytes", "Payload from helpers to users, of sessions over", lambda: legs.down)
    agents = matching.hub.counts
    made.counter("matching_opened", "Matching connections whose upgrade was answered", lambda: agents.opened)
    made.counter("matching_identified", "Agents that identified themselves", lambda: agents.identified)
    made.counters("matching_messages", "Messages that were handled for agents", "type", lambda: dict(agents.messages))
    made.counters("matching_refused", "Agents that were not let in", "code", lambda: dict(agents.refused))
    made.counters(
        "matching_closed",
        "Matching connections that are over",
        "close_code",
        lambda: {str(code): count for code, count in agents.closed.items()},
    )
    made.gauge("ready", "1 where new work can be taken", lambda: float(matching.not_ready is None))
    made.gauge("requests_open", "Requests for help that are not over", lambda: len(matching.hub.open_requests))
    recorder = matching.hub.recorder
    made.gauge("records_owed", "Records that wait for the store to be written again", lambda: recorder.owing)
    made.counter("records_refused", "Records that the store refused for ever", lambda: recorder.refused)
    return made
