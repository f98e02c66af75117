"""Viewers on the helper's computer: one small module a kind, the built-in one's page and its server, `choice` and `opening`."""
