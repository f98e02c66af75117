"""The first tables, and the triggers that keep the audit log append-only on SQLite."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)

_TRIGGERS = (
    """CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    # Also against INSERT OR REPLACE, which fires no trigger for what it removes.
    """CREATE TRIGGER audit_at_the_end BEFORE INSERT ON audit
    WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit)
    BEGIN SELECT RAISE(ABORT, 'the audit log grows at its end'); END""",
)


def _person(prefix: str, table: str) -> tuple[sa.Column[str], ...]:
    key = sa.ForeignKey("accounts.identifier", name=f"fk_{table}_{prefix}_account")
    return (
        sa.Column(f"{prefix}_account", sa.String(36), key, nullable=False),
        sa.Column(f"{prefix}_certificate", sa.String(64), nullable=False),
        sa.Column(f"{prefix}_uri", sa.String(300), nullable=False),
        sa.Column(f"{prefix}_name", sa.String(200), nullable=False),
    )


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "accounts",
        sa.Column("identifier", sa.String(36), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", sa.String(400), nullable=False),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("skills", sa.JSON, nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("disabled_at", _time),
        sa.PrimaryKeyConstraint("identifier", name="pk_accounts"),
        sa.UniqueConstraint("role", "name_key", name="uq_accounts_role"),
    )
    op.create_table(
        "groups",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_groups"),
    )
    op.create_table(
        "memberships",
        sa.Column("group", sa.String(200), nullable=False),
        sa.Column("account", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("group", "account", name="pk_memberships"),
        sa.ForeignKeyConstraint(["group"], ["groups.name"], name="fk_memberships_group", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account"], ["accounts.identifier"], name="fk_memberships_account"),
    )
    op.create_table(
        "enrolments",
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("used_at", _time),
        sa.PrimaryKeyConstraint("account", "created_at", name="pk_enrolments"),
        sa.ForeignKeyConstraint(["account"], ["accounts.identifier"], name="fk_enrolments_account"),
    )
    op.create_table(
        "certificates",
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("not_after", _time, nullable=False),
        sa.Column("seen_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_certificates"),
        sa.ForeignKeyConstraint(["account"], ["accounts.identifier"], name="fk_certificates_account"),
    )
    op.create_index("ix_certificates_account", "certificates", ["account"])
    op.create_table(
        "requests",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        *_person("user", "requests"),
        sa.Column("to_kind", sa.String(10), nullable=False),
        sa.Column("to_target", sa.String(300), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("topic", sa.String(500), nullable=False),
        sa.Column("inventory", sa.JSON, nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("asked_at", _time, nullable=False),
        sa.Column("waiting_since", _time, nullable=False),
        sa.Column("over_at", _time),
        sa.Column("why", sa.String(30)),
        sa.Column("session", sa.String(32)),
        sa.Column("declined", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("identifier", name="pk_requests"),
    )
    op.create_index("ix_requests_asked_at", "requests", ["asked_at"])
    op.create_index("ix_requests_open", "requests", ["state"], sqlite_where=sa.text("state <> 'over'"))
    op.create_table(
        "sessions",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("request", sa.String(32), nullable=False),
        *_person("user", "sessions"),
        *_person("helper", "sessions"),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("granted_at", _time, nullable=False),
        sa.Column("spliced_at", _time),
        sa.Column("active_at", _time),
        sa.Column("ended_at", _time),
        sa.Column("why", sa.String(30)),
        sa.Column("up", sa.BigInteger),
        sa.Column("down", sa.BigInteger),
        sa.Column("retickets_user", sa.Integer, nullable=False),
        sa.Column("retickets_helper", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("identifier", name="pk_sessions"),
        sa.ForeignKeyConstraint(["request"], ["requests.identifier"], name="fk_sessions_request"),
    )
    op.create_index("ix_sessions_request", "sessions", ["request"])
    op.create_index("ix_sessions_granted_at", "sessions", ["granted_at"])
    op.create_index("ix_sessions_open", "sessions", ["granted_at"], sqlite_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", _time, nullable=False),
        sa.Column("actor", sa.String(300), nullable=False),
        sa.Column("event", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("previous", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    if op.get_context().dialect.name == "sqlite":
        for trigger in _TRIGGERS:
            op.execute(trigger)


def downgrade() -> None:
    """There is nothing before the first tables."""
    raise NotImplementedError("an audit log is never taken down")
