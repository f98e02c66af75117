"""The tables' revision: brought up to date (`migrate`), looked at (`check`), and who may do what with them (`grant`).

On SQLite the store migrates when it is opened. On PostgreSQL it only looks: the role that a relay runs as has no right to
change tables, and `tasuki-relay migrate` is run by one that has.
"""

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from relay.core.storing import SchemaError
from relay.store import tables

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_ALL: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")
_RIGHTS: Final = {
    "audit": ("SELECT", "INSERT", "DELETE"),
    "audit_names": ("SELECT", "INSERT", "DELETE"),
    "audit_heads": ("SELECT", "INSERT", "UPDATE"),
    "audit_segments": ("SELECT", "INSERT", "UPDATE"),
    "owner": ("SELECT", "UPDATE"),
    "alembic_version": ("SELECT",),
}
_COLUMNS: Final = {"audit": ("actor", "subject", "facts", "erased")}
"""Of tables that may not be changed else: by which a row is made to say nothing any more, and a trigger sees to it that they are for that."""
_OWNS_SCHEMA: Final = "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = current_schema()"
_OWNS_AUDIT: Final = (
    "SELECT rolsuper OR pg_has_role(current_user, relowner, 'USAGE') FROM pg_roles, pg_class "
    "WHERE rolname = current_user AND pg_class.oid = 'audit'::regclass"
)


def head() -> str:
    """The revision of this program's tables."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def revision(connection: sa.Connection) -> str | None:
    """The revision of the tables that are there; None where there are none. Raises SchemaError where it is not known here."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None:
        try:
            ScriptDirectory.from_config(_config()).get_revision(found)
        except CommandError as error:
            raise SchemaError(found=found, wanted=head(), newer=True) from error
    return found


def check(connection: sa.Connection) -> None:
    """Raises SchemaError where the tables are not those of this program."""
    found, wanted = revision(connection), head()
    if found != wanted:
        raise SchemaError(found=found or "", wanted=wanted, newer=False)


def migrate(connection: sa.Connection) -> None:
    """Bring the tables up to date, in the transaction that `connection` is in. Raises SchemaError where they are newer."""
    if revision(connection) == head():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def grant(connection: sa.Connection, role: str) -> None:
    """On PostgreSQL: `role` may do what a relay does, and nothing else: the audit log can be read and added to, and its rows made to say nothing."""
    quote = connection.dialect.identifier_preparer.quote
    to, schema = quote(role), quote(connection.execute(sa.select(sa.func.current_schema())).scalar_one())
    every = ", ".join(f"{schema}.{quote(name)}" for name in _names())
    connection.exec_driver_sql(f"REVOKE ALL ON {every} FROM {to}")
    if connection.exec_driver_sql(_OWNS_SCHEMA).scalar_one():  # else whoever owns it has seen to that
        connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA {schema} FROM {to}")
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {to}")
    for name in _names():
        rights = ", ".join(_RIGHTS.get(name, _ALL))
        connection.exec_driver_sql(f"GRANT {rights} ON {schema}.{quote(name)} TO {to}")
    for name, columns in _COLUMNS.items():
        some = ", ".join(map(quote, columns))
        connection.exec_driver_sql(f"GRANT UPDATE ({some}) ON {schema}.{quote(name)} TO {to}")


def missing_rights(connection: sa.Connection) -> list[str]:
    """On PostgreSQL: what a relay does and the role of this connection may not, as `right table`."""
    quote = connection.dialect.identifier_preparer.quote
    may = sa.text("SELECT has_table_privilege(:table, :right)")
    may_column = sa.text("SELECT has_column_privilege(:table, :column, 'UPDATE')")
    missing = [
        f"{right} {name}"
        for name in _names()
        for right in _RIGHTS.get(name, _ALL)
        if not connection.execute(may, {"table": quote(name), "right": right}).scalar_one()
    ]
    return missing + [
        f"UPDATE {name}.{column}"
        for name, columns in _COLUMNS.items()
        for column in columns
        if not connection.execute(may_column, {"table": quote(name), "column": column}).scalar_one()
    ]


def may_change_tables(connection: sa.Connection) -> bool:
    """On PostgreSQL: whether the role of this connection could take the audit log's rules away."""
    return bool(connection.exec_driver_sql(_OWNS_AUDIT).scalar_one())


def _names() -> list[str]:
    return [*tables.metadata.tables, "alembic_version"]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
