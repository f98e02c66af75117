"""`person erase`: at the CA, in the list that backups carry, in the records, and in what lies beside them; then everything is looked through."""

import contextlib
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from common.host.byte_search import file_has, files_below, forms
from common.host.errors import TasukiError
from common.host.words import _
from relay.admin.orders import ErasePerson, LookBeforeErasing
from relay.commands.shared import carry_out, print_json
from relay.core.name_search import spellings
from relay.folder import open_folder


def erase(folder: Path, who: str, *, names: tuple[str, ...] = (), confirmed: bool, as_json: bool) -> int:
    """Ask, do it, and say what went; exit code 1 where something is left. `names`: what they were called, where that is not known here any more.

    Raises TasukiError: nothing was done, or it says what was.
    """
    opened = open_folder(folder)
    found = carry_out(folder, LookBeforeErasing(who=who, names=names))
    identifier, accounts = found["person"], found["accounts"]
    if not confirmed and not _meant(found):
        raise TasukiError("erase_not_meant")
    here = _at_ca(folder, identifier, accounts)
    result = carry_out(folder, ErasePerson(who=identifier, names=names))
    database = opened.database
    copies = _without_copies(database) if isinstance(database, Path) else []
    called = dict.fromkeys((*found["names"], *result["erasure"]["names"]))
    texts = [name for name in called if name not in result["shared"]]
    left = _still_there(folder, database, texts)
    if as_json:
        counts = {name: value for name, value in result["erasure"].items() if name != "names"}
        told = {"person": identifier, **counts, "rows": len(counts["rows"]), "cleared": result["cleared"]}
        print_json({**told, "copies": copies, "left": [str(path) for path in left], "at_ca": here})
    else:
        _tell(identifier, accounts, result, copies=copies, folder=folder, here=here, sqlite=isinstance(database, Path))
    if left:
        raise TasukiError("erased_but_left", files=", ".join(map(str, left)))
    if isinstance(database, Path) and not result["cleared"]:
        raise TasukiError("erased_not_cleared", person=identifier)
    if not called:
        raise TasukiError("erase_names_unknown", person=identifier)
    return 0


def _meant(found: dict[str, Any]) -> bool:
    """Ask, with what goes of others' as well."""
    if found["others"] or found["rows"]:
        click.echo(
            _(
                "A name of theirs stands in texts of {others} requests of others, and in {rows} rows of the audit log. All of these texts go."
            ).format(others=found["others"], rows=found["rows"]),
            err=True,
        )
    question = _("Erase {name} for good? Nobody can bring the name back.")
    return click.confirm(question.format(name=found["name"] or found["person"]), err=True)


def _tell(
    person: str,
    accounts: Sequence[str],
    result: dict[str, Any],
    *,
    copies: Sequence[str],
    folder: Path,
    here: bool,
    sqlite: bool,
) -> None:
    """By counts and identifiers: what is printed may be kept."""
    done = result["erasure"]
    click.echo(_("Person {person} is erased.").format(person=person))
    for label, count in (
        (_("requests whose name, topic, note and computer are gone"), done["requests"]),
        (_("sessions without the name"), done["sessions"]),
        (_("requests of others whose texts had the name in them"), done["others"]),
        (_("names beside the audit log"), done["beside"]),
        (_("rows of the audit log that say nothing any more"), len(done["rows"])),
        (_("copies from before a change of the tables, removed"), len(copies)),
    ):
        click.echo(f"  {count:6}  {label}")
    if result["shared"]:
        click.echo(
            _("Somebody else, or a group, is called so as well: that is still there."),
            err=True,
        )
    if not sqlite:
        click.echo(
            _("PostgreSQL keeps what was deleted until it is cleaned up:  VACUUM FULL  in this database."), err=True
        )
    if not here:
        command = shlex.join(["tasuki-ca", "erase", "--folder", str(folder / "ca"), person, *accounts])
        click.echo(_("Where the CA is:  {command}").format(command=command), err=True)
    click.echo(
        _("Backups, logs of other programs, and tables that were written before are not reached from here."), err=True
    )


def _at_ca(folder: Path, person: str, accounts: Sequence[str]) -> bool:
    """Erase at the CA in this folder first, which may refuse; whether it is here."""
    if not (folder / "ca" / "ca.toml").exists():
        return False
    from relay.initialise import run_ca

    run_ca("erase", "--yes", "--folder", folder / "ca", person, *accounts)
    return True


def _without_copies(database: Path) -> list[str]:
    """Remove what was kept before the tables were changed. Raises TasukiError (erased_but_left)."""
    gone = []
    for copy in sorted(database.parent.glob(f"{database.name}.before-*")):
        try:
            copy.unlink()
        except OSError as error:
            raise TasukiError("erased_but_left", files=copy) from error
        gone.append(copy.name)
    return gone


def _still_there(folder: Path, database: Path | str, texts: Sequence[str]) -> list[Path]:
    """Files in the relay's folder, and the database where it lies elsewhere, in which one of these texts stands, however it was spelt."""
    wanted = [form for text in texts for spelling in spellings(text) for form in forms(spelling)]
    paths = list(files_below(folder))
    if isinstance(database, Path) and folder not in database.parents:
        paths += [path for path in database.parent.glob(f"{database.name}*") if path.is_file()]
    found = []
    for path in paths if wanted else []:
        with contextlib.suppress(OSError):  # what may not be read, the CA's key say, is not ours to look through
            if file_has(path, wanted):
                found.append(path)
    return found
