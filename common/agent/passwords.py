"""Passwords in the forms that VNC servers and viewers read. They are obfuscated there, not protected: hence one-time passwords only."""

from collections.abc import Callable

from common.protocol.rfb.vncauth import PASSWORD_LENGTH, response

# The fixed key of every VNC server since the first (rfbproto, "VNC Authentication"; vncauth.c).
_FIXED_KEY = bytes((23, 82, 107, 6, 35, 78, 88, 7))
_LETTERS = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_.,+=%@"


def one_time(random: Callable[[int], bytes]) -> str:
    """A new password of 8 characters, 48 bits, from `random(n)`."""
    return "".join(chr(_LETTERS[byte % 64]) for byte in random(PASSWORD_LENGTH))


def obfuscated(password: str) -> bytes:
    """The 8 bytes that a server's password file or registry value holds."""
    plain = password.encode("latin-1")[:PASSWORD_LENGTH].ljust(PASSWORD_LENGTH, b"\0")
    return response(_FIXED_KEY, plain + bytes(8))[:PASSWORD_LENGTH]


def ini_struct(data: bytes) -> str:
    """`data` as WritePrivateProfileStruct of Windows writes it: hex digits and a byte with the sum of all bytes."""
    return (data + bytes((sum(data) & 0xFF,))).hex().upper()
