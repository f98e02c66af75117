"""`tasuki-ca backup` and `restore`: the CA in one file, which a passphrase protects."""

import os
from pathlib import Path

import click

from common.host.errors import TasukiError
from common.host.words import _, ngettext
from relay.ca.keeping import back_up, restore
from relay.ca.options import CaCommand, folder_option, moment
from relay.ca.process import utc_now
from relay.core.erased import ErasedPerson, decode_erased

_passphrase = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("A file whose first line is the passphrase; without, it is asked for."),
)


@click.command(
    "backup", cls=CaCommand, help=_("Keep the whole certificate authority in a new FILE, under a passphrase.")
)
@folder_option
@_passphrase
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup_command(folder: Path, file: Path, passphrase_file: Path | None) -> None:
    """Also while `serve` runs."""
    passphrase = _read(passphrase_file, twice=True)
    count = back_up(folder, file, passphrase, clock=utc_now, random=os.urandom)
    text = ngettext("{count} file is in {path}.", "{count} files are in {path}.", count)
    click.echo(text.format(count=count, path=file))
    click.echo(_("Keep the passphrase elsewhere: without it nobody can read that file."), err=True)


@click.command("restore", cls=CaCommand, help=_("Make the certificate authority of a backup anew in an empty folder."))
@folder_option
@_passphrase
@click.option(
    "--mailbox",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("The folder shared with the relay, where it is another one than before."),
)
@click.option(
    "--erased",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("erased.json of the relay or the CA: whoever was erased since this backup has no name in what is restored."),
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore_command(
    folder: Path, file: Path, mailbox: Path | None, passphrase_file: Path | None, erased: Path | None
) -> None:
    """What is there already is never written over."""
    listed = () if erased is None else _erased(erased)
    made = restore(file, folder, _read(passphrase_file), mailbox=mailbox, erased=listed, clock=utc_now)
    click.echo(_("The certificate authority of {time} is ready in {folder}.").format(time=moment(made), folder=folder))
    click.echo(
        _(
            "What was revoked since then has to be revoked again, before you start it. The old one must never run again."
        ),
        err=True,
    )


def _erased(file: Path) -> tuple[ErasedPerson, ...]:
    """Raises TasukiError (erased_list_unusable)."""
    try:
        return decode_erased(file.read_bytes())
    except (OSError, ValueError) as error:
        raise TasukiError("erased_list_unusable", path=file, detail=error) from error


def _read(file: Path | None, *, twice: bool = False) -> str:
    """Raises TasukiError (passphrase_unreadable)."""
    if file is None:
        return str(click.prompt(_("Passphrase"), hide_input=True, confirmation_prompt=twice, err=True))
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TasukiError("passphrase_unreadable", path=file, detail=error) from error
    return lines[0] if lines else ""
