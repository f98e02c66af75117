"""The relay's settings: one TOML file in the relay's folder, read once at start.

Every number that the design gives is here, with its bounds; a value outside them is an error that names the key. Times
are seconds, sizes bytes. Tests shorten what they need.
"""

from datetime import UTC, tzinfo
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from common.protocol.desk import Telephone
from common.protocol.enrolment import host_name
from relay.core.hours import Hours, parse_hours, zone_of

Port: TypeAlias = Annotated[int, Meta(ge=0, le=65535)]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class Listen(_Section, frozen=True, kw_only=True):
    """Where the relay listens, when systemd did not hand it its sockets. A port of 0 is any free one (for tests)."""

    addresses: Annotated[list[str], Meta(min_length=1, max_length=16)] = msgspec.field(
        default_factory=lambda: ["0.0.0.0", "::"]  # noqa: S104 — a relay serves the world
    )
    matching_port: Port = 443
    """The matching port. Each of the two answers everything."""
    vnc_port: Port = 80
    """The VNC port; TLS too."""
    metrics_address: str = "127.0.0.1"
    metrics_port: Annotated[int, Meta(ge=-1, le=65535)] = 9464
    """Prometheus metrics in clear, on loopback only. -1: none."""


class Tls(_Section, frozen=True, kw_only=True):
    """The relay's own certificate (a chain, leaf first) and its key; paths are relative to the folder. Reloaded when they change."""

    certificate: str = "relay-cert.pem"
    key: str = "relay-key.pem"
    root: str = "root.pem"
    """The organisation's root, which agents' certificates must lead to: kept from the first start on."""
    renew: bool = True
    """The relay asks its organisation's CA for the next certificate itself. Off where a public CA's is used."""


class Storage(_Section, frozen=True, kw_only=True):
    """Where records are kept."""

    url: str = "sqlite+aiosqlite:///relay.db"
    """SQLAlchemy's address of the database; a relative SQLite path is relative to the folder."""
    mailbox: str = "mailbox"
    """The folder that the relay shares with the CA."""


class Logs(_Section, frozen=True, kw_only=True):
    """What is written to standard error."""

    json: bool = False
    level: Annotated[str, Meta(pattern="^(debug|info|warning|error)$")] = "info"


class DeskSection(_Section, frozen=True, kw_only=True):
    """The help desk, as users are told of it where nobody is there and wherever something fails."""

    telephone: Telephone = ""
    """How it is reached by telephone: a number, and words beside it if you like, on one line of 80 characters. Agents remember it for when the relay is not reached. Empty: none is shown."""
    hours: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=21)] = []
    """When somebody is there, a line for each: `"Mon-Fri 09:00-17:00"`, `"Sat,Sun 10:00-12:30"`, `"Fri 22:00-02:00"` (past midnight). Users read it in their own time. Empty: nothing is said of hours."""
    time_zone: Annotated[str, Meta(max_length=64)] = ""
    """The zone of `hours`, such as `"Asia/Tokyo"` or `"Europe/Berlin"`; needed with them."""

    call_back: Annotated[float, Meta(ge=0, le=604800)] = 86400.0
    """A request that its user leaves as a call back stays in the queue for so long, and with `hours` at least to the end of the next ones that begin, also while the user's computer is off. 0: none can be left."""

    def __post_init__(self) -> None:
        """Raises ValueError where the hours cannot be read."""
        _ = self.table, self.zone

    @property
    def table(self) -> tuple[Hours, ...]:
        """`hours`, read."""
        return tuple(parse_hours(line) for line in self.hours)

    @property
    def zone(self) -> tzinfo:
        """The zone of the hours."""
        if not self.time_zone:
            if self.hours:
                raise ValueError("`hours` need a `time_zone`, such as Asia/Tokyo")
            return UTC
        try:
            return zone_of(self.time_zone)
        except ValueError as error:
            raise ValueError(f"`time_zone`: {error}") from error


class AuditSection(_Section, frozen=True, kw_only=True):
    """Heads of the audit log, which the CA signs: whoever keeps them elsewhere sees where it was changed."""

    heads_every: Annotated[float, Meta(ge=1, le=86400)] = 3600.0
    """Seconds between two heads that are signed, where the log has grown."""
    heads_file: Annotated[str, Meta(max_length=1000)] = "audit-heads"
    """The file that each is added to, a line of JSON; a relative path starts at the relay's folder. Empty: none."""
    heads_syslog: Annotated[str, Meta(max_length=260)] = ""
    """Where each is sent as a line for syslog: a socket such as `/dev/log`, or HOST:PORT (UDP). Empty: nowhere."""

    def __post_init__(self) -> None:
        """Raises ValueError where the address cannot be read."""
        if self.heads_syslog and not self.heads_syslog.startswith("/"):
            _ = _host_port(self.heads_syslog)


