"""Who was put out by a list, which a later one may take back, and not by an operator."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody knows it of those who are out already: they stay, until an operator lets them in."""
    op.add_column("people", sa.Column("left_by_list", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("accounts", sa.Column("disabled_by_list", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """They are out as by an operator, then."""
    op.drop_column("accounts", "disabled_by_list")
    op.drop_column("people", "left_by_list")
