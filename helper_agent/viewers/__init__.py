"""Viewers on the helper's computer.

`base` says what one is; each kind that is a program has a small module, and `choice` picks one. `opening` opens it for a
session, again as often as the helper likes; `tools` is what can be asked of one besides looking.

The built-in viewer is a page (page/, with noVNC): `novnc` shows it, in a window of its own where a browser has
such (`app_window`), `page_server` serves it on loopback, and its two
sockets are `bridge` (RFB) and `state_socket` (what the agent knows, and what the helper clicks).
"""
