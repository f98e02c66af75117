"""The user's side: the VNC server it starts, the broker and filter before it, and the person's consent."""
