"""What an X server has as held, and all of it that a person has set: before, in and after a session."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from Xlib import X

from common.host.x11 import open_display
from user_agent.input.xkb import Xkb

PROMISED = 0.5  # seconds, of which a busy machine may take five times as many
ALLOWED = 5 * PROMISED
LEFT_BEHIND = "X11VNC_TICKER"  # x11vnc leaves a counter at the root window, and nothing prevents that


class Eye:
    """What an X server has as held, and its keyboard map, by a connection that stays."""

    def __init__(self, display: str) -> None:
        self.display = open_display(display)
        self._xkb = Xkb(self.display)

    def keys(self) -> set[int]:
        """The keys that are down."""
        bits = bytes(self.display.query_keymap())
        return {code for code in range(8, 256) if bits[code >> 3] & 1 << (code & 7)}

    def buttons(self) -> set[int]:
        """The buttons that are down, of the five that the core protocol tells."""
        mask = self.display.screen().root.query_pointer().mask
        return {number for number in range(1, 6) if mask & X.Button1Mask << number - 1}

    def keyboard(self) -> tuple[bytes, bytes]:
        """The map and the controls, byte for byte."""
        while self.display.pending_events():
            self.display.next_event()
        return self._xkb.map()[8:], self._xkb.controls()

    def group(self) -> int:
        """The locked one."""
        return self._xkb.state()[2]

    def settings(self) -> dict[str, object]:
        """All that a server might change of the person's: a comparison names what differs."""
        root, name = self.display.screen().root, self.display.get_display_name()
        told = {
            "xset": subprocess.run(
                ["xset", "-display", name, "q"], capture_output=True, text=True, check=True, timeout=10
            ).stdout,
            "keyboard map, controls": self.keyboard(),
            "keyboard state": self._xkb.state(),
            "modifiers": [list(row) for row in self.display.get_modifier_mapping()],
            "buttons": list(self.display.get_pointer_mapping()),
            "repeats": bytes(self.display.get_keyboard_control().auto_repeats),
            "access": self.display.list_hosts().mode,
            "root masks": root.get_attributes().do_not_propagate_mask,
            "size": (root.get_geometry().width, root.get_geometry().height),
        }
        for number in root.list_properties():
            atom = self.display.get_atom_name(number)
            if atom != LEFT_BEHIND:
                value = root.get_full_property(number, X.AnyPropertyType)
                told[f"property {atom}"] = None if value is None else bytes(value.value)
        return told

    def after(
        self, began: float, what: str, look: Callable[[], bool], *, allowed: float = ALLOWED, glance: float = 0.002
    ) -> None:
        """So it is, and soon enough; how soon is printed."""
        while not look():
            assert time.monotonic() < began + allowed, f"{what}: not after {allowed} s: {self.keys()} {self.buttons()}"
            time.sleep(glance)
        print(f"{what} after {(time.monotonic() - began) * 1000:.0f} ms")


@contextlib.contextmanager
def looking(display: str) -> Iterator[Eye]:
    """An eye on this display, until the end of the block."""
    found = Eye(display)
    try:
        yield found
    finally:
        found.display.close()


def lives(pid: int) -> bool:
    """Whether the process runs; one that nobody has reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False
