"""The programs that macOS has and Linux too: what they print of real processes and sockets."""

import os
import shutil
import socket
import subprocess
import sys

from common.agent.keeper.process_table import family, listed
from common.agent.keeper.socket_owner import lsof_finds

LSOF = shutil.which("lsof") or "lsof"


def test_ps_does_not_count_itself() -> None:
    """As macOS lists: our children, zombies left out, and without the ps that lists them."""
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert sleeper.pid in family(os.getpid(), listed())
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    ours = {process.pid for process in listed() if process.parent == os.getpid()}
    sleeper.communicate()
    assert sleeper.pid not in ours
    assert listed()
    commands = subprocess.run(
        ["/bin/ps", "-ax", "-o", "pid=", "-o", "comm="], capture_output=True, text=True, check=True
    )
    names = dict(line.split(None, 1) for line in commands.stdout.splitlines())
    assert "ps" not in {names.get(str(pid), "ps").strip() for pid in ours}


def test_lsof_tells_one_end_from_the_other() -> None:
    """As macOS asks: our own end of a connection, which has the other's address too, is no proof that the other is ours."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        ours, theirs = accepted.getsockname(), accepted.getpeername()
        assert lsof_finds(theirs, ours, lsof=LSOF)
        client.close()
        assert lsof_finds(ours, theirs, lsof=LSOF)
        assert not lsof_finds(theirs, ours, lsof=LSOF)
        accepted.close()
