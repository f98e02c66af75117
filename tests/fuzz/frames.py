"""WebSocket frames from a seed: right ones in every shape, and wrong ones of every kind (RFC 6455 section 5)."""

import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TEXT: Final = 1
BINARY: Final = 2
PING: Final = 9
PONG: Final = 10
IN_CLEAR: Final = bytes(4)
LONGEST: Final = 64 * 1024
MOST_FRAGMENTS: Final = 64


def framed(
    payload: bytes, *, first: int = 0x80 | TEXT, mask: bytes | None = IN_CLEAR, wide: int = 0, claim: int | None = None
) -> bytes:
    """One frame. `wide`: at least so many bytes for the length; `claim`: the length that it says."""
    size = len(payload) if claim is None else claim
    bit = 0 if mask is None else 0x80
    if wide <= 0 and size < 126:
        head = bytes((first, bit | size))
    elif wide <= 2 and size < 65536:
        head = struct.pack("!BBH", first, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, bit | 127, size)
    if mask is None:
        return head + payload
    if mask == IN_CLEAR:
        return head + mask + payload
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return head + mask + mixed.to_bytes(len(payload), "big")


@dataclass
class Frames:
    """Every choice is the random generator's."""

    random: random.Random

    def message(self, payload: bytes, *, opcode: int = TEXT, masked: bool = True) -> bytes:
        """A whole message in one frame."""
        return framed(payload, first=0x80 | opcode, mask=self.random.randbytes(4) if masked else IN_CLEAR)

    def fragments(self, payload: bytes, *, opcode: int = TEXT) -> list[bytes]:
        """A whole message in several frames, some of them empty, with control frames between them."""
        count = MOST_FRAGMENTS if self.random.random() < 0.03 else self.random.randint(2, 6)
        cuts = sorted(self.random.randint(0, len(payload)) for _ in range(count - 1))
        pieces = [payload[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
        frames = []
        for number, piece in enumerate(pieces):
            first = (opcode if number == 0 else 0) | (0x80 if number == count - 1 else 0)
            frames.append(framed(piece, first=first, mask=self.random.randbytes(4)))
            if self.random.random() < 0.05:
                frames.append(self.control())
        return frames

    def control(self) -> bytes:
        """A ping or a pong."""
        size = self.random.choice((0, 0, 1, 4, 124, 125))
        opcode = self.random.choice((PING, PONG))
        return framed(self.random.randbytes(size), first=0x80 | opcode, mask=self.random.randbytes(4))

    def last(self, payload: bytes) -> list[bytes]:
        """Frames that no connection outlives: every rule broken in turn, and every kind of goodbye."""
        chance, mask = self.random.random, self.random.randbytes(4)
        match self.random.randrange(16):
            case 0:
                return [framed(payload, mask=None)]
            case 1:
                return [
                    framed(payload, first=self.random.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15)) | 0x80, mask=mask)
                ]
            case 2:
                return [framed(payload, first=0x81 | self.random.choice((0x10, 0x20, 0x40, 0x70)), mask=mask)]
            case 3:  # control frames that are fragments, or too long
                first = self.random.choice((PING, PONG, 8))
                return [framed(payload, first=first, mask=mask)]
            case 4:
                return [framed(bytes(126), first=0x80 | self.random.choice((PING, PONG, 8)), mask=mask)]
            case 5:  # goes on with nothing
                return [framed(payload, first=self.random.choice((0, 0x80)), mask=mask)]
            case 6:  # a message begins within another
                return [framed(payload, first=TEXT, mask=mask), framed(payload, first=0x80 | TEXT, mask=mask)]
            case 7:
                claim = self.random.choice((LONGEST + 1, 1 << 31, (1 << 62) + 1, (1 << 64) - 1))
                return [framed(payload, mask=mask, claim=claim)]
            case 8:
                return [framed(bytes(LONGEST + 1), mask=mask)]
            case 9:
                pieces = [framed(b"", first=TEXT, mask=mask), *[framed(b"a", first=0, mask=mask)] * MOST_FRAGMENTS]
                return [*pieces, framed(b"", first=0x80, mask=mask)]
            case 10:
                return [framed(b"\xff\xfe" + payload, mask=mask)]
            case 11:  # longer lengths than are needed
                return [framed(payload[:100], mask=mask, wide=self.random.choice((2, 8))), self.goodbye()]
            case 12:
                return [framed(payload, first=0x80 | BINARY, mask=mask)]
            case 13:  # half a frame, and then nothing
                whole = framed(payload, mask=mask)
                return [whole[: int(chance() * len(whole))]]
            case 14:
                return [self.random.randbytes(self.random.choice((1, 2, 6, 40, 400)))]
            case _:
                return [self.goodbye()]

    def goodbye(self) -> bytes:
        """A close frame, with a code that may be sent or may not."""
        codes: Sequence[int] = (0, 999, 1000, 1001, 1004, 1005, 1006, 1010, 1015, 2999, 3000, 4001, 5000, 65535)
        body = self.random.choice(codes).to_bytes(2, "big") + self.random.choice((b"", b"bye", b"\xff", b"x" * 123))
        cut = self.random.choice((0, 1, 125))
        return framed(body[:cut], first=0x88, mask=self.random.randbytes(4))
