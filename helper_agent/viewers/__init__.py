"""VNC viewers that the helper's agent can start, one small module each."""
