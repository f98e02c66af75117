"""An enrolment line that lies ready in a file."""

from pathlib import Path

import pytest

from common.agent.enrolment.line_file import NAME, find, places
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role

LINE = str(EnrolmentLine(code="A" * 26, root=bytes(32), host="relay.example"))


@pytest.mark.parametrize(("platform", "home"), [("linux", "HOME"), ("darwin", "HOME"), ("win32", "USERPROFILE")])
def test_where_it_is_looked_for(tmp_path: Path, platform: str, home: str) -> None:
    """Beside the program first, then where downloads go; the one for this role before the one for both."""
    program = tmp_path / "program" / "tasuki-user"
    found = places(Role.USER, platform, {home: str(tmp_path)}, program)
    folders = [program.parent, tmp_path / "Downloads", tmp_path / "Desktop"]
    assert found == tuple(folder / name for folder in folders for name in ("tasuki-enrol-user.txt", NAME))


def test_the_persons_own_downloads(tmp_path: Path) -> None:
    """Where the desktop says that they are elsewhere."""
    environ = {"HOME": str(tmp_path), "XDG_DOWNLOAD_DIR": str(tmp_path / "got")}
    assert tmp_path / "got" / NAME in places(Role.HELPER, "linux", environ, tmp_path / "x")
    assert len(places(Role.HELPER, "linux", {}, tmp_path / "x")) == 2


def test_a_line_among_others(tmp_path: Path) -> None:
    """As editors on Windows save it, with a word of the operator before it."""
    (tmp_path / NAME).write_bytes(b"\xef\xbb\xbfFor Anna:\r\n\r\n  " + LINE.encode() + b"  \r\n")
    found = find([tmp_path / "missing", tmp_path, tmp_path / NAME])
    assert found is not None
    assert (found.text, found.path, found.line.host) == (LINE, tmp_path / NAME, "relay.example")
    assert LINE not in repr(found.line)


def test_no_line(tmp_path: Path) -> None:
    """What cannot be a line is none, however large the file is."""
    (tmp_path / NAME).write_bytes(b"\xff\x00" * 100_000 + LINE.encode())
    assert find([tmp_path / NAME]) is None
