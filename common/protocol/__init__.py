"""Pure: bytes and values in, events and effects out. No sockets, no clocks, no randomness but what is passed in."""
