"""Lines for many: where they are written."""

from pathlib import Path

import pytest

from common.protocol.enrolment import EnrolmentLine
from relay.ca.many import MadeForOne, write_each


def made(external: str) -> MadeForOne:
    """A line for this person of the operator's."""
    code = "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[ord(letter) % 32] for letter in external.rjust(26, "A")[-26:])
    line = EnrolmentLine(code=code, root=bytes(32), host="help.example.org")
    return MadeForOne(
        external_id=external, wanted="Anna", name="Anna", role="user", account="a", expires=1.0, line=str(line)
    )


@pytest.mark.parametrize("qr", [False, True])
def test_no_line_is_written_over_another(tmp_path: Path, *, qr: bool) -> None:
    """Identifiers that come to the same name of a file, also where the file system does not tell a from A."""
    lines = [made(external) for external in ("12/3", "12 3", "a1", "A1", "x" * 90, "x" * 95)]
    write_each(lines, tmp_path / "lines", qr=qr)
    names = [one.name.casefold() for one in (tmp_path / "lines").iterdir()]
    assert len(names) == len(set(names)) == len(lines)
    if not qr:
        assert {one.read_text().strip() for one in (tmp_path / "lines").iterdir()} == {one.line for one in lines}
