"""What runs under an agent: for tests that kill it."""

import contextlib
from pathlib import Path

from common.agent.keeper.process_table import descendants


def process_name(pid: int) -> str:
    """The name of a process, empty where it has just ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def vnc_server(agent: int) -> int | None:
    """The id of the x11vnc that this agent's keeper has started; not of what that forks for a moment under the same name."""
    found = {pid for pid in descendants(agent) if process_name(pid) == "x11vnc"}
    forked = {below for pid in found for below in descendants(pid)}
    return next(iter(found - forked), None)


def children(agent: int, name: str, argument: str = "") -> list[int]:
    """The processes directly below this agent that have this name, or this at the end of an argument."""
    found = []
    for pid in descendants(agent):
        with contextlib.suppress(OSError):
            parent = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            named = process_name(pid) == name or (argument and any(word.endswith(argument) for word in words))
            if parent == agent and named:
                found.append(pid)
    return found
