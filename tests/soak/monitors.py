"""`make soak ARGS=--monitors`: every way in which screens change, ten times, with every X server and VNC server."""

import tempfile
from pathlib import Path

from tests.support.monitors import CHANGES, RIGS, Monitors
from tests.support.one_monitor import SERVERS, nothing_else_is_seen


async def soak_monitors(times: int) -> int:
    """A line for each; how many times something else was seen, or it did not go on."""
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        for rig, starts in RIGS.items():
            with starts(Path(name)) as monitors:
                for server in SERVERS:
                    for change in CHANGES:
                        wrong += await _several(monitors, rig, server, change, times, Path(name))
    print(f"{wrong} went wrong")
    return wrong


async def _several(monitors: Monitors, rig: str, server: str, change: str, times: int, folder: Path) -> int:
    stopped: list[float] = []
    for number in range(times):
        try:
            stopped.append(await nothing_else_is_seen(monitors, server, change, folder))
        except Exception as error:  # noqa: BLE001 -- it is counted, and the next one is tried
            print(f"{rig}, {server}, {change}, {number + 1}: {type(error).__name__}: {error}", flush=True)
    after = f"stopped {1000 * min(stopped):.0f} to {1000 * max(stopped):.0f} ms after" if stopped else ""
    print(f"{rig:9} {server:11} {change:9}  {len(stopped)} of {times} good  {after}", flush=True)
    return times - len(stopped)
