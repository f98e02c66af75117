"""A pytest plugin (`-p tests.support.pure_coverage`): the unit tests must run every branch of the pure rooms.

It measures from before the first import to the end of the last unit test, and adds one test behind that, which says what
was missed. Only with the whole of tests/unit collected: a part of the tests cannot cover the whole.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

HOUSE = Path(__file__).parents[2]
ROOMS = ("common/protocol", "relay/core")
NAME = "every_branch_of_the_pure_rooms_was_run"

_coverage = coverage.Coverage(
    data_file=None, branch=True, source=[str(HOUSE / room) for room in ROOMS], config_file=str(HOUSE / "pyproject.toml")
)


class MissedError(AssertionError):
    """Lines or branches that no unit test ran; the text is the table."""


class WholeCoverage(pytest.Item):
    """The test that stands behind the last unit test."""

    def runtest(self) -> None:
        """Stop measuring and compare."""
        _coverage.stop()
        missed = list(missing())
        if missed:
            raise MissedError("\n".join(missed))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The table alone, without a traceback through this plugin."""
        del style
        if excinfo.errisinstance(MissedError):
            return f"Not run by any unit test:\n{excinfo.value}"
        return str(excinfo.getrepr(style="short"))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where pytest says this stands."""
        return self.path, None, NAME


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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the test behind the last unit test, where all of them are run."""
    units = [index for index, item in enumerate(items) if item.path.is_relative_to(HOUSE / "tests" / "unit")]
    chosen = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    narrowed = config.option.keyword or config.option.markexpr or config.option.collectonly
    if not units or narrowed or not any((HOUSE / "tests" / "unit").is_relative_to(path) for path in chosen):
        _coverage.stop()
        return
    items.insert(units[-1] + 1, WholeCoverage.from_parent(session, name=NAME))


_coverage.start()
