"""Tests beside each other: who is to be alone is, what shares a fixture shares one, and what is covered is added up."""

import json
import os
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[2]

CONFTEST = """
import json, os, pathlib, time
import pytest
from tests.support import workers

def pytest_configure(config):
    workers.configure(config)

@pytest.fixture
def stay(request):
    began = time.monotonic()
    time.sleep(0.2)
    line = json.dumps([request.node.name, os.getpid(), began, time.monotonic()])
    with open(pathlib.Path(__file__).with_name("times"), "a") as file:
        file.write(line + "\\n")
"""

SHARING = """
import os, pathlib
import pytest

@pytest.fixture(scope="module")
def dear():
    with open(pathlib.Path(__file__).with_name("made"), "a") as file:
        file.write(f"{os.getpid()}\\n")

@pytest.mark.parametrize("number", range(4))
def test_shares(number, dear, stay):
    pass
"""

APART = """
import pytest

@pytest.mark.parametrize("number", range(5))
def test_beside(number, stay):
    pass

@pytest.mark.alone
@pytest.mark.parametrize("number", range(3))
def test_alone(number, stay):
    pass
"""


def run(folder: Path, *arguments: str, house: Path = HOUSE) -> subprocess.CompletedProcess[str]:
    """Pytest on a folder of tests, with two workers; `house`: where they import from."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", *arguments]
    environ = {**os.environ, "PYTHONPATH": str(house), "TMPDIR": str(folder / "tmp")}
    (folder / "tmp").mkdir()
    return subprocess.run(
        [*command, "tests"], cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=120
    )


def test_who_is_to_be_alone_is(tmp_path: Path) -> None:
    """No test runs meanwhile; all others do run beside each other, and a module's fixture is made once."""
    tests = tmp_path / "tests"
    tests.mkdir()
    for name, text in (("conftest", CONFTEST), ("test_sharing", SHARING), ("test_apart", APART)):
        (tests / f"{name}.py").write_text(text, encoding="utf-8")
    done = run(tmp_path, "--strict-markers")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 passed" in done.stdout
    spans = [json.loads(line) for line in (tests / "times").read_text(encoding="utf-8").splitlines()]
    assert len({worker for _, worker, _, _ in spans}) == 2
    alone = [span for span in spans if span[0].startswith("test_alone")]
    assert len(alone) == 3
    for one in alone:
        assert [other for other in spans if other is not one and other[2] < one[3] and one[2] < other[3]] == []
    assert len((tests / "made").read_text(encoding="utf-8").splitlines()) == 1
    assert list((tmp_path / "tmp").glob("tasuki-tests-*")) == []


DYING = """
import os
import pytest

@pytest.mark.parametrize("number", range(20))
def test_lives(number):
    if number == 7:
        os._exit(1)
"""


def test_a_worker_that_dies_ends_the_run(tmp_path: Path) -> None:
    """With the name of the test that it died of, and soon."""
    tests = tmp_path / "tests"
    tests.mkdir()
    for name, text in (("conftest", CONFTEST), ("test_dying", DYING)):
        (tests / f"{name}.py").write_text(text, encoding="utf-8")
    done = run(tmp_path, "--strict-markers")
    assert done.returncode not in (0, None), done.stdout + done.stderr
    assert "crashed while running 'tests/test_dying.py::test_lives[7]'" in done.stdout


PURE = """
def sign(number):
    if number < 0:
        return "-"
    return "+"
"""


def covering(folder: Path, cases: str) -> subprocess.CompletedProcess[str]:
    """The plugin on a house of one pure room with one function, whose tests are given these numbers."""
    for name in ("tests/unit", "tests/support", "common/protocol", "relay/core"):
        (folder / name).mkdir(parents=True)
    plugin = (HOUSE / "tests/support/pure_coverage.py").read_text(encoding="utf-8")
    (folder / "tests/support/pure_coverage.py").write_text(plugin, encoding="utf-8")
    (folder / "pyproject.toml").write_text('[tool.coverage.report]\nexclude_also = ["nothing"]\n', encoding="utf-8")
    (folder / "common/protocol/signs.py").write_text(PURE, encoding="utf-8")
    test = f"import pytest\nfrom common.protocol.signs import sign\n\n@pytest.mark.parametrize('number', {cases})\n"
    test += "def test_sign(number):\n    assert sign(number) in '+-'\n"
    (folder / "tests/unit/test_signs.py").write_text(test, encoding="utf-8")
    other = "from common.protocol.signs import sign\n\ndef test_more():\n    assert sign(-1) == '-'\n"
    (folder / "tests/test_more.py").write_text(other, encoding="utf-8")
    return run(folder, "-p", "tests.support.pure_coverage", "--import-mode=importlib", house=folder)


def test_what_two_workers_have_run_is_added_up(tmp_path: Path) -> None:
    """Each of them runs one branch of the two."""
    done = covering(tmp_path, "[-1, 1]")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout  # the fourth is the one that says so


def test_what_no_unit_test_has_run_is_told(tmp_path: Path) -> None:
    """Another test's run of it does not count."""
    done = covering(tmp_path, "[1, 2]")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "common/protocol/signs.py: 4" in done.stdout
    assert "1 failed, 3 passed" in done.stdout
