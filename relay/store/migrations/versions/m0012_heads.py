"""Heads of the audit log: those that the CA has signed, and those that wait for it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was signed yet."""
    op.create_table(
        "audit_heads",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.LargeBinary),
        sa.Column("refused", sa.String(30)),
        sa.PrimaryKeyConstraint("number", name="pk_audit_heads"),
    )


def downgrade() -> None:
    """Signatures are never thrown away."""
    raise NotImplementedError("a signed head is kept")
