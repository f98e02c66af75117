"""An enrolment line that lies ready in a file."""

from pathlib import Path

import pytest

from common.agent.enrolment.line_file import NAME, USER_DIRS, find, places
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role

LINE = str(EnrolmentLine(code="A" * 26, root=bytes(32), host="relay.example"))


def named(folder: Path) -> list[Path]:
    """The two names of a file that nobody numbered, in a folder."""
    return [folder / "tasuki-enrol-user.txt", folder / NAME]


@pytest.mark.parametrize(("platform", "home"), [("linux", "HOME"), ("darwin", "HOME"), ("win32", "USERPROFILE")])
def test_where_it_is_looked_for(tmp_path: Path, platform: str, home: str) -> None:
    """Beside the program first, then where downloads go; the one for this role before the one for both."""
    program = tmp_path / "program" / "tasuki-user"
    found = places(Role.USER, platform, {home: str(tmp_path)}, program)
    folders = [program.parent, tmp_path / "Downloads", tmp_path / "Desktop"]
    assert [path for path in found if "(" not in path.name] == [path for folder in folders for path in named(folder)]
    assert found.index(tmp_path / "Downloads" / "tasuki-enrol (2).txt") < found.index(tmp_path / "Downloads" / NAME)


def test_the_persons_own_downloads(tmp_path: Path) -> None:
    """Where the desktop's own file or the environment says that they are, in any language; the environment first."""
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / USER_DIRS).write_text(
        '# written by xdg-user-dirs-update\nXDG_DESKTOP_DIR="$HOME/デスクトップ"\nXDG_DOWNLOAD_DIR="$HOME/ダウンロード"\n'
        'XDG_MUSIC_DIR="$HOME/Music"\nXDG_TEMPLATES_DIR=nonsense\n',
        encoding="utf-8",
    )
    environ = {"HOME": str(tmp_path)}
    found = places(Role.USER, "linux", environ, tmp_path / "x")
    first = [path.parent.name for path in found if path.name == NAME]
    assert first == [tmp_path.name, "ダウンロード", "デスクトップ", "Downloads", "Desktop"]
    found = places(Role.USER, "linux", {**environ, "XDG_DOWNLOAD_DIR": "/got"}, tmp_path / "x")
    assert Path("/got") / NAME in found
    assert tmp_path / "ダウンロード" / NAME not in found
    assert {path.parent for path in places(Role.HELPER, "linux", {}, tmp_path / "x")} == {tmp_path}


def test_windows_knows_its_folders(tmp_path: Path) -> None:
    """Also where they were moved to another disk."""
    moved = {"downloads": str(tmp_path / "D"), "desktop": ""}
    found = places(Role.USER, "win32", {}, tmp_path / "x", windows=moved.__getitem__)
    assert tmp_path / "D" / NAME in found


def test_a_line_among_others(tmp_path: Path) -> None:
    """As editors on Windows save it, with a word of the operator before it."""
    (tmp_path / NAME).write_bytes(b"\xef\xbb\xbfFor Anna:\r\n\r\n  " + LINE.encode() + b"  \r\n")
    found = find([tmp_path / "missing", tmp_path, tmp_path / NAME])
    assert found is not None
    assert (found.text, found.path, found.line.host) == (LINE, tmp_path / NAME, "relay.example")
    assert LINE not in repr(found.line)


def test_however_it_was_saved(tmp_path: Path) -> None:
    """As a mail with the line wrapped, and as Notepad's "Unicode"."""
    mail = f"Subject: Tasuki\r\n\r\n> {LINE[:60]}\r\n> {LINE[60:]}\r\n"
    (tmp_path / "mail").write_bytes(mail.encode())
    (tmp_path / "wide").write_bytes(mail.encode("utf-16"))
    for name in ("mail", "wide"):
        found = find([tmp_path / name])
        assert found is not None
        assert found.text == LINE


def test_no_line(tmp_path: Path) -> None:
    """What cannot be a line is none, however large the file is."""
    (tmp_path / NAME).write_bytes(b"\xff\x00" * 200_000 + LINE.encode())
    assert find([tmp_path / NAME]) is None
