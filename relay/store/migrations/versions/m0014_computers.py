"""On which computer each certificate is: a number for the computer, and what its agent says of it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of the certificates that there are nobody knows which was renewed from which: each counts as a computer of its own."""
    op.add_column("certificates", sa.Column("computer", sa.Integer, nullable=False, server_default="0"))
    op.add_column("certificates", sa.Column("computer_name", sa.String(200), nullable=False, server_default=""))
    op.add_column("certificates", sa.Column("system", sa.String(200), nullable=False, server_default=""))
    op.add_column("certificates", sa.Column("version", sa.String(64), nullable=False, server_default=""))
    known = op.get_bind().execute(sa.text("SELECT fingerprint FROM certificates ORDER BY not_after, fingerprint")).all()
    numbers = [{"one": row[0], "number": number} for number, row in enumerate(known, start=1)]
    if numbers:
        numbered = sa.text("UPDATE certificates SET computer = :number WHERE fingerprint = :one")
        op.get_bind().execute(numbered, numbers)
    op.create_index("ix_certificates_computer", "certificates", ["computer"])


def downgrade() -> None:
    """What agents have said is forgotten."""
    op.drop_index("ix_certificates_computer", "certificates")
    for name in ("computer", "computer_name", "system", "version"):
        op.drop_column("certificates", name)
