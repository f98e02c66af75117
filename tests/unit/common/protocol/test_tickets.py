"""Tickets and ids."""

import hashlib
import random

from common.protocol.tickets import digest, looks_like_ticket, new_id, new_ticket


def test_a_ticket_is_22_characters_and_recognised() -> None:
    """128 bits in base64url without padding."""
    source = random.Random(1)
    for _ in range(200):
        ticket = new_ticket(source.randbytes)
        assert len(ticket) == 22
        assert looks_like_ticket(ticket)


def test_other_texts_are_no_tickets() -> None:
    """Length, alphabet and the two unused bits of the last character are checked."""
    ticket = new_ticket(bytes)
    assert ticket == "A" * 22
    for text in ("", "A" * 21, "A" * 23, "A" * 21 + "B", "A" * 21 + "=", "é" * 22, "A" * 22 + "\n"):
        assert not looks_like_ticket(text)


def test_an_id_is_32_hex_digits() -> None:
    """As messages.HexId has it."""
    assert new_id(lambda count: bytes(range(count))) == "000102030405060708090a0b0c0d0e0f"


def test_the_digest_is_the_sha256_of_the_text() -> None:
    """The relay never keeps the ticket itself."""
    assert digest("abc") == hashlib.sha256(b"abc").digest()
