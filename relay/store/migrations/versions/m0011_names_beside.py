"""Names beside the audit log, which can go; and rows of it that say nothing any more, though nothing else of them can be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KEPT = ("number", "at", "event", "previous", "digest", "version")

_SQLITE = (
    "DROP TRIGGER audit_no_update",
    f"""CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    WHEN NOT (NEW.erased = 1 AND NEW.facts = '{{}}' AND NEW.names IS OLD.names
        AND NEW.actor IN (OLD.actor, '') AND NEW.subject IN (OLD.subject, '')
        AND {" AND ".join(f"NEW.{name} IS OLD.{name}" for name in _KEPT)})
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
)

_POSTGRESQL = (
    f"""CREATE FUNCTION audit_only_erased() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        IF NOT (NEW.erased AND NEW.facts::text = '{{}}' AND NEW.names::text = OLD.names::text
            AND NEW.actor IN (OLD.actor, '') AND NEW.subject IN (OLD.subject, '')
            AND {" AND ".join(f"NEW.{name} = OLD.{name}" for name in _KEPT)}) THEN
            RAISE 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$""",
    "DROP TRIGGER audit_no_change ON audit",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_only_erased()",
)


def upgrade() -> None:
    """Rows that are there keep their digest, which has no names in it."""
    op.add_column("audit", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("audit", sa.Column("names", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("audit", sa.Column("erased", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "audit_names",
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("account", "digest", name="pk_audit_names"),
    )
    for statement in _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """An older program would take every row of the new digest for damage."""
    raise NotImplementedError("an audit log is never taken down")