class RetentionSection(_Section, frozen=True, kw_only=True):
    """For how many days some of what people wrote is kept once their request is over; 0: for ever. The audit log has its own way: `tasuki-relay audit archive`."""

    topics: Annotated[int, Meta(ge=0, le=36500)] = 0
    """What a request is about."""
    notes: Annotated[int, Meta(ge=0, le=36500)] = 0
    """What a helper has written to the next."""
    computers: Annotated[int, Meta(ge=0, le=36500)] = 0
    """Details of the computer that came with a request."""


class RelayLimits(_Section, frozen=True, kw_only=True):
    """How much of anything."""

    request_head: Annotated[int, Meta(ge=1024, le=65536)] = 16 * 1024
    """A request's head, CRLFCRLF included; more is 431."""
    request_body: Annotated[int, Meta(ge=1024, le=64 << 20)] = 1 << 20
    """A request's body; more is 413."""
    request_bodies: Annotated[int, Meta(ge=1024, le=1 << 40)] = 64 << 20
    """Bytes of all bodies held at one time; more is 503."""
    request_body_rate: Annotated[int, Meta(ge=1, le=1 << 20)] = 1024
    """Bytes a second that a body must come with on average, after the first `timing.request` seconds; less is 408."""
    keep_alive_requests: Annotated[int, Meta(ge=1, le=10_000)] = 100
    """Requests on one connection; then it closes."""
    unauthenticated_per_address: Annotated[int, Meta(ge=1, le=1_000_000)] = 512
    """Connections of one address (IPv6: of one /64) that have not shown a ticket or identified themselves."""
    unauthenticated_total: Annotated[int, Meta(ge=1, le=1_000_000)] = 4096
    handshakes_per_address: Annotated[int, Meta(ge=1, le=100_000)] = 16
    """TLS handshakes of one address (IPv6: one /64) that are under way at one time; more wait for their turn."""
    strangers_steps: Annotated[int, Meta(ge=1, le=1000)] = 4
    """Steps (of a TLS handshake, or a portion of a request) done for all strangers together in one turn of the loop."""
    accepted_at_once: Annotated[int, Meta(ge=1, le=1000)] = 8
    """New connections that one listening port takes in one turn of the loop."""
    early_drop: Annotated[float, Meta(gt=0, le=1)] = 0.75
    """From this part of either cap on, new connections are dropped at random, more the fuller it gets."""
    enrolments_per_minute: Annotated[int, Meta(ge=1, le=100_000)] = 300
    """Enrolments from one address (IPv6: one /64) that fail in `timing.enrolments` seconds; more is 429. Others are not counted."""
    enrolment_tries: Annotated[int, Meta(ge=1, le=10_000)] = 10
    """Tries of one enrolment line from one address in `timing.enrolments` seconds; more is 429."""
    renewals_per_minute: Annotated[int, Meta(ge=1, le=10_000)] = 10
    """Renewals of one certificate in `timing.enrolments` seconds, counted once its signature was verified; more is 429."""
    mailbox_requests: Annotated[int, Meta(ge=1, le=10_000)] = 64
    """Enrolments and renewals under way at the CA at one time; more is 503."""
    matching_message: Annotated[int, Meta(ge=1024, le=16 << 20)] = 64 * 1024
    """A message to the relay on matching; more is 1009."""
    agent_message: Annotated[int, Meta(ge=1024, le=16 << 20)] = 1 << 20
    """A message from the relay to an agent; the lists are cut to fit."""
    leg_message: Annotated[int, Meta(ge=1024, le=1 << 20)] = 64 * 1024
    """A message on a leg; more is 1009."""
    message_fragments: Annotated[int, Meta(ge=1, le=10_000)] = 64
    """Fragments of one message on matching; more is 1008."""
    data_frames: Annotated[int, Meta(ge=1, le=100_000)] = 200
    """Data frames on one matching connection in a second; more is 1008."""
    frames_at_once: Annotated[int, Meta(ge=1, le=10_000)] = 64
    """WebSocket frames of one connection that are worked on in one turn of the loop; the rest waits for the next one."""
    control_frames: Annotated[int, Meta(ge=1, le=10_000)] = 10
    """WebSocket control frames in `timing.control_frames` seconds; more is 1008."""
    polled_connections: Annotated[int, Meta(ge=1, le=1_000_000)] = 4096
    """Connections without upgrades of known agents at one time, legs and matching together; more is 503. Strangers' count as unauthenticated."""
    polled_part: Annotated[int, Meta(ge=1024, le=1 << 20)] = 64 * 1024
    """Bytes of one post (more is 413), and of one answer, of a connection without upgrades."""
    unread_output: Annotated[int, Meta(ge=1024, le=16 << 20)] = 64 * 1024
    """A matching peer that leaves more than this unread is not read from."""
    held_per_session: Annotated[int, Meta(ge=64 * 1024, le=16 << 20)] = 256 * 1024
    """The most that the splice holds for one session, both ways together."""
    list_batch: Annotated[int, Meta(ge=1, le=1000)] = 50
    """Entries in one message of a list."""
    tickets_per_session: Annotated[int, Meta(ge=0, le=100)] = 3
    """New tickets that one side may ask for before a session is active."""
    tickets_per_interruption: Annotated[int, Meta(ge=1, le=100)] = 10
    """Tickets that one side may ask for each time that a session is interrupted."""
    tickets_per_minute: Annotated[int, Meta(ge=1, le=10_000)] = 60
    """Tickets that one account may ask for in a minute, of all its sessions; more is refused."""
    modes_per_minute: Annotated[int, Meta(ge=1, le=10_000)] = 60
    """Modes of their sessions that one account's agents may say in a minute, for the record; more is refused, and said again later."""
    returns_per_second: Annotated[int, Meta(ge=1, le=100_000)] = 150
    """So many agents may come back in a second, on average, once all have lost this relay: by that they are told how long to wait at most."""
    missed_requests: Annotated[int, Meta(ge=1, le=100)] = 2
    """A helper who lets this many requests by name pass is away."""
    requests_per_minute: Annotated[int, Meta(ge=1, le=10_000)] = 30
    """Requests for help of one account in a minute; more is refused."""
    open_requests: Annotated[int, Meta(ge=1, le=10_000_000)] = 10_000
    """Requests that are not over, call backs apart."""
    call_backs: Annotated[int, Meta(ge=1, le=10_000_000)] = 10_000
    """Requests that were left as call backs. At this number none can be left: who asks for it waits as before."""
    helper_sessions: Annotated[int, Meta(ge=1, le=1000)] = 4
    """Sessions that one helper may hold at a time."""
    matching_messages: Annotated[int, Meta(ge=10, le=100_000)] = 100
    """Messages of one matching connection in 10 seconds; more is 1008."""
    open_files: Annotated[int, Meta(ge=256, le=10_000_000)] = 65536
    """Descriptors that the relay asks the system for at start (as far as its hard limit allows)."""


