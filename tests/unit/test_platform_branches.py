"""What runs on Windows or macOS alone is run there by a test, or docs/architecture.md says that it never ran.

What the tests on Wine reach is measured there: tests/windows/test_unit_suite.py.
"""

import pytest

from tests.support.platform_branches import HOUSE, ROOMS, Branch, branches, branches_of
from tests.windows.reached import NEVER_RUN, REACHED

WORDS = """
import sys
if sys.platform == "win32":
    A = 1
else:
    A = 2

def f(platform):
    if platform in {"win32", "darwin"}:
        return 1
    if platform == "linux":
        return 2
    return 3

def h():
    if sys.platform != "win32":
        return
    if sys.platform == "linux":
        raise OSError

class C:
    def g(self):
        if sys.platform != "win32":
            return None
        x = 4 if self.platform == "darwin" else 5
        return x
"""


def test_each_kind_of_question_is_seen() -> None:
    """With the line that runs there."""
    found = {(one.where, one.system, one.line) for one in branches_of("m.py", WORDS)}
    assert found == {
        ("", "win32", 4),
        ("f", "win32", 10),
        ("f", "darwin", 10),
        ("h", "win32", 18),
        ("C.g", "win32", 25),
    }


def test_the_tables_are_of_what_there_is() -> None:
    """Each name is that of a branch of Windows', and each test that it names is there."""
    names = {branch.name for branch in branches() if branch.system == "win32"}
    assert set(REACHED) | set(NEVER_RUN) <= names
    assert not set(REACHED) & set(NEVER_RUN)
    for test in set(REACHED.values()):
        path, _, function = test.partition("::")
        assert f"def {function}(" in (HOUSE / path).read_text(encoding="utf-8"), test


def never_run(branch: Branch) -> bool:
    """Whether the docs say so."""
    _, _, section = (HOUSE / "docs/architecture.md").read_text(encoding="utf-8").partition("## Never run")
    return f"`{branch.name}`" in section or f"`{branch.module}`" in section


@pytest.mark.parametrize("branch", [one for one in branches() if one.system == "darwin"], ids=lambda one: one.name)
def test_macos_is_named_as_never_run(branch: Branch) -> None:
    """Its module, or the function."""
    assert never_run(branch)


def test_modules_of_macos_are_named() -> None:
    """Whole ones too, which ask nothing."""
    found = [path for room in ROOMS for path in (HOUSE / room).rglob("macos.py")]
    assert len(found) >= 2
    for path in found:
        assert never_run(Branch(module=path.relative_to(HOUSE).as_posix(), where="", system="darwin", line=1))


def test_what_never_ran_on_windows_is_named() -> None:
    """The docs say what this table says."""
    found = [one for one in branches() if one.system == "win32" and one.name in NEVER_RUN]
    assert [one.name for one in found if not never_run(one)] == []
