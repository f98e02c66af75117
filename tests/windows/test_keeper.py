"""What the keeper holds on Windows, and who hears Ctrl-C."""

import pytest

from tests.support.wine import WESTERN, Windows

pytestmark = pytest.mark.parametrize("windows", [WESTERN], indirect=True)

AGENT = """
import asyncio, sys
from common.agent.keeper.client import Keeper
from common.net import loop

async def main():
    keeper = await Keeper.launch()
    program = await keeper.start([sys.executable, "-c", "import time; time.sleep(300)"])
    print("ready", flush=True)
    try:
        await asyncio.sleep(300)
    finally:
        print("stopped", flush=True)
        await asyncio.sleep(1)
        print("runs" if program.exit is None else "ended", flush=True)
        await keeper.close()
        print("closed", flush=True)

loop.install()
sys.exit(loop.run(main))
"""

TERMINAL = f"""
import ctypes, signal, subprocess, sys, time

ctypes.windll.kernel32.SetConsoleCtrlHandler(None, False)  # heard, also by whom is started
agent = subprocess.Popen([sys.executable, "-c", {AGENT!r}], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
said = [agent.stdout.readline()]
signal.signal(signal.SIGINT, signal.SIG_IGN)
pressed = time.monotonic()
ctypes.windll.kernel32.GenerateConsoleCtrlEvent(0, 0)  # CTRL_C_EVENT
said.append(agent.stdout.readline())
print("at once" if time.monotonic() - pressed < 5 else "late")
said += agent.stdout
print(*(line.decode().strip() for line in said), agent.wait())
"""

IN_A_CONSOLE = f"""
import subprocess, sys

done = subprocess.run([sys.executable, "-c", {TERMINAL!r}], creationflags=subprocess.CREATE_NO_WINDOW, capture_output=True)
sys.stdout.buffer.write(done.stdout + done.stderr)
"""


def test_ctrl_c_is_the_agents(windows: Windows) -> None:
    """It hears it while nothing else happens, and ends what it holds by itself; the keeper and its programs do not."""
    assert windows.printed("-c", IN_A_CONSOLE) == "at once\nready stopped runs closed 0\n"


HOLDS = """
import asyncio, ctypes, os, sys, tempfile
from pathlib import Path
from common.agent.keeper.client import Keeper
from common.agent.keeper.process_table import descendants

SLEEPS = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(300)"
STARTS = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}, sys.argv[1]]); print('started', flush=True)"

async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.1)

async def main():
    ctypes.windll.user32.GetDesktopWindow()  # Wine starts its desktop as a child of whoever is the first to use one
    others = descendants(os.getpid())
    keeper = await Keeper.launch()
    sign = Path(tempfile.mkdtemp(), "sign")
    ended = await keeper.start([sys.executable, "-c", STARTS + "; sys.exit(4)", str(sign)])
    async with asyncio.timeout(30):
        how = await ended.wait()
    print(how.code, how.output.split())
    await until(sign.exists)  # before the keeper ends it
    await keeper.close()
    keeper = await Keeper.launch()
    for end in ("stop", "close"):
        sign.unlink()
        before = descendants(keeper.pid)
        program = await keeper.start([sys.executable, "-c", STARTS + "; time.sleep(300)", str(sign)])
        await until(sign.exists)
        await (program.stop() if end == "stop" else keeper.close())
        await until(lambda: descendants(keeper.pid) <= before)
    await until(lambda: descendants(os.getpid()) <= others)
    print("nothing left")

asyncio.run(main())
"""


def test_what_a_program_started_ends_with_it(windows: Windows) -> None:
    """Stopped, or at the keeper's end; and that it has ended is heard although its child holds its output."""
    assert windows.printed("-c", HOLDS) == "4 ['started']\nnothing left\n"
