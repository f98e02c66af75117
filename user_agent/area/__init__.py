"""The area that the person has agreed to show, and that nothing else is shown: what must hold when screens come and go.

    ports     what tells whether the desktop's layout is still what it was; how it is read
    x11       the same on X11, by RandR
    polled    the same where a system can be asked but says nothing by itself
    guard     asked before every byte of a VNC server passes; it stops the picture
    keeping   what follows then: look at what has become of the area, ask the person, go on
    offering  which screens may be seen, and which can be now
    question  which screen? as a value that a window or a command line renders

Imports neither Qt nor the broker: what it stops is handed in.
"""
