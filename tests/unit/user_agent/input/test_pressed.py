"""What keyboards hold, from the bytes of X."""

import struct

from user_agent.input.pressed import keys_down, keys_of


def reply(*classes: bytes) -> bytes:
    """A reply of QueryDeviceState."""
    return struct.pack("<BBHIB23x", 1, 30, 7, sum(map(len, classes)) // 4, len(classes)) + b"".join(classes)


def bits(*codes: int) -> bytes:
    """One for each key, as X sets them."""
    return sum(1 << code for code in codes).to_bytes(32, "little")


def keys(*codes: int) -> bytes:
    """The class of keys, with these down."""
    return bytes([0, 36, 248, 0]) + bits(*codes)


def test_the_whole_display_s_keys() -> None:
    """Keycodes begin with 8."""
    assert keys_down(bytes(32)) == set()
    assert keys_down(bits(8, 50, 255)) == {8, 50, 255}
    assert keys_down(b"\xff" * 32) == {*range(8, 256)}


def test_one_keyboard_s_keys() -> None:
    """Whatever other classes the device has, and in which order."""
    buttons, valuators = bytes([1, 36, 10, 0]) + b"\xff" * 32, bytes([2, 12, 2, 0]) + b"\xff" * 8
    assert keys_of(reply()) == set()
    assert keys_of(reply(keys())) == set()
    assert keys_of(reply(buttons, valuators)) == set()
    assert keys_of(reply(buttons, keys(8, 50, 255), valuators)) == {8, 50, 255}
