"""People, each with one account a role. Every account there is becomes a person of the same UUID; names are the CA's matter from here on."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """SQLite makes `accounts` anew: whoever runs this has switched its foreign keys off, and checks them afterwards."""
    op.create_table(
        "people",
        sa.Column("identifier", sa.String(36), nullable=False),
        sa.Column("external_id", sa.String(100)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("email", sa.String(300), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("left_at", _time),
        sa.PrimaryKeyConstraint("identifier", name="pk_people"),
        sa.UniqueConstraint("external_id", name="uq_people_external_id"),
    )
    op.execute(
        "INSERT INTO people (identifier, name, department, email, note, created_at) "
        "SELECT identifier, name, '', '', '', created_at FROM accounts"
    )
    op.add_column("accounts", sa.Column("person", sa.String(36)))
    op.execute("UPDATE accounts SET person = identifier")
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_constraint("uq_accounts_role", type_="unique")
        accounts.drop_column("name_key")
        accounts.alter_column("person", existing_type=sa.String(36), nullable=False)
        accounts.create_foreign_key("fk_accounts_person", "people", ["person"], ["identifier"])
        accounts.create_unique_constraint("uq_accounts_person", ["person", "role"])


def downgrade() -> None:
    """Two people of one name have no place in the tables before."""
    raise NotImplementedError("people are never made accounts again")
