"""Which mode a session had last, by its user's agent, and how often that changed."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of the sessions there are nobody has said it."""
    op.add_column("sessions", sa.Column("last_mode", sa.String(10)))
    op.add_column("sessions", sa.Column("mode_changes", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """The audit log has each change."""
    op.drop_column("sessions", "mode_changes")
    op.drop_column("sessions", "last_mode")
