"""The locks in deploy/requirements hold what setup.cfg asks for, for every system, and say nothing of where it comes from."""

import hashlib
import re
import subprocess
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.tools import lock, prepare

SYSTEMS = {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}
PYTHONS = ("3.11", "3.12", "3.13")


def text_of(extra: str) -> str:
    """The lock of an extra."""
    return (lock.LOCKS / f"{extra}.txt").read_text(encoding="utf-8")


def environments() -> list[dict[str, str]]:
    """What markers are read against: each system with each Python."""
    here = {name: str(value) for name, value in default_environment().items()}
    return [
        {
            **here,
            "sys_platform": system,
            "platform_system": name,
            "python_version": it,
            "python_full_version": f"{it}.0",
        }
        for system, name in SYSTEMS.items()
        for it in PYTHONS
    ]


def test_each_extra_has_a_lock_and_no_lock_is_without_one() -> None:
    """deploy/requirements is what `make lock` makes of setup.cfg: no more files, and none missing."""
    assert sorted(path.name for path in lock.LOCKS.iterdir()) == sorted(f"{name}.txt" for name in lock.extras())


@pytest.mark.parametrize("extra", lock.extras())
def test_the_lock_covers_what_setup_cfg_asks_for(extra: str) -> None:
    """Every requirement, on each system and Python where it counts, is there in a version that setup.cfg allows."""
    pinned = [Requirement(pin) for pin in lock.pins(text_of(extra))]
    wanted = [Requirement(line) for line in lock.wanted(extra)]
    assert wanted
    for environment in environments():
        held = {
            canonicalize_name(pin.name): next(iter(pin.specifier)).version
            for pin in pinned
            if pin.marker is None or pin.marker.evaluate(environment)
        }
        for requirement in wanted:
            if requirement.marker is None or requirement.marker.evaluate(environment):
                version = held.get(canonicalize_name(requirement.name), "missing")
                assert version != "missing" and requirement.specifier.contains(version), (requirement, version)  # noqa: PT018


@pytest.mark.parametrize("extra", lock.extras())
def test_nothing_but_versions_and_their_hashes_stands_in_a_lock(extra: str) -> None:
    """No option, no address: each version is followed by hashes alone, so that it is the same from every index."""
    text = re.sub(r"(?m)\s*#.*$", "", text_of(extra)).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == len(list(lock.pins(text_of(extra))))
    for line in lines:
        pin, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
        assert hashes, pin
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in hashes), pin
        assert len(Requirement(pin).specifier) == 1
        assert Requirement(pin).url is None
    for word in ("://", "--index", "--extra-index", "--find-links", "--trusted-host", " @ "):
        assert word not in text_of(extra)


def test_a_package_has_one_version_in_all_locks() -> None:
    """Whoever installs two extras into one environment gets no version back and forth."""
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for extra in lock.extras():
        for pin in map(Requirement, lock.pins(text_of(extra))):
            versions[canonicalize_name(pin.name)].add(str(pin.specifier))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_what_is_wanted_is_read_through_the_extras_that_an_extra_names(tmp_path: Path) -> None:
    """An extra's lock is made from its own lines, those of the extras it names, the project's and the build's."""
    (tmp_path / "setup.cfg").write_text(
        '[options]\ninstall_requires =\n    one>=1; sys_platform == "linux"\n[options.extras_require]\na =\n    two\n'
        "b =\n    tasuki[a]\n    three[x]==3\nc =\n    tasuki[a, b]\nlock =\n    tool\n",
        encoding="utf-8",
    )
    (tmp_path / "pyproject.toml").write_text('[build-system]\nrequires = ["builder>=7"]\n', encoding="utf-8")
    assert lock.extras(tmp_path) == ["a", "b", "c", "lock"]
    assert lock.wanted("c", tmp_path) == ["two", "three[x]==3", 'one>=1; sys_platform == "linux"', "builder>=7"]
    assert lock.wanted("lock", tmp_path) == ["tool"]
    assert list(
        lock.pins("# a==1\na-b[x]==1.2 ; os_name == 'nt' \\\n    --hash=sha256:00\n    # via c==3\nc==3\n")
    ) == [
        "a-b[x]==1.2 ; os_name == 'nt'",
        "c==3",
    ]


def test_a_file_with_another_hash_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `make environment` runs refuses a wheel that is not the one of the lock, and a requirement without a hash."""
    wheel = tmp_path / "nothing_at_all-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        folder = "nothing_at_all-1.0.dist-info/"
        file.writestr(folder + "METADATA", "Metadata-Version: 2.1\nName: nothing-at-all\nVersion: 1.0\n")
        file.writestr(folder + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(folder + "RECORD", "")
    monkeypatch.setattr(prepare, "LOCKS", tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    venv = tmp_path / "venv"
    for hashes in (f" --hash=sha256:{64 * '0'}", ""):
        (tmp_path / "dev.txt").write_text(f"nothing-at-all==1.0{hashes}", encoding="utf-8")
        with pytest.raises(subprocess.CalledProcessError):
            prepare.locked(venv, "dev")
        assert not list(venv.rglob("nothing_at_all*"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (tmp_path / "dev.txt").write_text(f"nothing-at-all==1.0 --hash=sha256:{digest}", encoding="utf-8")
    prepare.locked(venv, "dev")
    assert list(venv.rglob("nothing_at_all*"))
