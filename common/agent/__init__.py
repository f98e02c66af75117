"""What both agents share, without a window: from a certificate of one's own to a session. No Qt; common.ui is for that.

In the order of an agent's life, which is a good one to read in:

    enrolment/   a line from the operator becomes a certificate; the profile that holds it, and its renewal
    matching/    the standing connection to the relay: who is there, who waits, what was granted
    session/     one session, from `granted` to its end: the leg, the TLS end to end, the channel, the person's intents
    keeper/      the small process that holds every program an agent starts, and leaves nothing behind

Beside them lie what ties those together (composition, settings, views: the values a window or a command line renders,
events: what a command line tells, terminal, commands) and what stands alone (autostart, diagnosis, drafts, history,
packaged, passwords, pipe).
"""
