"""Files for other programs, whole or not there; and tables: CSV as RFC 4180 has it, written row by row, that no spreadsheet takes for formulas."""

import contextlib
import csv
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

import click

from common.host.errors import TasukiError
from common.host.files import PRIVATE_FILE
from common.host.words import _

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

csv_option = click.option(
    "--csv",
    "table",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help=_("Write all of them as CSV into this file, or to standard output (-)."),
)


def cell(value: object) -> str:
    """The text of a cell. One that a spreadsheet would calculate gets an apostrophe in front, by which it is a text (OWASP, CSV injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, int) else text


@contextlib.contextmanager
def whole_file(target: Path, *, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """What is written to, as it is (no ends of lines are changed). A file is whole or not there, and its owner's alone; `-` is standard output.

    Raises TasukiError (file_not_written).
    """
    if str(target) == "-":
        yield sys.stdout
        return
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding=encoding, newline="") as file:
            yield file
        beside.replace(target)
    except OSError as error:
        raise TasukiError("file_not_written", path=target, detail=error.strerror) from error
    finally:
        beside.unlink(missing_ok=True)


@contextlib.contextmanager
def table_in(target: Path, columns: Sequence[str]) -> Iterator[Callable[[Sequence[object]], None]]:
    """What writes a row. A file begins with a byte order mark, by which Excel knows UTF-8. Raises as `whole_file`."""
    with whole_file(target, encoding="utf-8-sig") as file:
        yield _writer(file, columns)


def _writer(file: IO[str], columns: Sequence[str]) -> Callable[[Sequence[object]], None]:
    rows: Any = csv.writer(file)
    rows.writerow(columns)
    return lambda row: rows.writerow([cell(value) for value in row])
