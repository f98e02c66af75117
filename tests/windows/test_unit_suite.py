"""The pure unit tests of both agents on Windows, and which of the branches for Windows they reach there.

In portions, each with a deadline of its own, so that one that hangs leaves the others to run.
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.platform_branches import HOUSE, ROOMS, branches
from tests.support.wine import WESTERN, Windows, on_windows, start
from tests.windows.portions import PORTIONS
from tests.windows.reached import NEVER_RUN, REACHED

MOST_MARKED = 70
DEADLINE = 900.0  # seconds for a portion
_SKIPPED = re.compile(r"^SKIPPED \[(\d+)\] \S+: (.*)$", re.MULTILINE)
_ENDED = re.compile(r"(\d+) (passed|failed|error|errors|skipped)\b")


@dataclass
class Portion:
    """What came of one."""

    counts: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)  # by the call that Windows lacks
    lines: dict[str, set[int]] = field(default_factory=dict)  # that ran, by module
    told: str = ""


def run(windows: Windows, portion: tuple[str, ...], report: Path) -> Portion:
    """One pytest there. It is failed where it does not end in time, or does not tell how it ended."""
    measuring = [f"--cov={room}" for room in ROOMS] + [f"--cov-report=json:{on_windows(report)}"]
    options = ["-p", "no:cacheprovider", "--color=no", "--tb=short", "-q", *measuring]
    process = subprocess.Popen(
        windows.command("-m", "pytest", *options, *portion),
        cwd=HOUSE,
        env={**windows.environ, "COVERAGE_FILE": on_windows(report.with_suffix(".data"))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        printed, _ = process.communicate(timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        printed, _ = process.communicate()
    told = printed.decode(errors="replace").replace("\r\n", "\n")
    report.with_suffix(".txt").write_text(told, encoding="utf-8")
    ended = told.rstrip().rpartition("\n")[2]
    counts = Counter({kind.removesuffix("s"): int(count) for count, kind in _ENDED.findall(ended)})
    if process.returncode not in {0, 1} or not counts:
        counts["failed"] += 1
    marked = Counter[str]()
    for count, reason in _SKIPPED.findall(told):
        marked[reason] += int(count)
    return Portion(counts=counts, marked=marked, lines=_lines(report), told=told)


def _lines(report: Path) -> dict[str, set[int]]:
    if not report.exists():
        return {}
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return {path.replace("\\", "/"): set(measured["executed_lines"]) for path, measured in files.items()}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Portion]]:
    """All of it, on a Windows of its own."""
    folder = tmp_path_factory.mktemp("suite")
    windows = start(folder, locale=WESTERN)
    yield [run(windows, portion, folder / f"{number}.json") for number, portion in enumerate(PORTIONS)]
    windows.end()


@pytest.mark.long
@pytest.mark.timeout(len(PORTIONS) * DEADLINE)
def test_the_unit_tests_pass(suite: list[Portion], capsys: pytest.CaptureFixture[str]) -> None:
    """But for those that are marked, each with the call that Windows lacks."""
    counts, marked = Counter[str](), Counter[str]()
    for portion in suite:
        counts += portion.counts
        marked += portion.marked
    with capsys.disabled():
        print(
            f"\nOn Wine: {counts['passed']} passed, {counts['failed'] + counts['error']} not, {counts['skipped']} marked:"
        )
        for reason, count in sorted(marked.items()):
            print(f"  {count:3} {reason}")
    for portion in suite:
        if portion.counts["failed"] or portion.counts["error"]:
            print(portion.told[-20_000:])
    assert counts["failed"] + counts["error"] == 0
    assert counts["passed"] > 2800
    assert counts["skipped"] == sum(marked.values()) <= MOST_MARKED


@pytest.mark.long
def test_every_branch_for_windows_runs(suite: list[Portion]) -> None:
    """In these tests, or in one that a table names, or the docs name it as never run."""
    lines: dict[str, set[int]] = {}
    for portion in suite:
        for module, ran in portion.lines.items():
            lines.setdefault(module, set()).update(ran)
    assert lines
    here = [branch for branch in branches() if branch.system == "win32"]
    missed = {one.name for one in here if one.line not in lines.get(one.module, set())}
    assert missed == set(REACHED) | set(NEVER_RUN)
