"""VncAuth."""

import pytest

from common.protocol.rfb import vncauth

# The DES example of the textbooks, its key mirrored bit by bit as VNC does.
KEY = bytes(int(f"{byte:08b}"[::-1], 2) for byte in bytes.fromhex("133457799BBCDFF1"))
PLAIN = bytes.fromhex("0123456789ABCDEF")
CIPHER = bytes.fromhex("85E813540F0AB405")


def test_two_blocks_of_mirrored_des() -> None:
    """The response is single DES over both halves of the challenge, with the key's bits mirrored."""
    assert vncauth.response(KEY, PLAIN + PLAIN) == CIPHER + CIPHER


def test_short_passwords_are_padded_and_long_ones_cut() -> None:
    """Only eight bytes count, and missing ones are zero."""
    challenge = bytes(range(16))
    assert vncauth.response(b"abc", challenge) == vncauth.response(b"abc\0\0\0\0\0", challenge)
    assert vncauth.response(b"longpassword", challenge) == vncauth.response(b"longpass", challenge)
    assert vncauth.response(b"longpas", challenge) != vncauth.response(b"longpass", challenge)


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_challenge_is_sixteen_bytes(length: int) -> None:
    """Any other length is an error of the caller."""
    with pytest.raises(ValueError, match="16 bytes"):
        vncauth.response(b"x", bytes(length))


def test_the_right_answer_and_no_other() -> None:
    """Only the response itself is right."""
    challenge = bytes(range(16))
    answer = vncauth.response(b"secret", challenge)
    assert vncauth.is_right(b"secret", challenge, answer)
    assert not vncauth.is_right(b"secreT", challenge, answer)
    assert not vncauth.is_right(b"secret", challenge, answer[:15])
