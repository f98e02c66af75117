"""A disk that is really full, and gets room again."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.small_disk import with_small_disk

PROGRAM = "tests.integration.relay.store.full_disk_process"


@pytest.mark.parametrize(
    ("kind", "size"), [("sqlite", 2), ("postgresql", 24)]
)  # an empty database of that one has 8 MiB
def test_a_full_disk_is_noticed_and_healed(kind: str, size: int) -> None:
    """Nothing is half there, a few bytes of room are not taken for enough, and with room the store is well without a write."""
    with tempfile.TemporaryDirectory(prefix="tasuki-disk-") as folder:  # PostgreSQL's own user must get there
        command = with_small_disk(Path(folder), size, sys.executable, "-m", PROGRAM, kind, folder)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["noticed"]
    assert seen["reads"] == seen["written"] - 1
    assert seen["while full"] == [False] * 3
    assert seen["with a little room"] == [False] * 2
    assert seen["with room"] == [True] * 2
    assert seen["timers"] <= {"sqlite": 0, "postgresql": 1}[kind]  # an owner looks, now and then
    assert (seen["rows"], seen["holds"]) == (seen["written"], True)