class RelayTiming(_Section, frozen=True, kw_only=True):
    """How long anything."""

    request: Annotated[float, Meta(gt=0, le=600)] = 10.0
    """From accept to a complete request head, TLS handshake included."""
    handshake: Annotated[float, Meta(gt=0, le=600)] = 3.0
    """A peer may keep its TLS handshake waiting for so long where others of its address wait to begin theirs."""
    identify: Annotated[float, Meta(gt=0, le=600)] = 10.0
    """On matching, from the upgrade to `identify`."""
    answer: Annotated[float, Meta(gt=0, le=600)] = 30.0
    """For an answer to be ready; then 503."""
    polled_answer: Annotated[float, Meta(gt=0, le=600)] = 25.0
    """Without upgrades, a long answer ends after so long where nothing comes; less than `answer`, and than proxies wait."""
    polled_linger: Annotated[float, Meta(ge=0, le=10)] = 0.05
    """Without upgrades, a long answer ends so long after its first byte: some scanners hold all of it back until then."""
    polled_silent: Annotated[float, Meta(gt=0, le=600)] = 15.0
    """Without upgrades, a connection is lost when nobody has asked for the next long answer for so long."""
    drain: Annotated[float, Meta(gt=0, le=600)] = 10.0
    """For a peer to take what is left when a connection closes; then it is cut."""
    keep_alive: Annotated[float, Meta(gt=0, le=600)] = 15.0
    """From an answer to the next complete request head."""
    control_frames: Annotated[float, Meta(gt=0, le=600)] = 10.0
    """The window in which WebSocket control frames are counted."""
    ping: Annotated[float, Meta(gt=0, le=3600)] = 25.0
    """Between pings on an idle matching connection."""
    ping_awaited: Annotated[float, Meta(gt=0, le=3600)] = 10.0
    """Between pings on a matching connection whose user waits or was granted a session, or whose helper is available."""
    ping_jitter: Annotated[float, Meta(ge=0, lt=1)] = 0.2
    """Each interval is longer or shorter by up to this part."""
    pong: Annotated[float, Meta(gt=0, le=3600)] = 15.0
    """After a ping without any answer a connection is dead."""
    leg_ping: Annotated[float, Meta(gt=0, le=3600)] = 10.0
    """A leg of a joined pair that was not heard for so long is pinged."""
    unacknowledged: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    """A connection whose peer's system takes nothing of what was sent for so long is cut (TCP_USER_TIMEOUT): twice as long as agents wait."""
    probe: Annotated[float, Meta(gt=0, le=600)] = 10.0
    """After a helper's accept, for the agent of the user to say that it is there."""
    interrupted: Annotated[float, Meta(gt=0, le=3600)] = 180.0
    """A session whose legs are lost is kept for so long, for its agents to take it up again."""
    spread: Annotated[float, Meta(gt=0, le=3600)] = 20.0
    """The longest that agents are told to spread their return over, once they have lost this relay."""
    enrolments: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """The window in which enrolments and renewals are counted."""
    ticket: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """A ticket's life."""
    parked: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """A leg's wait for its partner."""
    silent: Annotated[float, Meta(gt=0, le=3600)] = 90.0
    """A spliced pair that sends nothing for this long is ended."""
    granted: Annotated[float, Meta(gt=0, le=3600)] = 120.0
    """From grant to active."""
    waiting: Annotated[float, Meta(gt=0, le=86400)] = 1800.0
    """A request's wait in the queue."""
    user_away: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """A waiting request is held for this long after its user's connection was lost."""
    not_now: Annotated[float, Meta(ge=0, le=86400)] = 300.0
    """A helper to whom a call back's user said *not now*, or nothing, cannot take it again for so long."""
    reason: Annotated[float, Meta(gt=0, le=60)] = 1.0
    """After the legs are gone, for an agent to say why."""
    missed_after: Annotated[float, Meta(gt=0, le=86400)] = 60.0
    """A request by name that waited this long and went unanswered was missed by its helper."""
    just_left: Annotated[float, Meta(ge=0, le=3600)] = 60.0
    """A helper whose connection was lost this lately still counts as there when a colleague declines."""
    list_every: Annotated[float, Meta(gt=0, le=60)] = 1.0
    """Between two messages of a watched list."""
    group_commit: Annotated[float, Meta(ge=0, le=1)] = 0.002
    """The longest a unit of work waits for others to share its transaction."""
    revocation_retry: Annotated[float, Meta(gt=0, le=3600)] = 5.0
    store_probe: Annotated[float, Meta(gt=0, le=600)] = 5.0
    """While the store cannot be written: between two tries whether it can again."""
    owner_check: Annotated[float, Meta(gt=0, le=600)] = 1.0
    """On PostgreSQL: between two looks whether the database is reached, and still this relay's."""
    authority_check: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """Between two looks whether the CA answers, and what time it has."""
    loop_lag: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """For so long the metric of how late the relay's loop is shows the worst."""
    seen: Annotated[float, Meta(gt=0, le=300)] = 240.0
    """Between two writings of which computers are here, or were since the last one: so old the time is at most that the lists show."""
    watch_files: Annotated[float, Meta(gt=0, le=3600)] = 5.0
    """Between two looks at the certificate, the key and the revocation list."""


