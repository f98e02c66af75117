"""What a keyboard holds, from the bytes of X."""

import struct

from user_agent.input.releaser.devices import keys_of


def reply(*classes: bytes) -> bytes:
    """A reply of QueryDeviceState."""
    return struct.pack("<BBHIB23x", 1, 30, 7, sum(map(len, classes)) // 4, len(classes)) + b"".join(classes)


def keys(*codes: int) -> bytes:
    """The class of keys, with these down."""
    bits = sum(1 << code for code in codes)
    return bytes([0, 36, 248, 0]) + bits.to_bytes(32, "little")


def test_keys_that_are_down() -> None:
    """Whatever other classes the device has, and in which order."""
    buttons, valuators = bytes([1, 36, 10, 0]) + b"\xff" * 32, bytes([2, 12, 2, 0]) + b"\xff" * 8
    assert keys_of(reply()) == set()
    assert keys_of(reply(keys())) == set()
    assert keys_of(reply(buttons, valuators)) == set()
    assert keys_of(reply(buttons, keys(8, 50, 255), valuators)) == {8, 50, 255}
