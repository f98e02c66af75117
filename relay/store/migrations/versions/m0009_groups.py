"""Who may ask a group, the most that its helpers may be allowed, and its hours."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Groups are as they were: everybody may ask them, for control too, and they have no hours of their own."""
    op.add_column("groups", sa.Column("restricted", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("groups", sa.Column("most", sa.String(10), nullable=False, server_default="control"))
    op.add_column("groups", sa.Column("hours", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("groups", sa.Column("time_zone", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "askers",
        sa.Column("group", sa.String(200), nullable=False),
        sa.Column("account", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(["group"], ["groups.name"], name="fk_askers_group", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account"], ["accounts.identifier"], name="fk_askers_account"),
        sa.PrimaryKeyConstraint("group", "account", name="pk_askers"),
    )


def downgrade() -> None:
    """An older relay would let everybody ask everything."""
    raise NotImplementedError("who may ask whom is never forgotten")
