"""The clipboard of this computer, for sessions: what is copied here, and what comes from the other side.

    clipboard   the one clipboard of an agent: any number of sessions watch it, and put into it; no echo
    x11         the desktop's, on X11: selections, in a thread of its own
    reading, serving   both halves of that: what another program has copied; what other programs paste

On Windows and macOS it is Qt's, where the program has windows (common.ui.clipboard). On Wayland a program sees the clipboard
only while it has the keyboard: there is no way.
"""
