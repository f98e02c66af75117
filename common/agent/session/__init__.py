"""One session of an agent, from `granted` to its end.

What to do when is decided in common.protocol.session_life (until both sides are connected) and in
common.protocol.channel_session (inside the end-to-end TLS); both are pure. Here that is done, best read in this order:

    ports             the local side (broker or viewer front) and what a session needs of matching
    session           the driver, where the local side, the person and the wire meet
    interruption      what is kept for a break of the connection, and what waits meanwhile
    leg, dialler      getting a leg: one ticket, several addresses, other tickets
    channel_driver    what the channel decides, done, and its timer
    session_control   what person and helper say to each other: mode, pause, chat (chat_lines)
    link              what the local side holds of its session
    presenter         what is shown and told, and the timers
    ends              what a failure is called
"""
