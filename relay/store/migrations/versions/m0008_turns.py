"""How many transactions its owner has begun in a database: tells one who lost the answer to a commit whether it was kept."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None were counted before."""
    op.add_column("owner", sa.Column("turn", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    """They are counted no more."""
    op.drop_column("owner", "turn")
