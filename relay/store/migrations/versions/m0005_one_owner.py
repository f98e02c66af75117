"""Who owns a database on PostgreSQL, and the triggers that keep the audit log append-only there too."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_POSTGRESQL = (
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE FUNCTION audit_at_the_end() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS
    $$ BEGIN
        IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit) THEN
            RAISE 'the audit log grows at its end' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_at_the_end BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_at_the_end()""",
)


def upgrade() -> None:
    """Nobody has owned it yet."""
    owner = op.create_table(
        "owner",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_owner"),
    )
    op.bulk_insert(owner, [{"number": 1, "epoch": 0, "holder": ""}])
    if op.get_context().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)


def downgrade() -> None:
    """The audit log keeps its triggers."""
    raise NotImplementedError("an audit log is never taken down")
