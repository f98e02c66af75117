"""Records of a PostgreSQL server as one file, and put back from it, by PostgreSQL's own pg_dump and pg_restore.

The address is handed over in the environment: a command line with a password in it is read by everybody on the computer.
pg_dump reads within one transaction, beside whoever writes; pg_restore does all of it or nothing.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from relay.core.storing import StoreUnavailableError
from relay.store.engines import is_postgresql, open_engine, url_of
from relay.store.opening import opening

LONGEST: Final = 3600.0
"""Seconds that one of them may take."""
_LOCK: Final = "10s"
"""A table that another program keeps locked is waited for so long."""
_SAID: Final = 1000
"""Bytes of what it said that are kept: the end, where the fault stands."""
_CONNECT: Final = "10"
_VARIABLES: Final = {
    "ssl": "PGSSLMODE",
    "sslmode": "PGSSLMODE",
    "host": "PGHOST",
    "port": "PGPORT",
    "passfile": "PGPASSFILE",
}
"""What an address may have behind its question mark, as asyncpg names it, and libpq's variable for it; the rest is the driver's own."""
_PLACE: Final = frozenset({"host", "port"})
_TABLES: Final = sa.text(
    "SELECT count(*) FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
)

_ROLE: Final = sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role")


class ProgramMissingError(Exception):
    """It is not installed. The text is its name."""


class ProgramFailedError(Exception):
    """It did not do it. The text is the end of what it said."""


class DatabaseNotEmptyError(Exception):
    """There is something in it already."""


def dump(database: str, target: Path) -> None:
    """Everything in the database into `target`, a new file, in pg_dump's own format. It may take a while.

    Raises ProgramMissingError, ProgramFailedError, StoreUnavailableError (no such address).
    """
    words = ("--format=custom", "--no-owner", "--no-privileges", f"--lock-wait-timeout={_LOCK}", f"--file={target}")
    _run("pg_dump", words, _environment(url_of(database)))


def put_back(dumped: Path, database: str) -> None:
    """What `dump` wrote, into a database in which there is nothing, by a role that may make tables. All of it or nothing.

    Raises ProgramMissingError, ProgramFailedError, StoreUnavailableError.
    """
    url = url_of(database)
    words = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", f"--dbname={url.database}")
    _run("pg_restore", (*words, str(dumped)), _environment(url))


async def check_empty(database: str, *, used: str) -> None:
    """A database that a relay will use by the address `used`. Raises DatabaseNotEmptyError, StoreUnavailableError: it cannot be opened, is
    no PostgreSQL, or the relay's role is not there.
    """
    url, role = url_of(database), url_of(used).username
    if not is_postgresql(url):
        raise StoreUnavailableError(f"{url.render_as_string()}: not PostgreSQL")
    async with opening(url) as stack:
        engine = open_engine(url)
        stack.push_async_callback(engine.dispose)
        async with engine.connect() as connection:
            if (await connection.execute(_ROLE, {"role": role})).first() is None:
                raise StoreUnavailableError(f"{url.render_as_string()}: there is no role {role}")
            if (await connection.execute(_TABLES)).scalar_one():
                raise DatabaseNotEmptyError


def moved(used: str, database: str) -> str:
    """The relay's address `used`, where its database is now the one of `database`: role, password and options stay."""
    before, now = url_of(used), url_of(database)
    if not is_postgresql(before):
        return database
    query = {name: value for name, value in before.query.items() if name not in _PLACE}
    query |= {name: value for name, value in now.query.items() if name in _PLACE}
    address = sa.URL.create(
        before.drivername, before.username, before.password, now.host, now.port, now.database, query
    )
    return address.render_as_string(hide_password=False)


def _environment(url: sa.URL) -> dict[str, str]:
    options: Mapping[str, object] = url.query
    given = {
        "PGHOST": url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGCONNECT_TIMEOUT": _CONNECT,
        "PGAPPNAME": "tasuki-relay backup",
        **{variable: options.get(name) for name, variable in _VARIABLES.items() if isinstance(options.get(name), str)},
    }
    return {**os.environ, **{name: str(value) for name, value in given.items() if value is not None}}


def _run(program: str, words: tuple[str, ...], environment: Mapping[str, str]) -> None:
    found = shutil.which(program)
    if found is None:
        raise ProgramMissingError(program)
    with tempfile.TemporaryFile() as said:
        try:
            done = subprocess.run(
                [found, *words, "--no-password"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                timeout=LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ProgramFailedError(f"{program}: {LONGEST:.0f} s") from None
        if done.returncode:
            said.seek(max(0, said.seek(0, os.SEEK_END) - _SAID))
            raise ProgramFailedError(f"{program}: {said.read().decode(errors='replace').strip() or done.returncode}")
