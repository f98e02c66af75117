"""What both agents' windows share (Qt). Windows render frozen values and emit what the person wants as signals; they know nothing of sockets.

Read in this order:

    application       the one QApplication, its loop, and one process a person
    program           one start: the first window at once, then an agent (opening, first_start, enrolment, startup_error)
    controller        an agent's life behind the windows, to the question before the end (quit_dialog)
    window, widgets   what windows are made from; theme: how they look; language: what they speak (locale/)
    side_windows      opened when they are wanted: history, settings, diagnosis
    tray, notices     the icon beside the clock (app_icon), and what is told to a person who looks elsewhere
    chat, summary     parts of a session that both sides have

The rest are parts of these: history_model, record_parts, record_words, settings_cards, settings_values, program_card,
inventory_words, elapsed, scrolled. icons/ holds the few pictures that a style sheet cannot draw.
"""
