"""The key that stops a session at once, wherever the keyboard is: on X11, Windows and macOS; Wayland has none."""
