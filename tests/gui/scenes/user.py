"""The user's windows."""
