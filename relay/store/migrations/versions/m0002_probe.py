"""The table that the store writes to when it looks whether it can write."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty at first."""
    op.create_table(
        "probe",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("ballast", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_probe"),
    )


def downgrade() -> None:
    """It holds nothing."""
    op.drop_table("probe")
