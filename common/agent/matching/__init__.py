"""An agent's standing connection to the relay's matching endpoint.

What to do when is decided in common.protocol.matching_client, what was asked for is remembered in
common.protocol.matching_memory; both are pure, and worth reading first. Here that is done:

    ports      what the connection needs of the rest of an agent, and whom it tells
    matching   the driver: carries out what was decided, sets the timer, keeps the view
    link       the WebSocket: dialled, kept alive, hung up
    viewing    what is shown of it
    problems   why it is not online, as a sentence
"""
