"""A field of GTK, of many lines, in a process of its own, run by the system's Python, which has its bindings: what is in it goes to a file."""

import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402 -- the version must be said before

WRITES_AFTER = 20  # ms: not at each key, so that writing is no part of what is measured


def main() -> None:
    """Until it is ended."""
    content = Path(sys.argv[1])
    field = Gtk.TextView(wrap_mode=Gtk.WrapMode.CHAR)
    buffer = field.get_buffer()
    due = False

    def write() -> bool:
        nonlocal due
        due = False
        content.write_bytes(buffer.get_text(*buffer.get_bounds(), True).encode())
        return False

    def changed(_: object) -> None:
        nonlocal due
        if not due:
            due = True
            GLib.timeout_add(WRITES_AFTER, write)

    buffer.connect("changed", changed)
    window = Gtk.Window(title="field", default_width=500, default_height=300)
    scrolled = Gtk.ScrolledWindow()
    scrolled.add(field)
    window.add(scrolled)
    window.show_all()
    field.grab_focus()
    write()
    Gtk.main()


if __name__ == "__main__":
    main()
