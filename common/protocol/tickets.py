"""Tickets and ids: 128 random bits, in two spellings."""

import base64
import hashlib
from collections.abc import Callable
from typing import Final

BITS: Final = 128

RandomBytes = Callable[[int], bytes]


def new_ticket(random: RandomBytes) -> str:
    """A new ticket: 22 base64url characters."""
    return base64.urlsafe_b64encode(random(BITS // 8)).rstrip(b"=").decode()


def new_id(random: RandomBytes) -> str:
    """A new id of a request or a session: 32 lower-case hex digits."""
    return random(BITS // 8).hex()


def digest(ticket: str) -> bytes:
    """What the relay keeps of a ticket: the SHA-256 of its text."""
    return hashlib.sha256(ticket.encode()).digest()
