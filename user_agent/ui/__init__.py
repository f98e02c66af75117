"""The user's windows (Qt). They render values and emit what the person wants; only `controller` knows the agent.

Read in this order:

    program, windows  what is made when: the main window and the icon at once, the rest with an agent
    controller        what is wired to what; request_flow: from *get help* to its end
    main_window       the pages home (people, topic), waiting and ended, below connection_line
    ask               the dialog before a request is sent
    session_display   all that is on the screen during a session: bar, screen_frame, pointer_overlay, pen_overlay, question,
                      chat_window, the stop key (hotkey/), and covered_areas, which keeps a helper's input off all of it
    bar, bar_facts    the bar and what stands on it; bar_keeper folds it and lets it make room (bar_aside: when, bar_places: where)
    settings, side_windows, notifications, tray, quit_words
                      what both programs have, as it is for a user

`geometry`, `bar_places` and `bar_aside` are pure; `overlay` is what lies above all other windows; `mode_badges` are the colours and patterns of a mode.
"""
