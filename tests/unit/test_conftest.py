"""What the tests are promised of the process that runs them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's background job")
def test_a_background_job_is_tested_as_any_other() -> None:
    """A shell starts it with SIGINT and SIGQUIT ignored: an agent that a test ends by SIGINT ends there too."""
    chosen = "tests/unit/common/agent/keeper/test_main.py::test_nothing_is_left_when_the_agent_dies[SIGINT]"
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--timeout",
            "30",
            chosen,
        ],
        cwd=HOUSE,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_ignore,  # as a shell does it
    )
    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout


def _ignore() -> None:
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
