"""The tests in `servers`, which pytest runs on Windows itself: here before the stand-ins, on a runner before the real servers."""

import subprocess

import pytest

from deploy.demo.ports import free_port
from tests.support.desktops import listens, wait_for
from tests.support.display import virtual_display
from tests.support.stand_ins import DESKTOPS, tightvnc, ultravnc
from tests.support.wine import HOUSE, WESTERN, Windows

SERVERS = "tests/windows/servers"


@pytest.mark.timeout(400)
@pytest.mark.parametrize("windows", [WESTERN], indirect=True)
def test_before_stand_ins(windows: Windows) -> None:
    """All of them pass, and none is left out."""
    ultravnc(windows)
    tightvnc(windows)
    port = free_port()
    served = ("-localhost", "-no6", "-noipv6", "-rfbport", str(port), "-forever", "-shared", "-noremote", "-norc", "-q")
    with virtual_display(colour="#336699") as display:
        shown = subprocess.Popen(["x11vnc", "-display", display, *served], stderr=subprocess.DEVNULL)
        try:
            wait_for("the desktop's server", lambda: listens(port))
            done = subprocess.run(
                windows.command("-m", "pytest", "-p", "no:cacheprovider", "--color=no", "--tb=short", "-q", SERVERS),
                cwd=HOUSE,
                env={**windows.environ, DESKTOPS: str(port)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=300,
            )
        finally:
            shown.terminate()
            shown.wait()
    told = done.stdout.decode(errors="replace")
    assert done.returncode == 0, told
    assert "5 passed" in told
    assert "skipped" not in told
