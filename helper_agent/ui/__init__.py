"""The helper's windows (Qt). They render values and emit what the person wants; only `controller` knows the agent.

Read in this order:

    program, windows  what is made when: the queue and the icon at once, the rest with an agent
    controller        what is wired to what
    queue_window      the main window: queue_head (status_switch), filter_bar (queue_filter), requests_view (requests_model),
                      details, sessions_panel, last_session, queue_menu; the dialogs decline and transfer
    session_windows   one session_window each: session_head, toolbar, session_view (page_view and locked_page: the built-in
                      viewer's page inside the window, where sandbox says or engine_trial shows that it can be), note, session_end
    own_status        the helper's status, with idle: how long nothing was touched
    settings, side_windows, notifications (arrivals), tray, quit_words
                      what both programs have, as it is for a helper
"""
