"""A helper's keys, pointer and text, put into the user's X11 desktop by the agent itself (XTEST, python-xlib).

Read in this order:

    ports       what the rest of the agent sees of it
    keysyms     which characters keysyms mean (legacy_keysyms: the names from before Unicode)
    keymap      a keyboard map as XKB tells it: what each key gives
    pressed     which keys are down, from the bytes of X
    planning    what is pressed so that a keysym comes out, whatever layout, groups and locks
    lending     keycodes without a meaning, for characters that the layout lacks
    program     whether the program with the keyboard has dealt with what was pressed
    at_rest     the same, of one that does not answer
    keyboard    all of this on a display, by the requests of xkb
    x11         the port: a thread, and what waits for it
    releaser/   the process that lets go when the agent dies
    guarded     the port with a releaser beside it
    opening     how the rest of the agent gets there

The first six know neither X nor a thread. No VNC server does this right: they drop what the layout lacks, switch key repeat
off for the person too, and hold keys down when they die.
"""
