"""VNC servers on the user's computer.

`base` says what one is; each kind has a small module; `choice` picks one, `starting` runs it, and `foreign` is one that
runs already. `display`, `monitors` and `wayland` look at the desktop that is to be shown, `connecting` reaches an address.
"""
