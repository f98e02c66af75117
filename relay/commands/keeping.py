"""`backup` and `restore`: the relay in one file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from common.host.errors import TasukiError
from common.host.typed import ORDER_LIMIT, TypedName
from common.host.words import _
from relay.commands.shared import folder_option


@contextmanager
def disk_of(path: Path) -> Iterator[None]:
    """What a disk says that is full or cannot be written, as a sentence."""
    try:
        yield
    except OSError as error:
        raise TasukiError("backup_disk", path=error.filename or path, detail=error.strerror or error) from error


@click.command("backup", help=_("Keep settings, root and records in a new FILE, also while the relay runs."))
@folder_option
@click.option(
    "--without-records", is_flag=True, help=_("On PostgreSQL: the records have a backup of their own, elsewhere.")
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup_command(folder: Path, file: Path, without_records: bool) -> None:
    """As they are at one moment."""
    from common.host.clock import utc_now
    from relay.folder import open_folder
    from relay.keeping import back_up

    opened = open_folder(folder)
    with disk_of(file):
        back_up(opened, file, clock=utc_now, records=not without_records)
    click.echo(_("The relay's backup is {path}.").format(path=file))
    if without_records and not isinstance(opened.database, Path):
        click.echo(_("Its records are PostgreSQL's, and not in it."), err=True)
    click.echo(_("It does not hold the certificate authority: tasuki-ca backup."), err=True)


@click.command("restore", help=_("Make the relay of a backup anew, in a folder that has none."))
@folder_option
@click.option(
    "--mailbox",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("The folder shared with the CA, where it is another one than before."),
)
@click.option(
    "--erased",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("erased.json, or a newer backup: whoever was erased since this backup has no name in what is restored."),
)
@click.option(
    "--database",
    type=TypedName(ORDER_LIMIT),
    envvar="TASUKI_RESTORE_URL",
    help=_("On PostgreSQL: the address of an empty database for the records, as a role that may make tables."),
)
@click.option(
    "--without-records",
    is_flag=True,
    help=_("On PostgreSQL: the records are in place, in the database of the settings."),
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore_command(
    *,
    folder: Path,
    file: Path,
    mailbox: Path | None,
    erased: Path | None,
    database: str | None,
    without_records: bool,
) -> None:
    """What is there already is never written over."""
    from datetime import UTC, datetime

    from relay.keeping import restore

    with disk_of(folder):
        when = restore(file, folder, mailbox=mailbox, erased=erased, database=database, records=not without_records)
    time = f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M} UTC"
    click.echo(_("The relay of {time} is ready in {folder}.").format(time=time, folder=folder))
