"""What is packed, and under which licences: an SBOM (CycloneDX, JSON) and the licences' texts, beside the programs.

PyInstaller leaves lists of every file that it took and where from. Each of them belongs to a Python distribution, to a
package of Debian, to Python itself, to noVNC, or to Tasuki; those are the components. What cyclonedx-py says of the
distributions in this environment is taken over, and what it says of all that was not packed is left out.
"""

import ast
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parents[1]
NOVNC = HOUSE / "helper_agent/viewers/page/novnc"
FILE = "sbom.cdx.json"
FOLDER = "licences"
GENERATED = {"SYMLINK", "PYZ", "OPTION"}  # kinds of entries that stand for no file of anybody's
TEXTS = re.compile(r"(?i)^(licen[sc]e|copying|notice|authors)")
# Wheels without a text of their licence; their metadata names it.
SUPPLIED = {
    "pacparser": ("LGPL-3.0", "GPL-3.0", "QuickJS"),
    "pyside6-addons": ("LGPL-3.0", "GPL-3.0", "Chromium"),
    "pyside6-essentials": ("LGPL-3.0", "GPL-3.0"),
    "shiboken6": ("LGPL-3.0", "GPL-3.0"),
}
BASE = Path(sys.base_prefix).resolve()
COMMON = Path("/usr/share/common-licenses")  # Debian's texts refer to these


@dataclass(frozen=True, kw_only=True)
class PackedComponent:
    """One component: what CycloneDX says of it, and files with the texts of its licences."""

    name: str
    said: Mapping[str, Any]
    texts: tuple[Path, ...] = ()
    files: set[Path] = field(default_factory=set, compare=False)


def write(lists: Path, folders: Iterable[Path], *, version: str) -> None:
    """Lay SBOM and licences into each of `folders`, which PyInstaller has collected in this order.

    `lists`: where PyInstaller left its own. Raises SystemExit where a text is missing.
    """
    said = environment()
    for number, folder in enumerate(folders):
        parts = sorted(components(packed(lists, number)), key=lambda part: part.name)
        made = bill(said, parts, version=version)
        validate(made)
        (folder / FILE).write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        shutil.rmtree(folder / FOLDER, ignore_errors=True)
        copy_texts(parts, folder / FOLDER)


def packed(lists: Path, number: int) -> set[Path]:
    """The files that PyInstaller took into the programs, and into the folder of this number (from 0).

    As its *.toc have them: Python literals with entries (name, source, kind). Not those of its analysis, of which
    parts.py leaves much out.
    """
    found: set[Path] = set()
    folder = f"COLLECT-{number:02}.toc"
    for path in sorted(lists.glob("*.toc")):
        if path.name == folder or not path.name.startswith(("Analysis", "COLLECT")):
            found |= set(_sources(ast.literal_eval(path.read_text(encoding="utf-8"))))
    if not found:
        raise SystemExit(f"{lists} holds no list of PyInstaller's: build the programs first")
    return found


def _sources(value: object) -> Iterator[Path]:
    if isinstance(value, tuple) and len(value) == 3 and all(isinstance(one, str) for one in value):
        if value[2] not in GENERATED and value[1]:
            yield Path(value[1])
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _sources(one)


def components(files: Iterable[Path]) -> list[PackedComponent]:
    """Who these files belong to. Python and noVNC are always among them."""
    owners = distribution_files()
    parts: dict[str, PackedComponent] = {}

    def add(part: PackedComponent, file: Path | None = None) -> None:
        known = parts.setdefault(part.name, part)
        if file is not None:
            known.files.add(file)

    add(python())
    add(novnc())
    for file in files:
        real = Path(os.path.realpath(file))
        owner = owners.get(str(real))
        if owner is not None:
            add(distribution(owner), file)
        elif HOUSE in real.parents and HOUSE / ".venv" not in real.parents:
            continue  # Tasuki itself, noVNC, or made by PyInstaller just now
        elif is_python(real):
            add(python(), file)
        elif (name := debian_owner(file)) is not None:
            add(debian(name), file)
        elif real.is_file():
            add(unknown(real), file)
    parts.pop("tasuki", None)  # installed here, it is a distribution too
    return list(parts.values())


def distribution_files() -> dict[str, metadata.Distribution]:
    """Which distribution of this environment a file belongs to, by its real path."""
    return {
        os.path.realpath(str(found.locate_file(file))): found
        for found in metadata.distributions()
        for file in found.files or ()
    }


def normalised(name: str) -> str:
    """A distribution's name as the index knows it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution(found: metadata.Distribution) -> PackedComponent:
    """A Python distribution; cyclonedx-py says the rest of it."""
    name = normalised(found.metadata["Name"])
    texts = [Path(str(found.locate_file(file))) for file in found.files or () if _is_text(file.parts)]
    texts += [HERE / "licences" / f"{text}.txt" for text in SUPPLIED.get(name, ())]
    return PackedComponent(name=name, said={"name": name, "version": found.version}, texts=tuple(texts))


def _is_text(parts: tuple[str, ...]) -> bool:
    inside = parts[0].endswith(".dist-info") and (len(parts) == 2 or parts[1] in {"licenses", "license_files"})
    return inside and TEXTS.match(parts[-1]) is not None


def is_python(file: Path) -> bool:
    """Whether a file came with the interpreter. The system's Python shares its folder with everything else there."""
    places = [Path(sysconfig.get_path("stdlib")).resolve(), *([BASE] if Path("/usr") != BASE else [])]
    return any(place in file.parents for place in places)


