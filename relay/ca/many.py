"""Enrolment lines for many: a table of people in, as `tasuki-relay person export` writes it, a line for each account out.

A table again, a file for each line, or a QR code for each: whatever is made is for its owner only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.host.errors import TasukiError
from common.host.files import private_folder, write_private, write_private_all
from common.host.table_file import TableRow, WrongLine, format_table, read_table
from common.protocol.identity import Role
from relay.ca.orders import LINES_LIMIT, CaLines
from relay.ca.registrar import LineWish

COLUMNS: Final = ("external_id", "name", "role", "account", "expires", "line")
"""Of the table that is made. `name` is as the CA gave it, `expires` Unix seconds."""
_ACCOUNTS: Final = {Role.USER: "user_account", Role.HELPER: "helper_account"}
_KNOWN: Final = (
    *("external_id", "name", "roles", "department", "email", "note", "groups", "languages", "skills"),
    *("person", "user_account", "helper_account", "certified_name", "state"),
)


@dataclass(frozen=True, kw_only=True)
class MadeForOne:
    """A line, with what the table said whose it is, the name that was asked for, and the one that was given. `expires`: Unix seconds."""

    external_id: str
    wanted: str
    name: str
    role: str
    account: str
    expires: float
    line: str


def make_for_many(
    order: Callable[[CaLines], Any], path: Path, *, days: int, encoding: str, keep: bool = False
) -> tuple[list[MadeForOne], list[WrongLine]]:
    """A line for each account in the table: all, or none and every line of it that is wrong. `order` has the CA make them.

    Raises TasukiError (table_…).
    """
    rows, wrong = read_table(path, required=("name", "person"), known=_KNOWN, encoding=encoding)
    asked: list[tuple[TableRow, LineWish]] = []
    for row in rows:
        wishes = list(_wishes(row))
        if not wishes:
            wrong.append(WrongLine(line=row.line, error=TasukiError("line_no_account")))
        asked += [(row, wish) for wish in wishes]
    wishes = [wish for _, wish in asked]
    if len(wishes) > LINES_LIMIT:
        raise TasukiError("codes_too_many", count=len(wishes), limit=LINES_LIMIT)
    told = order(CaLines(wishes=wishes, days=days, try_only=bool(wrong), keep=keep))
    wrong += [
        WrongLine(line=asked[one["place"]][0].line, error=TasukiError(one["code"], **one["facts"]))
        for one in told["refused"]
    ]
    lines = [
        MadeForOne(
            external_id=row.cells.get("external_id", ""),
            wanted=one["wanted"],
            name=one["name"],
            role=one["role"],
            account=one["account"],
            expires=one["expires"],
            line=one["line"],
        )
        for (row, _), one in zip(asked, told["made"], strict=False)
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
            *(one.external_id, one.name, one.role, one.account),
            *(f"{one.expires:.0f}", one.line),
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
        wanted = name = f"{_file_name(one)}-{one.role}"
        number = 1
        while name.casefold() in taken:  # `12/3` and `12 3`; `a1` and `A1` where the file system knows no difference
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name.casefold())
        if qr:
            contents[folder / f"{name}.svg"] = _qr(one.line)
        else:
            contents[folder / f"{name}.txt"] = f"{one.line}\n".encode()
    try:
        write_private_all(contents)
    except OSError as error:
        raise TasukiError("folder_unusable", folder=folder, detail=error.strerror) from error


def _file_name(one: MadeForOne) -> str:
    """What the operator's records call the person, else the account, in characters that every file system takes."""
    text = one.external_id or one.account
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in text)[:80]


def _qr(text: str) -> bytes:
    import io

    import segno  # only here: it need not be loaded to sign certificates

    out = io.BytesIO()
    segno.make(text, micro=False).save(out, kind="svg", scale=4, border=4)
    return out.getvalue()
