r"""A backup of the CA under a passphrase, by the recipes of `cryptography`: scrypt, then AES-256-GCM.

    "tasuki-ca-backup-1\n" ‖ salt (16) ‖ nonce (12) ‖ AES-256-GCM(key, nonce, backup, the bytes before) ‖ SHA-256 of all before
    key = scrypt(passphrase in UTF-8 and NFC, salt, N = 2^17, r = 8, p = 1)

The last 32 bytes protect nothing: they tell a file that is broken from a passphrase that is wrong.
"""

import hashlib
import unicodedata
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

SHORTEST: Final = 12
"""Characters of a passphrase, at least."""
_MAGIC: Final = b"tasuki-ca-backup-1\n"
_SALT: Final = 16
_NONCE: Final = 12
_DIGEST: Final = 32
_HEAD: Final = len(_MAGIC) + _SALT + _NONCE


class SealBrokenError(ValueError):
    """No sealed backup, or not all of one; the text says which."""


class WrongPassphraseError(ValueError):
    """It is whole, and sealed with another passphrase."""


def seal(backup: bytes, passphrase: str, *, random: Callable[[int], bytes]) -> bytes:
    """The file. Takes some 0.3 s and 128 MiB for the key."""
    salt, nonce = random(_SALT), random(_NONCE)
    head = _MAGIC + salt + nonce
    sealed = head + AESGCM(_key(passphrase, salt)).encrypt(nonce, backup, head)
    return sealed + hashlib.sha256(sealed).digest()


def unseal(sealed: bytes, passphrase: str) -> bytes:
    """What was sealed. Raises SealBrokenError, WrongPassphraseError."""
    if not sealed.startswith(_MAGIC):
        raise SealBrokenError("it does not begin as a backup")
    body, digest = sealed[:-_DIGEST], sealed[-_DIGEST:]
    if len(body) < _HEAD or hashlib.sha256(body).digest() != digest:
        raise SealBrokenError("it is not whole")
    head = body[:_HEAD]
    salt, nonce = head[len(_MAGIC) : -_NONCE], head[-_NONCE:]
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, body[_HEAD:], head)
    except InvalidTag:
        raise WrongPassphraseError from None


def _key(passphrase: str, salt: bytes) -> bytes:
    text = unicodedata.normalize("NFC", passphrase).encode()
    return Scrypt(salt=salt, length=32, n=1 << 17, r=8, p=1).derive(text)