def python() -> PackedComponent:
    """The interpreter with its standard library."""
    version = platform.python_version()
    said = {
        "type": "application",
        "name": "CPython",
        "version": version,
        "licenses": [{"license": {"id": "PSF-2.0"}}],
        "purl": f"pkg:generic/cpython@{version}",
    }
    places = (Path(sysconfig.get_path("stdlib")) / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt")
    debians = Path(f"/usr/share/doc/python3.{sys.version_info[1]}/copyright")
    return PackedComponent(
        name="cpython", said=said, texts=tuple(path for path in (*places, debians) if path.is_file())[:1]
    )


def novnc() -> PackedComponent:
    """The viewer in the page."""
    said = json.loads((NOVNC / "package.json").read_text(encoding="utf-8"))
    return PackedComponent(
        name="novnc",
        said={
            "type": "library",
            "name": "@novnc/novnc",
            "version": said["version"],
            "licenses": [{"license": {"id": said["license"]}}],
            "purl": f"pkg:npm/%40novnc/novnc@{said['version']}",
        },
        texts=(NOVNC / "LICENSE.txt",),
    )


def debian_owner(file: Path) -> str | None:
    """The Debian package that holds a file; None where this is no Debian, or nobody holds it."""
    if shutil.which("dpkg-query") is None:
        return None
    real = os.path.realpath(file)  # Debian knows a file by its path with or without /usr
    for name in dict.fromkeys((str(file), real, real.removeprefix("/usr"), f"/usr{real}")):
        done = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.partition(":")[0]
    return None


def debian(name: str) -> PackedComponent:
    """A package of the system that the programs were built on."""
    shown = "--showformat=${Version} ${Architecture} "
    said = subprocess.run(["dpkg-query", "--show", shown, name], capture_output=True, text=True, check=True)
    version, architecture = said.stdout.split()[:2]
    system = platform.freedesktop_os_release().get("ID", "debian")
    return PackedComponent(
        name=f"{system}-{name}",
        said={
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/{system}/{name}@{version.replace(':', '%3A')}?arch={architecture}",
        },
        texts=(Path(f"/usr/share/doc/{name}/copyright"),),
    )


def unknown(file: Path) -> PackedComponent:
    """A file of the system's that no package holds, as on Windows and macOS: by its name and what is in it."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    said = {"type": "file", "name": file.name, "hashes": [{"alg": "SHA-256", "content": digest}]}
    return PackedComponent(name=f"file-{file.name}", said=said)


def environment() -> dict[str, Any]:
    """What cyclonedx-py says of this environment."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--no-validate"]
    done = subprocess.run([*command, sys.executable], capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def bill(said: Mapping[str, Any], parts: Iterable[PackedComponent], *, version: str) -> dict[str, Any]:
    """The SBOM: of the environment's what was packed, what else was, and Tasuki as what it is all for."""
    wanted = {part.name: part for part in parts}
    kept = [one for one in said["components"] if normalised(one["name"]) in wanted]
    known = {normalised(one["name"]) for one in kept}
    added = [{"bom-ref": name, **part.said} for name, part in wanted.items() if name not in known]
    references = {one["bom-ref"] for one in (*kept, *added)}
    needs = [
        {"ref": one["ref"], "dependsOn": sorted(references & set(one.get("dependsOn", ())))}
        for one in said["dependencies"]
        if one["ref"] in references
    ]
    tasuki = {
        "bom-ref": "tasuki",
        "type": "application",
        "name": "tasuki",
        "version": version,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    return {
        **said,
        "metadata": {**said["metadata"], "component": tasuki},
        "components": sorted([*kept, *added], key=lambda one: str(one["bom-ref"]).lower()),
        "dependencies": [*needs, {"ref": "tasuki", "dependsOn": sorted(references)}],
    }


def validate(made: Mapping[str, Any]) -> None:
    """Raise SystemExit where the SBOM is not as CycloneDX's schema wants it."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    wrong = JsonStrictValidator(SchemaVersion.from_version(made["specVersion"])).validate_str(json.dumps(made))
    if wrong is not None:
        raise SystemExit(f"the SBOM does not follow its schema: {wrong}")


def copy_texts(parts: Iterable[PackedComponent], folder: Path) -> None:
    """The texts of all licences, a folder for each component. Raises SystemExit where one has none."""
    for part in parts:
        if not part.texts and part.said.get("type") != "file":
            raise SystemExit(f"no text of the licence of {part.name} was found: put it into deploy/packages/licences")
        for text in part.texts:
            place = folder / part.name
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(text, place / text.name)
            for name in re.findall(rf"{COMMON.as_posix()}/([\w+-]+(?:\.[\w+-]+)*)", text.read_text("utf-8", "replace")):
                if (COMMON / name).is_file():
                    (folder / "common-licenses").mkdir(exist_ok=True)
                    shutil.copyfile(COMMON / name, folder / "common-licenses" / name)
    (folder / "tasuki").mkdir(parents=True)
    shutil.copyfile(HOUSE / "LICENSE", folder / "tasuki" / "LICENSE")
