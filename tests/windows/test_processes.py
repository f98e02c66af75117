"""What Windows itself says of processes."""

import pytest

from tests.support.wine import WESTERN, Windows

FAMILY = """
import os, subprocess, sys
from common.agent.keeper.process_table import descendants

WAITS = "import sys; sys.stdin.read()"
STARTS = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {WAITS!r}], stdin=subprocess.PIPE); print(child.pid, flush=True); sys.stdin.read()"
child = subprocess.Popen([sys.executable, "-c", STARTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
grandchild = int(child.stdout.readline())
other = subprocess.Popen([sys.executable, "-c", WAITS], stdin=subprocess.PIPE)
print(descendants(os.getpid()) == {child.pid, grandchild, other.pid})
print(descendants(child.pid) == {grandchild})
print(descendants(other.pid) == set())
other.kill()
other.wait()
print(other.pid not in descendants(os.getpid()))
child.kill()
child.wait()
"""


@pytest.mark.parametrize("windows", [WESTERN], indirect=True)
def test_a_family(windows: Windows) -> None:
    """Children and grandchildren, and nobody who has ended: asked of the system, not of another program."""
    assert windows.printed("-c", FAMILY) == "True\n" * 4
