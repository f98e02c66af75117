"""Tables that people keep in CSV files: each wrong line is named, and no line takes others with it."""

from pathlib import Path

import pytest

from common.host.errors import TasukiError
from common.host.table_file import CELL_LIMIT, ROWS_LIMIT, TableRow, format_table, read_table

KNOWN = ("id", "name", "note")


def table(folder: Path, content: str | bytes) -> Path:
    """A file of this content."""
    path = folder / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path, encoding: str = "utf-8") -> tuple[list[dict[str, str]], list[tuple[int, str]]]:
    """Cells of the rows, and numbers and codes of the wrong lines; each has a sentence."""
    rows, wrong = read_table(path, required=("id",), known=KNOWN, encoding=encoding)
    assert all(str(one.error) for one in wrong)
    return [row.cells for row in rows], [(one.line, one.error.code) for one in wrong]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_what_spreadsheets_write(tmp_path: Path, mark: bytes, end: bytes) -> None:
    """With a mark at the beginning or not, whatever ends a line, quoted or not, columns in any order and letter case."""
    lines = ["Name,ID", '"山田, 太郎",1', "", ' Hana ,"2"', ",", '"a ""b""",3']
    path = table(tmp_path, mark + end.join(line.encode() for line in lines))
    rows, wrong = read_table(path, required=("id",), known=KNOWN)
    assert rows == [
        TableRow(line=2, cells={"name": "山田, 太郎", "id": "1"}),
        TableRow(line=4, cells={"name": "Hana", "id": "2"}),
        TableRow(line=6, cells={"name": 'a "b"', "id": "3"}),
    ]
    assert wrong == []


def test_each_wrong_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    """No text, a quotation mark that nothing closes, too few and too many cells, a cell without end."""
    bad = [b"1,caf\xe9", b'"2,Ben', b"3", b"4,a,b", b"5," + b"x" * (CELL_LIMIT + 1), b"6,a\0b", b'"7"x,Carol']
    path = table(tmp_path, b"\n".join([b"id,name", b"0,Anna", *bad, b"8,Dora"]))
    rows, wrong = read(path)
    assert [row["id"] for row in rows] == ["0", "8"]
    assert wrong == [
        (3, "line_not_text"),
        (4, "line_not_csv"),
        (5, "line_cells"),
        (6, "line_cells"),
        (7, "line_too_long"),
        (8, "line_not_text"),
        (9, "line_not_csv"),
    ]


def test_shift_jis(tmp_path: Path) -> None:
    """As spreadsheets in Japan save it; read as UTF-8 its lines are no text."""
    path = table(tmp_path, "id,name\n1,表 十郎\n".encode("cp932"))
    assert read(path, "cp932") == ([{"id": "1", "name": "表 十郎"}], [])
    assert read(path) == ([], [(2, "line_not_text")])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "table_no_heading"),
        ("id,id\n", "table_no_heading"),
        (b"\xff\xfe\n", "table_no_heading"),
        ("name\n", "table_no_column"),
        ("id,nmae\n", "table_unknown_column"),
        ("id\n" + "1\n" * (ROWS_LIMIT + 1), "table_too_large"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, content: str | bytes, code: str) -> None:
    """Each says why, and of a column that is misspelt which was meant."""
    with pytest.raises(TasukiError) as caught:
        read(table(tmp_path, content))
    assert caught.value.code == code
    assert "list.csv" in str(caught.value)
    if code == "table_unknown_column":
        assert caught.value.facts["near"] == "name"
    with pytest.raises(TasukiError, match=r"nothing\.csv"):
        read(tmp_path / "nothing.csv")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Quotation marks, commas and other letters included."""
    cells = ["1", 'a "b", c', "日本 é;x"]
    assert read(table(tmp_path, format_table(KNOWN, [cells]))) == ([dict(zip(KNOWN, cells, strict=True))], [])
