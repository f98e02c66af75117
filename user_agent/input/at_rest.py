"""A program that says nothing: whether it is at rest, which is to say that it has dealt with all that it was told.

What the X server tells a program that waits makes it run at once. So one that has slept since before the server told it
nothing more has read everything, and waits for more. The kernel says whether a process sleeps, and how often each of its
threads has been given a processor: between two looks that are alike it has done nothing.

That says nothing where somebody else deals with its keys on the way: an input method of X (XIM) has them while the program
sleeps.
"""

import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from Xlib import X
from Xlib.ext import res

PROCESSES = Path("/proc")
ASLEEP = "S"
_COUNTS = ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")


class SilentProcess(NamedTuple):
    """A process of this computer. `hears_first`: nobody else has its keys before it."""

    number: int
    hears_first: bool

    def sleeping(self) -> dict[str, tuple[str, ...]] | None:
        """How often each thread has run, where all of them sleep, else None; empty where the process has gone."""
        found = {}
        try:
            for thread in (PROCESSES / str(self.number) / "task").iterdir():
                status = (thread / "status").read_text(encoding="utf-8", errors="replace")
                says = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
                if not says["State"].startswith(ASLEEP):
                    return None
                found[thread.name] = tuple(says[name] for name in _COUNTS)
        except ProcessLookupError:  # a thread ended while we looked
            return None
        except FileNotFoundError:
            return None if (PROCESSES / str(self.number)).exists() else {}
        except (OSError, KeyError):
            return None
        return found


def process_of(display: Any, windows: Iterable[Any]) -> SilentProcess | None:
    """The process that these windows name as theirs; None where it is unknown, or on another computer. Raises XError.

    The number (_NET_WM_PID) may be another's: in a container of its own a program counts anew. So the server has to know the
    same one at the other end of that window's connection, which no program between the two is.
    """
    for window in windows:
        found = window.get_full_property(display.intern_atom("_NET_WM_PID"), X.AnyPropertyType)
        if found is not None and found.format == 32 and len(found.value) == 1:
            number = int(found.value[0])
            here = _is_here(display, window) and number in _connected(display, window)
            return SilentProcess(number, not _has_input_method(display)) if here else None
    return None


def _is_here(display: Any, window: Any) -> bool:
    machine = window.get_full_property(display.intern_atom("WM_CLIENT_MACHINE"), X.AnyPropertyType)
    return machine is not None and bytes(machine.value).decode(errors="replace") == socket.gethostname()


def _connected(display: Any, window: Any) -> list[int]:
    """The process at the other end of this window's connection, as the server knows it."""
    if not display.has_extension(res.extname):
        return []
    asked = [{"client": window.id, "mask": res.LocalClientPIDMask}]
    return [int(number) for one in display.res_query_client_ids(asked).ids for number in one.value]


def _has_input_method(display: Any) -> bool:
    """Whether one of X has registered itself, and lives."""
    found = display.screen().root.get_full_property(display.intern_atom("XIM_SERVERS"), X.AnyPropertyType)
    if found is None:
        return False
    return any(display.get_selection_owner(int(atom)) != X.NONE for atom in found.value)
