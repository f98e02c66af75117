"""Sessions that outlive their legs: whether both agents can take one up again, since when it is interrupted, how often it was."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those there are end with their legs, as they were begun."""
    op.add_column("sessions", sa.Column("resumable", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("sessions", sa.Column("interrupted_at", sa.DateTime(timezone=True)))
    op.add_column("sessions", sa.Column("interruptions", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """What is interrupted ends at the next start."""
    for column in ("interruptions", "interrupted_at", "resumable"):
        op.drop_column("sessions", column)
