"""The helper's agent: the queue of those who ask, and any number of sessions at once.

Read in this order:

    views             what is shown of it: values
    app               the queue, and what becomes of a request; the composition root, without windows
    sessions          sessions, each with a viewer_front (the local side, which a viewer connects to; viewer_stream: one of
                      its connections) and a viewer of viewers/
    events            what is told besides; request_numbers: the short numbers that people and scripts use
    cli, commands     the command line; terminal prints what happens and carries out what is typed (orders)
    ui/               the windows, which only the command line opens; status_rules is what their status follows by itself
"""
