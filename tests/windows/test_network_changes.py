"""Windows' notices of a network that changes: heard on the loop from a thread of the system's, and not after their end."""

import json
from pathlib import Path

import pytest

from deploy.tools import wine
from tests.support.stand_ins import SOURCES
from tests.support.wine import WESTERN, Windows

# The library, and how many notices will come: how many were asked for, are still asked for in the end, and were heard.
HEARS = """
import asyncio, ctypes, json, sys
from common.net import address_changes

async def main():
    heard, enough = [], asyncio.Event()
    def changed():
        heard.append(asyncio.get_running_loop())  # raises in any other thread
        if len(heard) == int(sys.argv[2]):
            enough.set()
    library = ctypes.WinDLL(sys.argv[1])
    ends = [address_changes._notified(changed, library) for _ in range(2)]
    asked = library.asking()
    await asyncio.wait_for(enough.wait(), 20)
    for end in (*ends, *ends):  # twice does no harm
        end()
    print(json.dumps([asked, library.asking(), len(heard)]))

asyncio.run(main())
"""


@pytest.mark.parametrize("windows", [WESTERN], indirect=True)
@pytest.mark.parametrize(("options", "notices"), [((), 2), (("-DOLD",), 1)], ids=["2004", "1809"])
def test_what_windows_tells(windows: Windows, tmp_path: Path, options: tuple[str, ...], notices: int) -> None:
    """Every notice of every watch; each of them is cancelled."""
    library = tmp_path / "notices.dll"
    wine.compile_for_windows(SOURCES / "notices.c", library, "-shared", *options)
    expected = 2 * notices * 3
    asked, left, heard = json.loads(windows.printed("-c", HEARS, library, str(expected)))
    assert (asked, left) == (2 * notices, 0)
    assert heard == expected
