"""A pytest plugin (`-p tests.support.pure_coverage`): the unit tests must run every branch of the pure rooms.

It measures from before the first import to the end of the last unit test, in every worker where there are several, but not
while other tests run, and reports one more test at the end, which says what was missed. Only with the whole of tests/unit
chosen: a part of the tests cannot cover the whole.
"""

import base64
import json
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import coverage
import pytest

HOUSE = Path(__file__).parents[2]
UNIT = HOUSE / "tests" / "unit"
ROOMS = ("common/protocol", "relay/core")
NAME = "tests/support/pure_coverage.py::every_branch_of_the_pure_rooms_was_run"
FOUND = "tasuki_pure_coverage"  # what a worker hands over at its end

_coverage = coverage.Coverage(
    data_file=None, branch=True, source=[str(HOUSE / room) for room in ROOMS], config_file=str(HOUSE / "pyproject.toml")
)
_coverage.set_option("run:disable_warnings", ["no-data-collected"])  # who only hands tests out runs none of it
_measuring = False


def measure(*, on: bool) -> None:
    """Begin or cease to measure."""
    global _measuring  # noqa: PLW0603 -- there is one tracer in a process
    if on != _measuring:
        _measuring = on
        (_coverage.start if on else _coverage.stop)()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What an end-to-end test runs in this process counts for nothing, and costs nothing."""
    measure(on=item.path.is_relative_to(UNIT))


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Report the additional test where all others have come to their ends."""
    result = yield
    measure(on=False)
    if not hasattr(session.config, "workerinput") and is_whole(session.config) and not session.shouldstop:
        table = "\n".join(missing())
        report = pytest.TestReport(
            nodeid=NAME,
            location=(NAME.partition("::")[0], None, NAME.rpartition("::")[2]),
            keywords={},
            outcome="failed" if table else "passed",
            longrepr=f"Not run by any unit test:\n{table}" if table else None,
            when="call",
        )
        session.config.hook.pytest_runtest_logreport(report=report)
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In a worker: hand over what was measured."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        measure(on=False)
        output[FOUND] = base64.b64encode(_coverage.get_data().dumps()).decode()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker has measured; one that died has nothing, and its tests have failed anyway."""
    found = getattr(node, "workeroutput", {}).get(FOUND)
    if found is not None:
        data = coverage.CoverageData(no_disk=True)
        data.loads(base64.b64decode(found))
        _coverage.get_data().update(data)


def is_whole(config: pytest.Config) -> bool:
    """Whether the whole of tests/unit was chosen."""
    chosen = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    narrowed = config.option.keyword or config.option.markexpr or config.option.collectonly
    return not narrowed and any(UNIT.is_relative_to(path) for path in chosen)


def missing() -> Iterator[str]:
    """A line for each file of the pure rooms with something missed, imported or not."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        _coverage.json_report(outfile=str(report))
        files = json.loads(report.read_bytes())["files"]
    for name, file in sorted(files.items()):
        told = list(spans(file["missing_lines"]))
        told += [f"{a}→{'exit' if b < 0 else b}" for a, b in file["missing_branches"] if a not in file["missing_lines"]]
        if told:
            yield f"  {Path(name).relative_to(HOUSE) if Path(name).is_absolute() else name}: {' '.join(told)}"


def spans(lines: list[int]) -> Iterator[str]:
    """Ascending line numbers as `3` and `7-12`."""
    while lines:
        count = next((at for at, line in enumerate(lines) if line != lines[0] + at), len(lines))
        yield str(lines[0]) if count == 1 else f"{lines[0]}-{lines[count - 1]}"
        lines = lines[count:]


measure(on=True)
