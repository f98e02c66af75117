"""The releaser: a process of its own that lets go of what the agent holds in the desktop when the agent dies, however it dies.

    hands     what is undone on a display, and how
    devices   what the person's own keyboards hold
    main      the process
    client    the agent's side of one

Who presses with one beside them is user_agent.input.guarded.

X releases nothing when a program that holds keys by XTEST ends. hands and main run without the rest of the house, but for
python-xlib and what is pure beside them: the process is to be there at once, and small.
"""
