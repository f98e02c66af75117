"""The tables as they are today. How they came to be is in the migrations; a test compares the two.

The audit table has triggers that keep rows from being changed, removed or put anywhere but at the end; all that can be changed is
that a row says nothing any more, and only rows go that lie in a file and up to which the CA has signed the log.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """Aware datetimes in UTC. SQLite keeps no zone: there they are stored without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Only aware ones go in: a naive one is a bug. Raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Only aware ones come out."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _participant(prefix: str) -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column(f"{prefix}_account", sa.String(36), sa.ForeignKey("accounts.identifier"), nullable=False),
        sa.Column(f"{prefix}_certificate", sa.String(64), nullable=False),
        sa.Column(f"{prefix}_uri", sa.String(300), nullable=False),
        sa.Column(f"{prefix}_name", sa.String(200), nullable=False),
    )


people = sa.Table(
    "people",
    metadata,
    sa.Column("identifier", sa.String(36), primary_key=True),
    sa.Column("external_id", sa.String(100), unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("department", sa.String(200), nullable=False),
    sa.Column("email", sa.String(300), nullable=False),
    sa.Column("note", sa.String(500), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("left_at", Utc),
    sa.Column("left_by_list", sa.Boolean, nullable=False, server_default=sa.false()),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("identifier", sa.String(36), primary_key=True),
    sa.Column("person", sa.String(36), sa.ForeignKey("people.identifier"), nullable=False),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    sa.Column("skills", sa.JSON, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("disabled_at", Utc),
    sa.Column("disabled_by_list", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("person", "role"),
)

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("restricted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("most", sa.String(10), nullable=False, server_default="control"),
    sa.Column("hours", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("time_zone", sa.String(64), nullable=False, server_default=""),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("group", sa.String(200), sa.ForeignKey("groups.name", ondelete="CASCADE"), primary_key=True),
    sa.Column("account", sa.String(36), sa.ForeignKey("accounts.identifier"), primary_key=True),
)

askers = sa.Table(
    "askers",
    metadata,
    sa.Column("group", sa.String(200), sa.ForeignKey("groups.name", ondelete="CASCADE"), primary_key=True),
    sa.Column("account", sa.String(36), sa.ForeignKey("accounts.identifier"), primary_key=True),
)

enrolments = sa.Table(
    "enrolments",
    metadata,
    sa.Column("account", sa.String(36), sa.ForeignKey("accounts.identifier"), primary_key=True),
    sa.Column("created_at", Utc, primary_key=True),
    sa.Column("used_at", Utc),
    sa.Column("expires_at", Utc),
)

certificates = sa.Table(
    "certificates",
    metadata,
    sa.Column("fingerprint", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(36), sa.ForeignKey("accounts.identifier"), nullable=False, index=True),
    sa.Column("serial", sa.String(40), nullable=False),
    sa.Column("not_after", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    sa.Column("computer", sa.Integer, nullable=False, index=True, server_default="0"),
    sa.Column("computer_name", sa.String(200), nullable=False, server_default=""),
    sa.Column("system", sa.String(200), nullable=False, server_default=""),
    sa.Column("version", sa.String(64), nullable=False, server_default=""),
)

revocations = sa.Table(
    "revocations",
    metadata,
    sa.Column("identifier", sa.String(32), primary_key=True),
    sa.Column("account", sa.String(36), sa.ForeignKey("accounts.identifier"), nullable=False, index=True),
    sa.Column("serial", sa.String(40), nullable=False),
    sa.Column("superseded", sa.Boolean, nullable=False),
    sa.Column("asked_at", Utc, nullable=False),
    sa.Column("done_at", Utc),
)

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("identifier", sa.String(32), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    *_participant("user"),
    sa.Column("to_kind", sa.String(10), nullable=False),
    sa.Column("to_target", sa.String(300), nullable=False),
    sa.Column("mode", sa.String(10), nullable=False),
    sa.Column("topic", sa.String(500), nullable=False),
    sa.Column("inventory", sa.JSON, nullable=False),
    sa.Column("note", sa.String(500), nullable=False),
    sa.Column("asked_at", Utc, nullable=False, index=True),
    sa.Column("waiting_since", Utc, nullable=False),
    sa.Column("over_at", Utc),
    sa.Column("why", sa.String(30)),
    sa.Column("session", sa.String(32)),
    sa.Column("declined", sa.JSON, nullable=False),
    sa.Column("call_back_until", Utc),
    sa.Index("ix_requests_open", "state", sqlite_where=sa.text("state <> 'over'")),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("identifier", sa.String(32), primary_key=True),
    sa.Column("request", sa.String(32), sa.ForeignKey("requests.identifier"), nullable=False, index=True),
    *_participant("user"),
    *_participant("helper"),
    sa.Column("mode", sa.String(10), nullable=False),
    sa.Column("granted_at", Utc, nullable=False, index=True),
    sa.Column("spliced_at", Utc),
    sa.Column("active_at", Utc),
    sa.Column("ended_at", Utc),
    sa.Column("why", sa.String(30)),
    sa.Column("up", sa.BigInteger),
    sa.Column("down", sa.BigInteger),
    sa.Column("retickets_user", sa.Integer, nullable=False),
    sa.Column("retickets_helper", sa.Integer, nullable=False),
    sa.Column("resumable", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("interrupted_at", Utc),
    sa.Column("interruptions", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_mode", sa.String(10)),
    sa.Column("mode_changes", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_sessions_open", "granted_at", sqlite_where=sa.text("ended_at IS NULL")),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", sa.String(300), nullable=False),
    sa.Column("event", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("previous", sa.LargeBinary(32), nullable=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("names", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("erased", sa.Boolean, nullable=False, server_default=sa.false()),
)

audit_names = sa.Table(
    "audit_names",
    metadata,
    sa.Column("account", sa.String(36), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("salt", sa.LargeBinary(16), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
)
"""What stands beside the audit log and can go (relay.store.naming)."""

audit_heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("document", sa.LargeBinary),
    sa.Column("refused", sa.String(30)),
)

audit_segments = sa.Table(
    "audit_segments",
    metadata,
    sa.Column("last", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("first", sa.Integer, nullable=False),
    sa.Column("digest", sa.LargeBinary(32), nullable=False),
    sa.Column("at", Utc, nullable=False),
)

probe = sa.Table(
    "probe",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("ballast", sa.LargeBinary, nullable=False),
)
"""At most one row, written by relay.store.probe alone."""

owner = sa.Table(
    "owner",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("holder", sa.String(100), nullable=False),
    sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"),
)
"""One row: how often the database was taken over, by whom last, and how many transactions owners have committed. Kept by relay.store.owner, on PostgreSQL alone."""
