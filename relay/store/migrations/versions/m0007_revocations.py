"""What the CA is to revoke: asked by the relay, owed until the CA has answered."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing is owed yet."""
    op.create_table(
        "revocations",
        sa.Column("identifier", sa.String(32), nullable=False),
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("superseded", sa.Boolean, nullable=False),
        sa.Column("asked_at", _time, nullable=False),
        sa.Column("done_at", _time),
        sa.PrimaryKeyConstraint("identifier", name="pk_revocations"),
        sa.ForeignKeyConstraint(["account"], ["accounts.identifier"], name="fk_revocations_account"),
    )
    op.create_index("ix_revocations_account", "revocations", ["account"])


def downgrade() -> None:
    """What is owed would be forgotten."""
    raise NotImplementedError("a revocation that is owed is never forgotten")
