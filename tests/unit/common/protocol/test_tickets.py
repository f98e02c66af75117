"""Tickets and ids."""

import base64
import hashlib
import random

from common.protocol.tickets import digest, new_id, new_ticket


def test_a_ticket_is_22_characters_of_base64url() -> None:
    """128 bits in base64url without padding."""
    source = random.Random(1)
    for _ in range(200):
        ticket = new_ticket(source.randbytes)
        assert len(ticket) == 22
        assert base64.urlsafe_b64decode(ticket + "==")


def test_an_id_is_32_hex_digits() -> None:
    """As messages.HexId has it."""
    assert new_id(lambda count: bytes(range(count))) == "000102030405060708090a0b0c0d0e0f"


def test_the_digest_is_the_sha256_of_the_text() -> None:
    """The relay never keeps the ticket itself."""
    assert digest("abc") == hashlib.sha256(b"abc").digest()
