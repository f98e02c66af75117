"""What runs under an agent: for tests that kill it."""

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
