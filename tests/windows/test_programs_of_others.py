"""How a program is ended on Windows, and how one that runs already is seen."""

import pytest

from tests.support.wine import WESTERN, Windows

pytestmark = pytest.mark.parametrize("windows", [WESTERN], indirect=True)

ENDS = r"""
import asyncio, sys, tempfile, time
from pathlib import Path
from common.agent.keeper.client import Keeper

WITH_WINDOW = '''
import ctypes, subprocess, sys
from ctypes import wintypes
user32 = ctypes.WinDLL("user32")
user32.CreateWindowExW.restype = ctypes.c_void_p
window = user32.CreateWindowExW(0, "Static", "hidden", 0, 0, 0, 0, 0, ctypes.c_void_p(-3), None, None, None)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
open(sys.argv[1], "w").write(str(child.pid))
message = wintypes.MSG()
while user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
    if message.message == 0x10:
        if sys.argv[2] == "deaf":
            continue
        sys.exit(7)
'''

def alive(pid):
    from common.agent.keeper.process_table import _process_table
    return pid in {process.pid for process in _process_table()}

async def ended(keeper, *argv):
    pids = Path(tempfile.mkdtemp()) / "pids"
    program = await keeper.start([sys.executable, "-c", WITH_WINDOW, str(pids), *argv])
    while not pids.exists() or not pids.read_text():
        await asyncio.sleep(0.05)
    child = int(pids.read_text())
    began = time.monotonic()
    how = await asyncio.wait_for(program.stop(), 10)
    print(how.code, how.output.startswith("child"), time.monotonic() - began < 4, alive(child))

async def main():
    keeper = await Keeper.launch()
    await ended(keeper, "hears")
    await ended(keeper, "deaf")
    plain = await keeper.start([sys.executable, "-c", "import time; time.sleep(600)"])
    await asyncio.wait_for(plain.stop(), 10)
    left = await keeper.start([sys.executable, "-c", "import time; time.sleep(600)"])
    await keeper.close()
    print(alive(left.pid))

asyncio.run(main())
"""

SEEN = r"""
import asyncio, ctypes, os, sys, tempfile, winreg
from pathlib import Path
from common.agent.keeper.client import Keeper
from common.host.computer import Computer, this_computer
from common.host.errors import TasukiError
from user_agent.servers.choice import choose
from user_agent.servers.starting import start
from user_agent.servers.tightvnc import INSTANCE, KEY, SERVICE_ONLY, TightVncServer

HOLDS = f"import ctypes, sys; ctypes.WinDLL('kernel32').CreateMutexW(None, False, r'Local\\{INSTANCE}'); print(1, flush=True); sys.stdin.read()"

def held(computer):
    return computer.windows.holds_mutex(INSTANCE)

async def main():
    computer = this_computer()
    print(held(computer), computer.windows.machine_has_key(SERVICE_ONLY), computer.windows.machine_has_key("Software"))
    import subprocess
    other = subprocess.Popen([sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    other.stdout.readline()
    print(held(computer))
    keeper = await Keeper.launch()
    journal = Path(tempfile.mkdtemp()) / "journal"
    try:
        await start(TightVncServer(), computer=computer, keeper=keeper, random=os.urandom, journal=journal)
    except TasukiError as error:
        print(error.code, journal.exists())
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, KEY) as key:
        print("nothing was written" if not winreg.QueryInfoKey(key)[1] else "values")
    other.stdin.close()
    other.wait()
    print(held(computer))
    winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, SERVICE_ONLY)
    print(computer.windows.machine_has_key(SERVICE_ONLY))
    winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, SERVICE_ONLY)
    await keeper.close()

asyncio.run(main())
"""


READ = r"""
import os, sys, tempfile
from pathlib import Path
from common.host.windows import short_path, windows_here

windows = windows_here()
print(windows.file_version(sys.executable)[:2] == sys.version_info[:2], windows.is_file(sys.executable))
folder = Path(tempfile.mkdtemp()) / "助け 手"
folder.mkdir()
(folder / "none.exe").write_bytes(b"MZ")
print(windows.file_version(str(folder / "none.exe")), windows.file_version(str(folder / "absent.exe")))
short = short_path(str(folder))
print(short.isascii(), " " in short, os.path.samefile(short, folder), short_path(str(folder / "absent")) == str(folder / "absent"))
"""


def test_what_a_file_says_of_itself(windows: Windows) -> None:
    """Its version, where it has one; and its short name."""
    assert windows.printed("-c", READ) == "True True\nNone None\nTrue False True True\n"


FOUND = r"""
import os, tempfile, winreg
from pathlib import Path
from common.host.computer import this_computer
from common.host.installed_programs import APP_PATHS, SERVICES, UNINSTALL
from user_agent.servers.choice import why_none
from user_agent.servers.tightvnc import TightVncServer
from user_agent.servers.ultravnc import UltraVncServer

def note(root, key, name, text):
    with winreg.CreateKey(root, key) as handle:
        winreg.SetValueEx(handle, name, 0, winreg.REG_EXPAND_SZ, text)

computer = this_computer()
print(UltraVncServer().program(computer), TightVncServer().program(computer), why_none(computer).code)
place = Path(tempfile.mkdtemp()) / "道具 箱"
place.mkdir()
os.environ["TOOLS"] = str(place)
for name in ("winvnc.exe", "tvnserver.exe"):
    (place / name).write_bytes(b"MZ")
note(winreg.HKEY_CURRENT_USER, rf"{UNINSTALL}\Ultravnc2_is1", "DisplayName", "UltraVnc")
note(winreg.HKEY_CURRENT_USER, rf"{UNINSTALL}\Ultravnc2_is1", "InstallLocation", str(place) + "\\")
note(winreg.HKEY_LOCAL_MACHINE, rf"{SERVICES}\tvnserver", "ImagePath", r'"%TOOLS%\tvnserver.exe" -service')
print(UltraVncServer().program(computer) == str(place / "winvnc.exe"), TightVncServer().program(computer) == str(place / "tvnserver.exe"))
print(why_none(computer))
winreg.DeleteKey(winreg.HKEY_CURRENT_USER, rf"{UNINSTALL}\Ultravnc2_is1")
winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, rf"{SERVICES}\tvnserver")
"""


def test_programs_are_found_wherever_they_are(windows: Windows) -> None:
    """By what their installers wrote into the registry, in a folder whose name no code page has; and before that, neither is there."""
    assert windows.printed("-c", FOUND).splitlines() == ["None None no_vnc_server_windows", "True True", "None"]


def test_a_program_is_told_to_close_before_it_is_ended(windows: Windows) -> None:
    """By its windows, seen or not; what it has started goes too, and holds up nobody who waits for it."""
    assert windows.printed("-c", ENDS) == "7 True True False\n1 True True False\nFalse\n"


def test_the_persons_own_tightvnc_is_left_alone(windows: Windows) -> None:
    """It is seen by its mutex before anything of the registry is written; the administrator's key is seen too."""
    assert windows.printed("-c", SEEN).splitlines() == [
        "False False True",
        "True",
        "tightvnc_running False",
        "nothing was written",
        "False",
        "True",
    ]
