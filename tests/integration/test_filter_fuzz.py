"""The filter under two million messages, in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]


@pytest.mark.timeout(600)
def test_two_million_messages_and_not_one_input_event() -> None:
    """Every type, truncated everywhere, in any pieces: in view mode nothing comes out, in control mode something does.

    While the picture is stopped nothing at all does.
    """
    messages = int(os.environ.get("TASUKI_FUZZ_MESSAGES", "2000000"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.filter_fuzz", "--messages", str(messages)],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{messages} messages of 256 types" in done.stdout
    assert "input events in view mode: 0\n" in done.stdout
    assert re.search(r"pictures stopped: [1-9]\d{3,}", done.stdout)
    assert re.search(r"input events in control mode: [1-9]\d{3,}", done.stdout)
