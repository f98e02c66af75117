"""How long a request stays that was left as a call back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has left one yet."""
    op.add_column("requests", sa.Column("call_back_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """They wait as others do."""
    op.drop_column("requests", "call_back_until")
