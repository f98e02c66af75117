"""A helper's keys, pointer and text, put into the user's X11 desktop by the agent itself (XTEST, python-xlib).

Read in this order:

    ports       what the rest of the agent sees of it

No VNC server does this right: they drop what the layout lacks, switch key repeat off and hold keys down when they die.
"""
