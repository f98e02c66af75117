"""What a relay's metrics show, and where each is read. deploy/prometheus/tasuki.rules.yml reads them: never rename one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from common.net.server_tls import RelayTls
from common.protocol.certificate_requests import Refusal
from common.protocol.clock import Clock
from common.protocol.reasons import Why
from relay.ca.contact import Contact
from relay.core.admission import Gate
from relay.core.readiness import NotReady
from relay.core.storing import StoreFault
from relay.dataplane import Dataplane
from relay.loop_lag import LoopLag
from relay.matching.authentication import NOT_IDENTIFIED
from relay.matching.service import MatchingService
from relay.matching.waiting import waiting_now
from relay.web.factory import ConnectionFactory
from relay.web.metrics import MetricSources
from relay.web.public_port import RequestCounts


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The parts of a relay that know something."""

    gate: Gate
    factory: ConnectionFactory
    counts: RequestCounts
    dataplane: Dataplane
    matching: MatchingService
    tls: RelayTls
    authority: Contact
    lag: LoopLag
    clock: Clock


def metrics_of(relay: Measured) -> MetricSources:
    """All of them."""
    made = MetricSources()
    _front(made, relay)
    _sessions(made, relay)
    _agents(made, relay)
    _requests(made, relay)
    _store(made, relay)
    _trust(made, relay)
    made.gauge("ready", "1 where new work can be taken", lambda: float(relay.matching.not_ready is None))
    made.gauges(
        "not_ready",
        "1 for the reason why new work cannot be taken",
        ["why"],
        lambda: {(why.value,): float(why is relay.matching.not_ready) for why in NotReady},
    )
    made.gauge("loop_lag_seconds", "How late the loop came to what was due, at worst, lately", lambda: relay.lag.worst)
    return made


def _from_zero(codes: Iterable[str], counts: Mapping[Any, int]) -> dict[str, float]:
    """The first one counts as well: Prometheus sees no rise in what was not there before."""
    return {**dict.fromkeys(map(str, codes), 0), **{str(code): count for code, count in counts.items()}}


def _front(made: MetricSources, relay: Measured) -> None:
    gate, factory, counts = relay.gate, relay.factory, relay.counts
    made.gauge("connections", "Open connections", lambda: len(factory.open))
    made.gauge("connections_polled", "Connections without upgrades", lambda: len(factory.polling))
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
        "certificates_refused",
        "Enrolments and renewals refused",
        "code",
        lambda: _from_zero(Refusal, counts.certificates.refused),
    )


def _sessions(made: MetricSources, relay: Measured) -> None:
    dataplane, legs = relay.dataplane, relay.dataplane.counts
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


def _agents(made: MetricSources, relay: Measured) -> None:
    hub, agents = relay.matching.hub, relay.matching.hub.counts

    def connected() -> dict[tuple[str, ...], float]:
        helpers = sum(connection.is_helper for connection in hub.connections)
        return {("helper",): helpers, ("user",): len(hub.connections) - helpers}

    made.gauges("agents_connected", "Agents that are connected and have identified themselves", ["role"], connected)
    made.counter("matching_opened", "Matching connections whose upgrade was answered", lambda: agents.opened)
    made.counter("matching_identified", "Agents that identified themselves", lambda: agents.identified)
    made.counters("matching_messages", "Messages that were handled for agents", "type", lambda: dict(agents.messages))
    made.counters(
        "matching_refused", "Agents that were not let in", "code", lambda: _from_zero(NOT_IDENTIFIED, agents.refused)
    )
    made.counters(
        "matching_closed",
        "Matching connections that are over",
        "close_code",
        lambda: {str(code): count for code, count in agents.closed.items()},
    )


def _requests(made: MetricSources, relay: Measured) -> None:
    hub = relay.matching.hub
    requests = hub.open_requests

    def waiting(of: str) -> dict[tuple[str, ...], float]:
        return {line: getattr(one, of) for line, one in waiting_now(hub, relay.clock.now()).items()}

    made.gauge("requests_open", "Requests for help that are not over", lambda: len(requests))
    made.gauge("requests_call_backs", "Requests that were left as call backs", lambda: requests.call_backs)
    line = ["to", "group"]
    made.gauges("requests_waiting", "Requests that wait for a helper", line, lambda: waiting("count"))
    made.gauges(
        "requests_oldest_seconds", "How long the one has waited that waits longest", line, lambda: waiting("oldest")
    )
    made.counter("requests_made", "Requests for help that were made", lambda: requests.made)
    made.counters(
        "requests_over",
        "Requests for help that are over",
        "why",
        lambda: _from_zero(Why, requests.ended),
    )


def _store(made: MetricSources, relay: Measured) -> None:
    store, recorder = relay.matching.hub.services.store, relay.matching.hub.recorder
    made.gauges(
        "store_fault",
        "1 for the reason why records cannot be written",
        ["fault"],
        lambda: {(fault.value,): float(fault is store.fault) for fault in StoreFault},
    )
    made.gauge("records_owed", "Records that wait for the store to be written again", lambda: recorder.owing)
    made.counter("records_refused", "Records that the store refused for ever", lambda: recorder.refused)
    made.counter("records_lost", "Records that were owed for too long, and dropped", lambda: recorder.lost)


def _trust(made: MetricSources, relay: Measured) -> None:
    def list_left() -> float:
        crl = relay.matching.hub.crl
        return 0.0 if crl is None else (crl.next_update - relay.clock.now()).total_seconds()

    def certificate_left() -> float:
        return (relay.tls.valid[1] - relay.clock.now()).total_seconds()

    def certificate_life() -> float:
        begins, ends = relay.tls.valid
        return (ends - begins).total_seconds()

    made.gauge("crl_left_seconds", "Until the revocation list is too old; 0 where there is none", list_left)
    made.gauge("certificate_left_seconds", "Until the certificate that the relay shows expires", certificate_left)
    made.gauge("certificate_life_seconds", "For how long that certificate is valid in all", certificate_life)
    revocations = relay.matching.hub.revocations
    made.gauge("revocations_owed", "Revocations that the CA has not done yet", lambda: len(revocations))
    authority = relay.authority
    made.gauge("authority_answer_age_seconds", "Since the CA's last answer", lambda: authority.silent_for)
    made.gauge("authority_answering", "0 where the CA did not answer the last letter", lambda: authority.answering)
    made.gauge("mailbox_usable", "0 where the mailbox between relay and CA cannot be used", lambda: authority.usable)
    made.gauge(
        "clock_ahead_seconds", "By how much the relay's clock is ahead of the CA's", lambda: authority.clock_ahead
    )
