"""`person import` and `person export`: the organisation's own list of people, in and out, as CSV."""

from pathlib import Path
from typing import Any, Final

import click

from common.host.errors import TasukiError, sentence
from common.host.table_file import ENCODINGS, TableRow, WrongLine, format_table, read_table
from common.host.words import _
from relay.admin.orders import ImportPeople, ListPeople, NoteLines, PersonLine
from relay.commands.people import state_of
from relay.commands.shared import carry_out, folder_option, json_option, print_json

WRITTEN: Final = ("external_id", "name", "roles", "department", "email", "note", "groups", "languages", "skills")
"""Columns that are taken over. Cells with several things in them have semicolons between these."""
ADDED: Final = ("person", "user_account", "helper_account", "certified_name", "state")
"""What an export has besides; an import looks at none of it."""


@click.command("import", help=_("Take people over from a CSV file, by their external ids."))
@folder_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help=_("Only say what would be changed, and which lines are wrong."))
@click.option("--sync", is_flag=True, help=_("Whoever has an external id and is not in the file has left."))
@click.option("--force", is_flag=True, help=_("Also where those are more than one in twenty of all."))
@click.option(
    "--encoding", type=click.Choice(ENCODINGS), default="utf-8", help=_("In which letters the file is written.")
)
@json_option
def import_command(
    *, folder: Path, file: Path, dry_run: bool, sync: bool, force: bool, encoding: str, as_json: bool
) -> int:
    """All lines or none. Exit code 1 where a line is wrong."""
    rows, wrong = read_table(file, required=("external_id", "name"), known=(*WRITTEN, *ADDED), encoding=encoding)
    order = ImportPeople(
        lines=tuple(map(_line, rows)), sync=sync and not wrong, force=force, dry_run=dry_run or bool(wrong)
    )
    told = carry_out(folder, order)
    wrong += [WrongLine(line=one["line"], error=TasukiError(one["code"], **one["facts"])) for one in told["wrong"]]
    wrong.sort(key=lambda one: one.line)
    if as_json:
        print_json({**told, "wrong": [{"line": one.line, "reason": sentence(one.error)} for one in wrong]})
        return 1 if wrong else 0
    for one in wrong:
        click.echo(_("Line {line}: {reason}").format(line=one.line, reason=sentence(one.error)))
    if wrong:
        raise TasukiError("import_nothing_done", count=len(wrong))
    counts = {name: told[name] for name in ("added", "changed", "left", "unchanged")}
    if dry_run:
        click.echo(
            _("It would be: {added} added, {changed} changed, {left} left, {unchanged} as they are.").format(**counts)
        )
    else:
        click.echo(_("{added} added, {changed} changed, {left} left, {unchanged} as they are.").format(**counts))
    if told["kept_out"]:
        click.echo(
            _("In the file, but disabled or left, and so they stay: {who}").format(who=", ".join(told["kept_out"])),
            err=True,
        )
    if told["returned"]:
        click.echo(
            _("Back, after a list had them leave; each computer needs a new enrolment line: {who}").format(
                who=", ".join(told["returned"])
            ),
            err=True,
        )
    if told["renamed"]:
        click.echo(
            _("Called otherwise than in their certificates, which only the CA changes: {who}").format(
                who=", ".join(told["renamed"])
            ),
            err=True,
        )
    return 0


@click.command("export", help=_("Print everybody as CSV, for person import and for tasuki-ca code --from."))
@folder_option
@click.option("--not-enrolled", is_flag=True, help=_("Only who has never had a certificate, in some role."))
@click.option(
    "--days",
    type=click.IntRange(1, 31),
    help=_("Note that enrolment lines are made of it, good for so many days, as tasuki-ca code --days."),
)
def export_command(folder: Path, not_enrolled: bool, days: int | None) -> None:
    """Whoever has left is not in it."""
    people = [one for one in carry_out(folder, ListPeople()) if not one["left_at"]]
    if not_enrolled:
        people = [one for one in people if any(not account["enrolled"] for account in one["accounts"])]
    table = [_cells(one, only_new=not_enrolled) for one in people]
    if days is not None:
        accounts = tuple(cell for cells in table for cell in cells[-4:-2] if cell)
        carry_out(folder, NoteLines(accounts=accounts, days=days))
    click.echo(format_table((*WRITTEN, *ADDED), table), nl=False)


def _line(row: TableRow) -> PersonLine:
    cells = row.cells
    return PersonLine(
        line=row.line,
        external_id=cells["external_id"],
        name=cells["name"],
        roles=cells.get("roles"),
        department=cells.get("department"),
        email=cells.get("email"),
        note=cells.get("note"),
        groups=_several(cells.get("groups")),
        languages=_several(cells.get("languages")),
        skills=_several(cells.get("skills")),
    )


def _several(cell: str | None) -> tuple[str, ...] | None:
    return None if cell is None else tuple(part for one in cell.split(";") if (part := one.strip()))


def _cells(one: dict[str, Any], *, only_new: bool) -> list[str]:
    accounts = {account["role"]: account for account in one["accounts"]}
    enabled = [role for role, account in accounts.items() if not account["disabled_at"]]
    helper = accounts.get("helper", {})
    wanted = {
        role: account["identifier"]
        for role, account in accounts.items()
        if not account["disabled_at"] and not (only_new and account["enrolled"])
    }
    return [
        one["external_id"] or "",
        one["name"],
        "+".join(enabled),
        one["department"],
        one["email"],
        one["note"],
        *(";".join(words) for words in (one["groups"], helper.get("languages", ()), helper.get("skills", ()))),
        one["identifier"],
        wanted.get("user", ""),
        wanted.get("helper", ""),
        next((account["name"] for account in one["accounts"]), one["name"]),
        state_of(one),
    ]
