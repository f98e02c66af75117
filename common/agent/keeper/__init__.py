"""The keeper: a process of its own that holds what an agent starts, and ends all of it when the agent goes, however it goes.

    client          the agent's side: start programs, hear how they ended
    messages        what the two say to each other, typed (the agent's side only)
    main            the process: its table of commands, and what is put back at the end
    posix, windows  how programs are held there; process_table is what Linux and macOS know of processes
    journal         settings in Windows' registry, written down before they are changed
    socket_owner    whose process listens on a port, and who is at the other end of a connection

main, posix, windows, process_table and journal run without the rest of the house: standard library only.
"""
