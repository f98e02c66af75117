"""Enrolment lines for many: a table of people in, as `tasuki-relay person export` writes it, a line for each account out.

A table again, a file for each line, or a QR code for each: whatever is made is for its owner only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.host.errors import TasukiError
from common.host.files import private_folder, write_private, write_private_all
from common.host.table_file import TableRow, WrongLine, format_table, read_table
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from relay.ca.folder import CodeRecord
from relay.ca.registrar import LineWish, Registrar
from relay.ca.settings import DAY

COLUMNS: Final = ("external_id", "name", "role", "account", "expires", "line")
"""Of the table that is made. `name` is as the CA gave it, `expires` Unix seconds."""
_ACCOUNTS: Final = {Role.USER: "user_account", Role.HELPER: "helper_account"}
_KNOWN: Final = (
    *("external_id", "name", "roles", "department", "email", "note", "groups", "languages", "skills"),
    *("person", "user_account", "helper_account", "certified_name", "state"),
)


@dataclass(frozen=True, kw_only=True)
class MadeForOne:
    """A line, with what the table said whose it is, and the name that was asked for."""

    external_id: str
    wanted: str
    line: EnrolmentLine
    record: CodeRecord


def make_for_many(
    registrar: Registrar, path: Path, *, days: int, encoding: str
) -> tuple[list[MadeForOne], list[WrongLine]]:
    """A line for each account in the table: all, or none and every line of it that is wrong. Raises TasukiError (table_…)."""
    rows, wrong = read_table(path, required=("name", "person"), known=_KNOWN, encoding=encoding)
    asked: list[tuple[TableRow, LineWish]] = []
    for row in rows:
        wishes = list(_wishes(row))
        if not wishes:
            wrong.append(WrongLine(line=row.line, error=TasukiError("line_no_account")))
        asked += [(row, wish) for wish in wishes]
    made, refused = registrar.make_codes([wish for _, wish in asked], life=days * DAY, try_only=bool(wrong))
    wrong += [WrongLine(line=asked[place][0].line, error=error) for place, error in refused]
    lines = [
        MadeForOne(external_id=row.cells.get("external_id", ""), wanted=wish.name, line=line, record=record)
        for (row, wish), (line, record) in zip(asked, made, strict=False)
    ]
    return ([] if wrong else lines), sorted(wrong, key=lambda one: one.line)


def _wishes(row: TableRow) -> Iterator[LineWish]:
    cells = row.cells
    for role, column in _ACCOUNTS.items():
        if cells.get(column):
            yield LineWish(
                role=role,
                name=cells["name"],
                account=cells[column],
                person=cells["person"] or None,
                department=cells.get("department", ""),
            )


def as_table(lines: Sequence[MadeForOne]) -> str:
    """CSV with a row for each line."""
    rows = [
        (
            *(one.external_id, one.record.name, one.record.role.value, one.record.account),
            *(f"{one.record.expires:.0f}", str(one.line)),
        )
        for one in lines
    ]
    return format_table(COLUMNS, rows)


def write_table(lines: Sequence[MadeForOne], path: Path) -> None:
    """The table, in a file. Raises TasukiError (folder_unusable)."""
    try:
        write_private(path, as_table(lines).encode())
    except OSError as error:
        raise TasukiError("folder_unusable", folder=path, detail=error.strerror) from error


def write_each(lines: Sequence[MadeForOne], folder: Path, *, qr: bool) -> None:
    """A file for each line in `folder`: as agents look for one, in a folder for each person, or a picture with a QR code.

    Raises TasukiError (folder_unusable).
    """
    private_folder(folder)
    contents: dict[Path, bytes] = {}
    taken: set[str] = set()
    for one in lines:
        wanted = name = f"{_file_name(one)}-{one.record.role.value}"
        number = 1
        while name.casefold() in taken:  # `12/3` and `12 3`; `a1` and `A1` where the file system knows no difference
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name.casefold())
        if qr:
            contents[folder / f"{name}.svg"] = _qr(str(one.line))
        else:
            contents[folder / f"{name}.txt"] = f"{one.line}\n".encode()
    try:
        write_private_all(contents)
    except OSError as error:
        raise TasukiError("folder_unusable", folder=folder, detail=error.strerror) from error


def _file_name(one: MadeForOne) -> str:
    """What the operator's records call the person, else the account, in characters that every file system takes."""
    text = one.external_id or one.record.account
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in text)[:80]


def _qr(text: str) -> bytes:
    import io

    import segno  # only here: it need not be loaded to sign certificates

    out = io.BytesIO()
    segno.make(text, micro=False).save(out, kind="svg", scale=4, border=4)
    return out.getvalue()
