"""The user's agent: from a wish for help to a helper who sees this screen, and nothing that the person did not say.

Read in this order:

    views, consent    what is shown of it, and what the person is asked: values, and which module makes them
    app               one request from the wish to its end; the composition root, without windows
    open_questions    which of them are open, and that nothing comes from the helper meanwhile
    helper_directory  who can be asked
    sharing           how the screen is shown during a session: servers/ that can be started, monitors, what is covered
    broker            the local side of a session: the filter between the helper and the VNC server (vnc_stream: one connection to it)
    cli, commands     the command line; terminal prints what happens and carries out what is typed (orders)
    ui/               the windows, which only the command line opens

Beside them: checks and inventory (what there is on this computer), stop_keys (the key that ends a session at once).
"""
