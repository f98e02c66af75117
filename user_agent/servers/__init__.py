"""VNC servers on the user's computer: one small module a kind, `choice` that picks one, `starting` that runs it."""
