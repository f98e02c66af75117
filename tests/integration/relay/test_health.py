"""What a balancer sees of a relay whose database fails and comes back: /healthz heals, and nobody had to ask for anything."""

import functools
import time
from pathlib import Path

from tests.support.postgresql import postgresql
from tests.support.relay_program import health, run, serving, stored_at
from tests.support.small_disk import SmallDisk, with_small_disk

PROBE = 1.0  # seconds


def settled(port: int, root: Path, told: tuple[int, str], *, within: float) -> None:
    """Wait until /healthz says this."""
    end = time.monotonic() + within
    while (now := health(port, root)) != told:
        assert time.monotonic() < end, now
        time.sleep(0.05)


def test_a_database_that_is_started_again(folder: Path) -> None:
    """503 and `database` once it is gone, 200 within a probe of its return; orders work again, and nothing was lost."""
    root = folder / "root.pem"
    with postgresql() as server:
        stored_at(folder, server.relays_url, store_probe=PROBE)
        run(folder, "migrate", "--url", server.url)
        with serving(folder) as relay:
            settled(relay.port, root, (200, "ok"), within=10)
            run(folder, "group", "add", "Desk")
            server.stop()
            settled(relay.port, root, (503, "database"), within=10)  # though nobody has written
            run(folder, "group", "add", "Attic", code=1)
            time.sleep(2 * PROBE)
            assert health(relay.port, root) == (503, "database")
            server.start()
            settled(relay.port, root, (200, "ok"), within=3 * PROBE)
            run(folder, "group", "add", "Attic")
            assert run(folder, "group", "list").stdout.split() == ["Attic:", "Desk:"]
            run(folder, "audit", "verify")
            log = relay.end()
    assert log.count("store_unwritable") == 1
    assert log.count("store_writable") == 1


def test_a_disk_that_was_full(folder: Path) -> None:
    """The same with a disk: full, with a little room, with room."""
    root, disk = folder / "root.pem", folder / "disk"
    disk.mkdir()
    stored_at(folder, "sqlite+aiosqlite:///disk/relay.db", store_probe=PROBE)
    with serving(folder, within=functools.partial(with_small_disk, disk, 2)) as relay:
        settled(relay.port, root, (200, "ok"), within=10)
        seen = SmallDisk(Path(f"/proc/{relay.process.pid}/root{disk}"))
        seen.fill()
        assert health(relay.port, root) == (200, "ok")  # nobody has written yet
        run(folder, "group", "add", "Desk", code=1)
        assert health(relay.port, root) == (503, "database")
        seen.free(8192)
        time.sleep(2 * PROBE)
        assert health(relay.port, root) == (503, "database")
        seen.clear()
        settled(relay.port, root, (200, "ok"), within=3 * PROBE)
        run(folder, "group", "add", "Desk")
        relay.end()
