"""Tables that people keep in CSV files: read line by line, so that each line that is wrong can be named, and written.

A line of the file is a row: no cell holds a line break. Programs that write CSV differ in little else that matters here.
"""

import csv
import difflib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from common.host.errors import TasukiError

ENCODINGS: Final = ("utf-8", "cp932")
"""What spreadsheets write: UTF-8, with or without a mark at its beginning, and in Japan also Windows' Shift-JIS."""
SIZE_LIMIT: Final = 64 << 20
"""Bytes of a file."""
ROWS_LIMIT: Final = 100_000
CELL_LIMIT: Final = 4096
"""Characters of a cell."""


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A row by its column names; `line` counts from 1, the heading included."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class WrongLine:
    """A line that is no row, or a row that cannot be used, and why."""

    line: int
    error: TasukiError


def read_table(
    path: Path, *, required: Sequence[str], known: Sequence[str], encoding: str = "utf-8"
) -> tuple[list[TableRow], list[WrongLine]]:
    """Rows and wrong lines of a CSV file whose first line names its columns: `required` and others of `known`.

    Cells come without blanks around them; rows of nothing are left out.
    Raises TasukiError for the whole: table_unreadable, table_too_large, table_no_heading, table_no_column, table_unknown_column.
    """
    lines = _lines(path)
    heading = _heading(path, lines[0] if lines else b"", encoding)
    for name in heading:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise TasukiError("table_unknown_column", path=path, column=name, near=near[0] if near else known[0])
    for name in required:
        if name not in heading:
            raise TasukiError("table_no_column", path=path, column=name)
    rows: list[TableRow] = []
    wrong: list[WrongLine] = []
    for number, raw in enumerate(lines[1:], start=2):
        try:
            cells = _cells(raw, encoding)
        except TasukiError as error:
            wrong.append(WrongLine(line=number, error=error))
            continue
        if not any(cells):
            continue
        if len(cells) != len(heading):
            uneven = TasukiError("line_cells", count=len(cells), wanted=len(heading))
            wrong.append(WrongLine(line=number, error=uneven))
        else:
            rows.append(TableRow(line=number, cells=dict(zip(heading, cells, strict=True))))
    return rows, wrong


def format_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV text with a heading, as `read_table` reads it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _lines(path: Path) -> list[bytes]:
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise TasukiError("table_too_large", path=path, limit=ROWS_LIMIT)
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise TasukiError("table_unreadable", path=path, detail=error.strerror) from error
    if len(lines) > ROWS_LIMIT + 1:
        raise TasukiError("table_too_large", path=path, limit=ROWS_LIMIT)
    return lines


def _heading(path: Path, raw: bytes, encoding: str) -> list[str]:
    try:
        heading = [name.lower() for name in _cells(raw, encoding)]
    except TasukiError as error:
        raise TasukiError("table_no_heading", path=path) from error
    if not any(heading) or len(set(heading)) != len(heading):
        raise TasukiError("table_no_heading", path=path)
    return heading


def _cells(raw: bytes, encoding: str) -> list[str]:
    """The cells of one line. Raises TasukiError: line_not_text, line_not_csv, line_too_long."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        raise TasukiError("line_not_text", encoding=encoding) from None
    if "\0" in text:
        raise TasukiError("line_not_text", encoding=encoding)
    try:
        cells = next(csv.reader([text], strict=True), [])
    except csv.Error:
        raise TasukiError("line_not_csv") from None
    if any(len(cell) > CELL_LIMIT for cell in cells):
        raise TasukiError("line_too_long", limit=CELL_LIMIT)
    return [cell.strip() for cell in cells]
