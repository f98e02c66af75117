"""What the relay's Debian package holds, and what its units, users and folders say of each other; no package is built here."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from deploy.packages import relay
from deploy.packages.check_relay import FOLDERS, UNITS

UNIT_FILES = relay.HOUSE / "deploy" / "systemd"


def test_units_start_what_the_package_has() -> None:
    """The programs where they lie, each as the user whose folder it serves, and the mailbox's group beside."""
    for program, module in relay.PROGRAMS.items():
        assert importlib.util.find_spec(module) is not None
        text = (UNIT_FILES / f"{program}.service").read_text(encoding="utf-8")
        assert f"ExecStart=/{relay.PLACE}/bin/{program} serve --folder /var/lib/{program} --json\n" in text
        assert f"\nUser={program}\n" in text
        assert "\nSupplementaryGroups=tasuki-mailbox\n" in text
        assert f"\nStateDirectory={program}\n" in text


def test_every_unit_is_installed() -> None:
    """And looked at where the package is tried."""
    assert set(relay.SYSTEMD) == {path.name for path in UNIT_FILES.iterdir()}
    assert {name for name in relay.SYSTEMD if not name.endswith(".conf")} == set(UNITS)


def test_folders_are_those_that_are_tried() -> None:
    """Owner, group and mode of each."""
    made = re.findall(r"^d (\S+) (\d+) (\S+) (\S+) -$", (UNIT_FILES / "tasuki.tmpfiles.conf").read_text(), re.MULTILINE)
    assert {path: f"{user}:{group} {mode.lstrip('0')}" for path, mode, user, group in made} == FOLDERS
    for path in FOLDERS:
        assert path.count("/") > 3 or path in relay.README


def imported(path: Path) -> set[str]:
    """The modules of Tasuki that this one imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    found |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return {
        name
        for name in found
        if name.split(".")[0] in {"common", "relay", "user_agent", "helper_agent", "deploy", "tests"}
    }


@pytest.mark.parametrize("part", relay.PARTS)
def test_nothing_is_imported_that_stays_behind(part: str) -> None:
    """A package without it would start, and fail where that is needed first."""
    whole = relay.HOUSE / part
    packed = tuple(one.removesuffix("/__init__.py").replace("/", ".") for one in relay.PARTS)
    for path in whole.rglob("*.py") if whole.is_dir() else [whole]:
        for name in imported(path):
            assert name.startswith(packed[1:]), (path, name)
