"""Every number of the matching endpoint, with the values of the design. Seconds unless the name says otherwise."""

import msgspec


class DeskNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds belong to the relay's settings, which fill this."""

    waiting: float = 1800.0  # how long a request waits
    held: float = 60.0  # how long a waiting request is kept whose user went away
    granted: float = 120.0  # from granted to active
    cut_grace: float = 1.0  # how long an agent may take to say why its legs ended
    missed_after: float = 60.0  # a named request that waited this long and ended unanswered was missed
    missed_to_away: int = 2  # so many missed named requests make a helper away
    retickets: int = 3  # new tickets for one side of one session
    present: float = 60.0  # a helper whose connection was lost this lately still counts as there

    identify: float = 10.0
    ping: float = 25.0
    ping_spread: float = 0.2  # part of `ping`
    missed_pings: int = 3
    list_interval: float = 1.0
    list_batch: int = 50
    agent_message: int = 1 << 20  # bytes

    requests_a_minute: int = 30  # of one account
    messages_in_10_s: int = 100  # of one connection
    queued_messages: int = 32  # of one connection, before it is read from no more
    helper_sessions: int = 4  # of one helper at a time
    open_requests: int = 10_000  # in all
    missed_ends: int = 20  # remembered for one certificate
    write_again: float = 5.0  # after an end could not be written
