"""The unit tests that run on a Windows Python can be imported there: nothing that they lead to at import time is missing.

Read from the text, so that it is seen without Windows. Whether they pass there: tests/windows/test_unit_suite.py.
"""

import ast
import inspect
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions

import pytest
from packaging.markers import Marker

from relay.ca import opening
from tests.support import ca_without_mailbox
from tests.support.imports import HOUSE, imports_on, modules, name_of, others, ours, ways, with_packages
from tests.windows.portions import UNIX_ONLY, files

LOCK = HOUSE / "deploy" / "requirements" / "dev.txt"
WINDOWS = {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"}
_LOCKED = re.compile(r"^([\w.-]+)==[^ ]+(?: ; (.*?))? \\$", re.MULTILINE)


def distributions(lock: str) -> set[str]:
    """What is installed there, by its names in lower case with hyphens."""
    return {
        re.sub(r"[-_.]+", "-", name).lower()
        for name, marker in _LOCKED.findall(lock)
        if not marker or Marker(marker).evaluate(WINDOWS)
    }


@cache
def lacking() -> dict[str, list[str]]:
    """From each module that cannot be imported there, the way to what is missing."""
    there = distributions(LOCK.read_text(encoding="utf-8"))
    packages = {
        name
        for name, by in packages_distributions().items()
        if {re.sub(r"[-_.]+", "-", one).lower() for one in by} & there
    }
    known = modules()
    edges: dict[str, set[str]] = {}
    missing: dict[str, set[str]] = {}
    for name, path in known.items():
        statements = list(imports_on("win32", ast.parse(path.read_bytes(), str(path)).body))
        named = {one for each in statements for one in ours(each, name, known, package=path.name == "__init__.py")}
        edges[name] = {before for one in {name, *named} for before in with_packages(one)} & known.keys() - {name}
        missing[name] = {
            other
            for statement in statements
            for other in others(statement)
            if other in UNIX_ONLY or other not in sys.stdlib_module_names | packages
        }
    return ways(edges, missing)


def test_all_that_runs_there_can_be_imported_there() -> None:
    """What other systems lack is imported inside the function that calls it, or under a question of sys.platform."""
    tests = sorted({name_of(path) for path in files(HOUSE)})
    assert len(tests) > 130
    found = [" → ".join(lacking()[name]) for name in tests if name in lacking()]
    assert not found, "\n".join(["a Windows Python cannot import these tests:", *found])


def test_the_ca_of_the_tests_there_takes_what_the_real_one_takes() -> None:
    """It stands in for it in tests.support.ca, where no type is checked."""
    real, there = (inspect.signature(one.initialise).parameters for one in (opening, ca_without_mailbox))
    assert {name: one.default for name, one in there.items()} == {name: one.default for name, one in real.items()}


def test_what_is_for_linux_alone_is_seen_as_such() -> None:
    """Else the test above would pass, whatever is imported."""
    assert lacking()["common.host.x11"] == ["common.host.x11", "Xlib"]
    assert lacking()["user_agent.input.releaser.hands"][-1] == "Xlib"
    assert lacking()["tests.support.postgresql"][-1] == "pwd"
    assert "common.host.files" not in lacking()  # fcntl inside a function


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b, c", {"a", "c"}),
        ("from a.b import c", {"a"}),
        ("from . import a", set[str]()),
        ("class C:\n    import a", {"a"}),
        ("def f():\n    import a", set[str]()),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", {"b"}),
        ("if sys.platform != 'win32':\n    import a\nelse:\n    import b", {"b"}),
        ("if sys.platform == 'linux':\n    import a\nelif os.name == 'nt':\n    import b\nelse:\n    import c", {"b"}),
        ("if whatever:\n    import a\nelse:\n    import b", {"a", "b"}),
        ("try:\n    import a\nexcept ImportError:\n    a = None", set[str]()),
        ("try:\n    import a\nexcept (OSError, ModuleNotFoundError):\n    a = None", set[str]()),
        ("try:\n    import a\nexcept OSError:\n    a = None", {"a"}),
        ("with contextlib.suppress(ImportError):\n    import a", set[str]()),
        ("with open('x'):\n    import a", {"a"}),
    ],
)
def test_what_runs_at_import(text: str, expected: set[str]) -> None:
    """And must succeed."""
    found = {other for one in imports_on("win32", ast.parse(text).body) for other in others(one)}
    assert found == expected


def test_the_way_is_told() -> None:
    """A shortest one, from every module that leads there."""
    edges = {"test": {"a", "b"}, "a": {"c"}, "b": {"end"}, "c": {"end"}, "end": set[str](), "free": {"test2"}}
    assert ways(edges, {"end": {"Xlib"}, "free": set()}) == {
        "end": ["end", "Xlib"],
        "b": ["b", "end", "Xlib"],
        "c": ["c", "end", "Xlib"],
        "a": ["a", "c", "end", "Xlib"],
        "test": ["test", "b", "end", "Xlib"],
    }


def test_what_the_lock_says() -> None:
    """Of each distribution, and for which systems."""
    lock = "a-B==1 \\\n    --hash=x\nc_d==2 ; sys_platform == 'linux' \\\ne==3 ; sys_platform == 'win32' \\\n"
    assert distributions(lock) == {"a-b", "e"}
