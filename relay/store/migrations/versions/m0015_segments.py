"""Segments of the audit log that lie in files, and rows that may go because they do."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_UP_TO = (
    "coalesce((SELECT max(s.last) FROM audit_segments s JOIN audit_heads h "
    "ON h.number = s.last AND h.digest = s.digest AND h.document IS NOT NULL), 0)"
)

_SQLITE = (
    "DROP TRIGGER audit_no_delete",
    f"""CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    WHEN OLD.number > {_UP_TO} OR OLD.number >= (SELECT max(number) FROM audit)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",  # noqa: S608  (nothing in it comes from outside)
)

_POSTGRESQL = (
    f"""CREATE FUNCTION audit_only_archived() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS
    $$ BEGIN
        IF OLD.number > {_UP_TO} OR OLD.number >= (SELECT max(number) FROM audit) THEN
            RAISE 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END $$""",  # noqa: S608
    "DROP TRIGGER audit_no_delete ON audit",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_only_archived()",
)


def upgrade() -> None:
    """Nothing is archived yet, so no row may go."""
    op.create_table(
        "audit_segments",
        sa.Column("last", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("last", name="pk_audit_segments"),
    )
    for statement in _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """An older program would take a log whose beginning has gone for damage."""
    raise NotImplementedError("an audit log is never taken down")
