"""VncAuth (security type 2): DES over a 16-byte challenge. Weak by today's measure, and only ever used on loopback."""

import hmac

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

CHALLENGE_LENGTH = 16
PASSWORD_LENGTH = 8

# VNC's DES reads every key byte with its bits mirrored.
_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def response(password: bytes, challenge: bytes) -> bytes:
    """The 16-byte answer to the 16-byte `challenge`. Only the first 8 bytes of `password` count.

    Raises ValueError where the challenge has another length.
    """
    if len(challenge) != CHALLENGE_LENGTH:
        raise ValueError(f"a challenge is {CHALLENGE_LENGTH} bytes, not {len(challenge)}")
    key = password[:PASSWORD_LENGTH].ljust(PASSWORD_LENGTH, b"\0").translate(_MIRRORED)
    # Three times the same key is single DES; two blocks in ECB, as every VNC server does it.
    encryptor = Cipher(TripleDES(key * 3), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(challenge) + encryptor.finalize()


def is_right(password: bytes, challenge: bytes, answer: bytes) -> bool:
    """Whether `answer` is the response to `challenge`, compared in constant time."""
    return hmac.compare_digest(response(password, challenge), answer)
