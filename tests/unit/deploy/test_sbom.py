"""The bill of materials: every file that is packed belongs to a component, and each component brings its licence along."""

import os
import shutil
import sysconfig
from importlib import metadata
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from deploy.packages import sbom

SITE = Path(sysconfig.get_path("purelib"))


def said_of(*names: str) -> dict[str, Any]:
    """What cyclonedx-py says of an environment with these distributions."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"tools": {}},
        "components": [{"bom-ref": f"{name}==1", "name": name, "version": "1", "purl": "x"} for name in names],
        "dependencies": [{"ref": f"{name}==1", "dependsOn": [f"{other}==1" for other in names]} for name in names],
    }


def test_the_lists_of_pyinstaller_are_read(tmp_path: Path) -> None:
    """Files from nested lists, but neither links, nor what its analysis found and parts.py left out, nor another folder's."""
    (tmp_path / "COLLECT-00.toc").write_text(
        "([('a', '/x/a.so', 'BINARY'), ('b', 'a', 'SYMLINK')],\n [('c', '/x/c.txt', 'DATA')])\n", encoding="utf-8"
    )
    (tmp_path / "PYZ-00.toc").write_text("('/out.pyz', [('m', '/x/m.py', 'PYMODULE')])\n", encoding="utf-8")
    (tmp_path / "Analysis-00.toc").write_text("([('d', '/x/unneeded.so', 'BINARY')],)\n", encoding="utf-8")
    (tmp_path / "COLLECT-01.toc").write_text("([('e', '/x/e.so', 'BINARY')],)\n", encoding="utf-8")
    assert sbom.packed(tmp_path, 0) == {Path("/x/a.so"), Path("/x/c.txt"), Path("/x/m.py")}
    with pytest.raises(SystemExit):
        sbom.packed(tmp_path / "absent", 0)


def test_files_belong_to_whom_they_came_from(tmp_path: Path) -> None:
    """A distribution, Python, a package of the system, nobody; Tasuki's own are no component."""
    stray = tmp_path / "stray.bin"
    stray.write_bytes(b"x")
    library = next(Path("/usr/lib").glob("*-linux-gnu/libz.so.1"), None)
    files = [SITE / "h11" / "_state.py", Path(os.__file__), stray, sbom.HOUSE / "common/__init__.py"]
    found = {part.name: part for part in sbom.components([*files, *([library] if library else [])])}
    owned = {"debian-zlib1g"} if library and shutil.which("dpkg-query") else set()
    assert {"h11", "cpython", "novnc", "file-stray.bin"} | owned == {
        name if not name.endswith("-zlib1g") else "debian-zlib1g" for name in found
    }
    assert found["h11"].files == {files[0]}
    assert found["cpython"].files == {files[1]}
    assert found["file-stray.bin"].said["hashes"][0]["content"].startswith("2d711642b726b044")
    assert found["novnc"].said["purl"].startswith("pkg:npm/%40novnc/novnc@")


def test_what_windows_are_made_of_has_its_licences() -> None:
    """PySide6's wheels bring no text, so Tasuki does; every other one of the package's brings its own."""
    for name in ("PySide6_Essentials", "shiboken6"):
        part = sbom.distribution(metadata.distribution(name))
        assert [text.name for text in part.texts] == ["LGPL-3.0.txt", "GPL-3.0.txt"]
        assert all("GNU" in text.read_text(encoding="utf-8") for text in part.texts)
    for texts in sbom.SUPPLIED.values():
        assert all((sbom.HERE / "licences" / f"{text}.txt").is_file() for text in texts)
    assert [text.name for text in sbom.distribution(metadata.distribution("h11")).texts] == ["LICENSE.txt"]


def test_the_bill_names_what_was_packed_alone() -> None:
    """What else is in the environment stays out, with what depended on it; what is no distribution comes in."""
    parts = [
        sbom.PackedComponent(name="one-two", said={"name": "one-two", "version": "1"}),
        sbom.PackedComponent(name="debian-zlib1g", said={"type": "library", "name": "zlib1g", "version": "3"}),
    ]
    made = sbom.bill(said_of("One.Two", "pytest"), parts, version="1.2.3")
    assert [one["bom-ref"] for one in made["components"]] == ["debian-zlib1g", "One.Two==1"]
    assert made["metadata"]["component"]["version"] == "1.2.3"
    assert made["dependencies"] == [
        {"ref": "One.Two==1", "dependsOn": ["One.Two==1"]},
        {"ref": "tasuki", "dependsOn": ["One.Two==1", "debian-zlib1g"]},
    ]


def test_no_component_goes_out_without_its_licence(tmp_path: Path) -> None:
    """Texts lie in a folder for each; one that has none ends the build."""
    text = tmp_path / "COPYING"
    text.write_text("free", encoding="utf-8")
    part = sbom.PackedComponent(name="one", said={"name": "one"}, texts=(text,))
    stray = sbom.PackedComponent(name="file-x", said={"type": "file", "name": "x"})
    sbom.copy_texts([part, stray], tmp_path / "out")
    assert (tmp_path / "out/one/COPYING").read_text(encoding="utf-8") == "free"
    assert (tmp_path / "out/tasuki/LICENSE").is_file()
    with pytest.raises(SystemExit, match="two"):
        sbom.copy_texts([sbom.PackedComponent(name="two", said={"name": "two"})], tmp_path / "other")


def test_licences_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a folder's name has backslashes, it is still what Debian's texts name."""
    monkeypatch.setattr(sbom, "COMMON", PureWindowsPath(sbom.COMMON))
    (tmp_path / "COPYING").write_text("free", encoding="utf-8")
    part = sbom.PackedComponent(name="one", said={"name": "one"}, texts=(tmp_path / "COPYING",))
    sbom.copy_texts([part], tmp_path / "out")
    assert (tmp_path / "out/one/COPYING").is_file()
