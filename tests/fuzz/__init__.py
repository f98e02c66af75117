"""Programs that try to break a promise: each runs as its own process and says what it tried."""
