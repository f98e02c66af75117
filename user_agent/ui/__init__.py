"""The user's windows (Qt). `program` puts them together with the agent; every other module renders values and emits intents."""
