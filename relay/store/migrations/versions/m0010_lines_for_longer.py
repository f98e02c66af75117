"""Until when an enrolment line is good that was made for many, and so for longer than a day."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those there are were good for a day."""
    op.add_column("enrolments", sa.Column("expires_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """They all are, then."""
    op.drop_column("enrolments", "expires_at")
