"""How long what comes from a viewer or a server may be, where neither RFB nor a rectangle's own size says so."""

from typing import Final

MAX_SKIPPED: Final = 2**31 - 1
"""Bytes of a message that is left out whole. What says more means a negative number by it."""
MAX_FENCE: Final = 64
"""Bytes of a fence's payload, by the protocol's own text."""
