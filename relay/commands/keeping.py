"""`backup` and `restore`: the relay in one file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from common.host.errors import TasukiError
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
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup_command(folder: Path, file: Path) -> None:
    """As they are at one moment."""
    from common.host.clock import utc_now
    from relay.folder import open_folder
    from relay.keeping import back_up

    opened = open_folder(folder)
    with disk_of(file):
        records = back_up(opened, file, clock=utc_now)
    click.echo(_("The relay's backup is {path}.").format(path=file))
    if not records:
        text = _("Its records are PostgreSQL's, and not in it: back them up with pg_dump --format=custom.")
        click.echo(text, err=True)
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
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore_command(folder: Path, file: Path, mailbox: Path | None, erased: Path | None) -> None:
    """What is there already is never written over."""
    from datetime import UTC, datetime

    from relay.keeping import restore

    with disk_of(folder):
        when, records = restore(file, folder, mailbox=mailbox, erased=erased)
    time = f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M} UTC"
    click.echo(_("The relay of {time} is ready in {folder}.").format(time=time, folder=folder))
    if not records:
        click.echo(_("Its records are PostgreSQL's: put them back with pg_restore before you start it."), err=True)
