"""Which tests run on a Windows Python: the pure ones of both agents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

UNIT: Final = "tests/unit"
PORTIONS: Final = (
    (f"{UNIT}/common/protocol",),
    (f"{UNIT}/common/host", f"{UNIT}/common/ui"),
    (f"{UNIT}/common/net",),
    (f"{UNIT}/common/agent/enrolment", f"{UNIT}/common/agent/keeper"),
    (f"{UNIT}/common/agent", *(f"--ignore={UNIT}/common/agent/{name}" for name in ("enrolment", "keeper"))),
    (f"{UNIT}/helper_agent",),
    (f"{UNIT}/user_agent",),
    ("tests/windows/here",),
)
"""What pytest is told, each time."""

UNIX_ONLY: Final = frozenset(
    {
        *("crypt", "curses", "fcntl", "grp", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource"),
        *("spwd", "syslog", "termios", "tty"),
    }
)
"""Modules of Python's own that Windows lacks."""


def files(house: Path) -> Iterator[Path]:
    """The tests, and the conftest.py files that pytest imports for them."""
    for folder in {name for portion in PORTIONS for name in portion if not name.startswith("-")}:
        yield from (house / folder).rglob("test_*.py")
        yield from (house / folder).rglob("conftest.py")
        yield from filter(Path.exists, (above / "conftest.py" for above in (house / folder).parents if above != house))
