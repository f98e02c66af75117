"""A backup's file: what goes in comes out, and nothing comes out of one that is changed, cut, or of another kind."""

import hashlib
import os
import tarfile
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from common.host.backup_file import BackupBrokenError, Content, Manifest, check_new, pack, unpack
from common.host.errors import TasukiError

BIG = bytes(range(256)) * 9000  # more than two pieces


def packed(folder: Path) -> bytes:
    """One with a file of the disk, two in memory, one of them empty."""
    (folder / "big").write_bytes(BIG)
    parts: dict[str, Content] = {"a.toml": b"settings", "issued/x/1.json": b"", "big.db": folder / "big"}
    file = BytesIO()
    pack(file, kind="test", made=12.5, parts=parts)
    return file.getvalue()


def opened(data: bytes, folder: Path, kind: str = "test", needed: str = "a.toml") -> Manifest:
    """Into a new folder."""
    (folder / "out").mkdir(exist_ok=True)
    return unpack(BytesIO(data), kind=kind, folder=folder / "out", needed=needed)


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    """Readable for the owner alone."""
    manifest = opened(packed(tmp_path), tmp_path)
    out = tmp_path / "out"
    assert (out / "a.toml").read_bytes() == b"settings"
    assert (out / "issued" / "x" / "1.json").read_bytes() == b""
    assert (out / "big.db").read_bytes() == BIG
    if os.name == "posix":
        assert {path.stat().st_mode & 0o777 for path in out.rglob("*") if path.is_file()} == {0o600}
    assert (manifest.made, set(manifest.files)) == (12.5, {"a.toml", "issued/x/1.json", "big.db"})


def test_anything_else_is_broken(tmp_path: Path) -> None:
    """Cut anywhere, a changed byte in any part, another kind, no tar at all."""
    good = packed(tmp_path)
    cases = [good[:cut] for cut in (0, 100, 600, 1500, 2200, len(good) // 2)]
    places = (good.index(b"settings"), good.index(bytes(range(256)) * 2) + 70_000, good.index(b'"files"') + 12)
    cases += [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in places]
    cases.append(b"x" * 20_000)
    for number, case in enumerate(cases):
        (tmp_path / f"{number}").mkdir()
        with pytest.raises(BackupBrokenError):
            opened(case, tmp_path / f"{number}")
    with pytest.raises(BackupBrokenError, match="test"):
        opened(good, tmp_path, kind="another")
    with pytest.raises(BackupBrokenError, match=r"b\.toml is missing"):
        opened(good, tmp_path, needed="b.toml")


def made_up(name: str, kind: bytes = tarfile.REGTYPE, *, listed: str) -> bytes:
    """One with an empty entry of this name, where its manifest lists another, or the same."""
    manifest = msgspec.json.encode(Manifest(kind="test", made=0.0, files={listed: hashlib.sha256().hexdigest()}))
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w|") as tar:
        first, second = tarfile.TarInfo("manifest.json"), tarfile.TarInfo(name)
        first.size = len(manifest)
        tar.addfile(first, BytesIO(manifest))
        second.type, second.linkname = kind, "/etc/passwd"
        tar.addfile(second, BytesIO())
    return file.getvalue()


@pytest.mark.parametrize(
    "name", ["../a", "/a", ".a", "a/../b", "a//b", "a/b/c/d/e", "a\nb", "ca.toml~", "Copy of ca.toml", "manifest.json"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Also where the manifest says that it belongs there. What would not be read back is not packed to begin with."""
    with pytest.raises(BackupBrokenError):
        opened(made_up(name, listed=name), tmp_path, needed=name)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    with pytest.raises(ValueError, match="no name"):
        pack(BytesIO(), kind="test", made=0.0, parts={name: b"x"})


def test_a_link_or_an_entry_too_many_is_broken(tmp_path: Path) -> None:
    """Whatever its name."""
    opened(made_up("a", listed="a"), tmp_path, needed="a")
    for kind, name in ((tarfile.SYMTYPE, "a"), (tarfile.REGTYPE, "b")):
        (tmp_path / name).mkdir()
        with pytest.raises(BackupBrokenError):
            opened(made_up(name, kind, listed="a"), tmp_path / name, needed="a")


def test_never_over_another(tmp_path: Path) -> None:
    """Nor over a link that leads nowhere."""
    check_new(tmp_path / "new")
    (tmp_path / "file").touch()
    names = ["file"]
    if os.name == "posix":
        (tmp_path / "link").symlink_to("nowhere")
        names.append("link")
    for name in names:
        with pytest.raises(TasukiError) as caught:
            check_new(tmp_path / name)
        assert caught.value.code == "backup_there"
