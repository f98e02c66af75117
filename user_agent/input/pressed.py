"""Which keys are down, from the bytes in which X tells it. Pure."""

FIRST_KEY = 8  # of the numbers that X gives to keys
_KEYS = 0  # the class of a device's state that tells keys


def keys_down(bits: bytes) -> set[int]:
    """Keycodes, from a bit for each: 32 bytes."""
    return {code for code in range(FIRST_KEY, 256) if bits[code >> 3] & 1 << (code & 7)}


def keys_of(reply: bytes) -> set[int]:
    """Keycodes, from a reply of QueryDeviceState (The X Input Extension, 2.19)."""
    at, held = 32, set[int]()
    for _ in range(reply[8]):
        kind, length = reply[at], reply[at + 1]
        if kind == _KEYS:
            held |= keys_down(reply[at + 4 : at + 36])
        at += length
    return held
