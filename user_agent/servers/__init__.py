"""VNC servers that the user's agent can start, one small module each."""
