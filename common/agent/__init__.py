"""What both agents share, without a window: the matching client, a session's life cycle, configuration, the keeper."""