class RelaySettings(_Section, frozen=True, kw_only=True):
    """relay.toml."""

    organisation: Annotated[str, Meta(min_length=1, max_length=100)]
    """As in agents' certificates: tasuki://ORGANISATION/…"""
    host: Annotated[str, Meta(min_length=1, max_length=253)]
    """The relay's name, one of those that the CA signs (`tasuki-ca hosts`); agents sign it when they identify themselves."""
    other_hosts: Annotated[list[Annotated[str, Meta(min_length=1, max_length=253)]], Meta(max_length=8)] = []
    """Its other names, while it moves from one to another: whoever dials one of them is answered under it."""
    legs: Annotated[list[str], Meta(max_length=8)] = []
    """Public addresses of legs as HOST:PORT, best first; empty: `host` with both listening ports."""
    listen: Listen = Listen()
    tls: Tls = Tls()
    store: Storage = Storage()
    logs: Logs = Logs()
    desk: DeskSection = DeskSection()
    audit: AuditSection = AuditSection()
    retention: RetentionSection = RetentionSection()
    limits: RelayLimits = RelayLimits()
    timing: RelayTiming = RelayTiming()

    def __post_init__(self) -> None:
        """The hosts as agents compare them. Raises ValueError."""
        msgspec.structs.force_setattr(self, "host", host_name(self.host))
        msgspec.structs.force_setattr(self, "other_hosts", [host_name(host) for host in self.other_hosts])

    def public_legs(self) -> list[tuple[str, int]]:
        """Where agents dial legs. Raises ValueError where an entry of `legs` is no HOST:PORT."""
        if not self.legs:
            ports = dict.fromkeys((self.listen.matching_port, self.listen.vnc_port))
            return [(self.host, port) for port in ports]
        return [_host_port(entry) for entry in self.legs]


def _host_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text} is not HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)
