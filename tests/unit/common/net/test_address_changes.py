"""Changes of this computer's addresses are heard from the system."""

import asyncio
import sys

import pytest

from common.net.address_changes import watch_addresses

linux = pytest.mark.skipif(sys.platform != "linux", reason="netlink is Linux's")


@linux
async def test_nothing_is_told_where_nothing_changes() -> None:
    """And ended, it leaves nothing behind: the warnings would fail this test."""
    told: list[int] = []
    end = watch_addresses(lambda: told.append(1))
    await asyncio.sleep(0)
    end()
    assert told == []


@linux
async def test_an_address_that_comes_is_told() -> None:
    """In a network namespace of its own, on its loopback."""
    script = (
        "import asyncio, subprocess\n"
        "from common.net.address_changes import watch_addresses\n"
        "async def main():\n"
        "    told = asyncio.Event()\n"
        "    end = watch_addresses(told.set)\n"
        "    subprocess.run(['ip', 'address', 'add', '10.9.8.7/32', 'dev', 'lo'], check=True)\n"
        "    await asyncio.wait_for(told.wait(), 5)\n"
        "    end()\n"
        "    print('told')\n"
        "asyncio.run(main())\n"
    )
    child = await asyncio.create_subprocess_exec(
        "unshare", "--net", "--map-root-user", sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    assert out == b"told\n"
