"""Fuzz the filter by a seeded grammar, and count the input events that a VNC server would see in view mode: none may come.

    python -m tests.fuzz.filter_fuzz [--messages N] [--seed S]

Streams of every client message type 0-255, whole and truncated anywhere, with lengths that lie, in any pieces, with every
happening that a session knows in between (modes, questions, stopped pictures and further connections, what the server
announces). What the filter lets out is read by a parser that shares no line with it, as a VNC server would read it: in view
mode there must be no key, no pointer, no clipboard (also none for the desktop, in the half of the streams that has one) and
no message that changes the server, and nothing at all while the
picture is stopped; in control mode input is counted too, to show that it can come out at all. Around every change to view
mode the let-goes that belong to control mode are checked to be let-goes. What another connection's server hears first is
what the viewer had wished for, and one request for the whole picture at most, which asks for nothing that was asked for
before.

Exit code 0: the promise held. It prints how many messages were tried, and how many input events came out.
"""

import argparse
import random
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from common.protocol.messages import Mode
from common.protocol.reading import ProtocolViolationError
from common.protocol.rfb.client_messages import KeyEvent, PointerEvent
from common.protocol.rfb.filter import Box, ClientFilter
from common.protocol.rfb.input_way import ReleaseAll
from common.protocol.rfb.pixels import TRUE_COLOUR
from common.protocol.rfb.state import StreamState

Chance = Callable[[], float]

FIXED = {0: 20, 3: 10, 4: 8, 5: 6, 150: 10}
INPUT = {4, 5, 6, 255}
DEFAULT_MESSAGES = 2_000_000


class PromiseBrokenError(Exception):
    """Something came out that a VNC server must never see."""


def read_as_a_server(data: bytes) -> list[tuple[int, bytes]]:
    """The messages in `data`, each with its type. Raises PromiseBrokenError at anything that may not be there at all."""
    messages = []
    at = 0
    while at < len(data):
        kind = data[at]
        if kind in FIXED:
            size = FIXED[kind]
        elif kind == 2:
            size = 4 + 4 * struct.unpack_from(">H", data, at + 2)[0]
        elif kind == 6:
            size = 8 + struct.unpack_from(">I", data, at + 4)[0]
        elif kind == 248:
            size = 9 + data[at + 8]
        elif kind == 255 and data[at + 1] == 0:
            size = 12
        else:
            raise PromiseBrokenError(f"message type {kind} came out")
        message = data[at : at + size]
        if len(message) != size:
            raise PromiseBrokenError(f"half a message of type {kind} came out")
        if kind == 2:
            check_encodings(message)
        messages.append((kind, message))
        at += size
    return messages


def check_encodings(message: bytes) -> None:
    """No encoding from the list of those that must never be agreed."""
    for (encoding,) in struct.iter_unpack(">i", message[4:]):
        harmless = encoding in {0, 1, 2, 6, 7, 16} or -512 <= encoding <= -412 or -32 <= encoding <= -23
        harmless = harmless or -256 <= encoding <= -247
        harmless = harmless or encoding in {-223, -224, -232, -239, -240, -258, -307, -308, -312, -313, -314}
        if not harmless:
            raise PromiseBrokenError(f"encoding {encoding} came out")


def is_let_go(kind: int, message: bytes) -> bool:
    """A key or all buttons let go: what may follow a change to view mode, and nothing else may."""
    return (
        (kind == 4 and message[1] == 0) or (kind == 5 and message[1] == 0) or (kind == 255 and message[2:4] == b"\0\0")
    )


@dataclass
class Grammar:
    """Makes messages from a seed. Every choice is the random generator's."""

    random: random.Random

    def message(self) -> bytes:
        """One message: mostly well formed, of any type, now and then with a length that lies or an end that is missing."""
        chance = self.random.random
        message = COMMON[int(chance() * len(COMMON))](chance)
        luck = chance()
        if luck < 0.01:  # most of these end the session, so there is about one in a stream
            message = self.rare(int(chance() * 256))
        elif luck < 0.012:
            message = self.random.randbytes(int(chance() * 40) + 1)
        elif luck < 0.016:
            message = message[: int(chance() * len(message)) + 1]
        return message

    def rare(self, kind: int) -> bytes:
        """A message of this type, with a length field that is right, or nearly, or enormous."""
        claim = self.random.choice(
            (0, 1, 5, 64, 65, 300, 4096, 4097, 1024 * 1024, 1024 * 1024 + 1, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFFD)
        )
        body = self.random.randbytes(min(claim, 300) if self.random.random() < 0.9 else 3)
        if kind in {6, 11}:
            return struct.pack(">BxxxI", kind, claim) + body
        if kind == 2:
            return struct.pack(">BxH", 2, claim & 0xFFFF) + body
        if kind == 248:
            return struct.pack(">BxxxIB", 248, self.random.getrandbits(32), min(claim, 255)) + body
        if kind == 251:
            return struct.pack(">BxHHBx", 251, 640, 480, claim & 0x0F) + bytes(16 * (claim & 0x0F))
        if kind == 253:
            return struct.pack(">BBH", 253, 0x80 | (claim & 1), min(claim, 300)) + body
        if kind == 255:
            return bytes([255, claim & 3]) + self.random.randbytes(10)
        return bytes([kind]) + self.random.randbytes(self.random.choice((0, 1, 3, 5, 7, 9, 11, 19)))


def _format(chance: Chance) -> bytes:
    return b"\0\0\0\0" + FORMATS[int(chance() * len(FORMATS))]


def _encodings(chance: Chance) -> bytes:
    numbers = [ENCODINGS[int(chance() * len(ENCODINGS))] for _ in range(int(chance() * 12))]
    return struct.pack(f">BxH{len(numbers)}i", 2, len(numbers), *numbers)


def _request(chance: Chance) -> bytes:
    return struct.pack(">BBHHHH", 3, int(chance() * 3), int(chance() * 65536), 0, 640, 480)


def _key(chance: Chance) -> bytes:
    return struct.pack(">BBxxI", 4, int(chance() * 2), int(chance() * 300))


def _pointer(chance: Chance) -> bytes:
    return struct.pack(">BBHH", 5, int(chance() * 256), int(chance() * 640), int(chance() * 480))


def _cut(chance: Chance) -> bytes:
    text = bytes(int(chance() * 60))
    return struct.pack(">BxxxI", 6, len(text)) + text


def _continuous(chance: Chance) -> bytes:
    return struct.pack(">BBHHHH", 150, int(chance() * 2), 0, 0, 640, 480)


def _fence(chance: Chance) -> bytes:
    payload = bytes(int(chance() * 8))
    return struct.pack(">BxxxIB", 248, 0x80000000 | int(chance() * 8), len(payload)) + payload


def _qemu(chance: Chance) -> bytes:
    return struct.pack(">BBHII", 255, 0, int(chance() * 2), int(chance() * 300), int(chance() * 256))


def _harmless(chance: Chance) -> bytes:
    return HARMLESS[int(chance() * len(HARMLESS))]


COMMON = [_key] * 10 + [_pointer] * 12 + [_request] * 8 + [_cut] * 4 + [_qemu] * 5 + [_harmless] * 3
COMMON += [_encodings] * 2 + [_fence] * 1 + [_continuous] * 2 + [_format] * 1
HARMLESS = (
    b"\x08\2\0\0",
    b"\x09\1\0\0",
    b"\x0a\0\0\0\0\0",
    b"\x0d",
    b"\x0f\1\0\0",
    b"\x14",
    b"\x15\1",
    b"\x50\0\0\0",
    b"\xfa\0\1\2",
)
FORMATS = (
    struct.pack(">BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0),
    struct.pack(">BBBBHHHBBB3x", 16, 16, 1, 1, 31, 63, 31, 11, 5, 0),
    struct.pack(">BBBBHHHBBB3x", 8, 8, 0, 0, 0, 0, 0, 0, 0, 0),
)
ENCODINGS = (0, 1, 2, 4, 5, 6, 7, 8, 15, 16, 17, 21, 22, -23, -32, -223, -224, -239, -240, -247, -256, -258, -259, -260, -305, -307, -308, -309, -312, -313, -314, -316, -412, -512, -1063131698, -1063131697, -32768, -32761)  # fmt: skip


@dataclass
class Tally:
    """What was tried and what came of it."""

    messages: int = 0
    streams: int = 0
    ended: int = 0
    in_view: int = 0
    in_control: int = 0
    stopped: int = 0  # pictures
    types: set[int] = field(default_factory=set)


class Trial:
    """One stream through one filter."""

    def __init__(self, grammar: Grammar, tally: Tally) -> None:
        self.grammar = grammar
        self.random = grammar.random
        self.tally = tally
        self.state = StreamState()
        self.state.started(640, 480, TRUE_COLOUR)
        # Three streams of four stay in view mode for their whole life: nothing may ever come out of them.
        self.always_view = self.random.random() < 0.75
        self.mode = Mode.VIEW
        self.question = self.picture_stopped = False
        self.to_desktop = self.random.random() < 0.5
        self.filter = ClientFilter(state=self.state, mode=self.mode, to_desktop=self.to_desktop)
        self.filter.cover([Box(0, 0, 200, 20)])

    @property
    def stopped(self) -> bool:
        """Whether input may not come out now."""
        return self.mode is Mode.VIEW or self.question or self.picture_stopped

    def live(self, count: int) -> None:
        """Feed `count` messages in pieces, with happenings in between; end where the filter ends the session."""
        tally = self.tally
        messages = [self.grammar.message() for _ in range(count)]
        tally.streams += 1
        data = b"".join(messages)
        at = 0
        try:
            while at < len(data):
                step = int(self.random.random() ** 3 * 400) + 1
                self.check(self.filter.feed(data[at : at + step]))
                at += step
                if self.random.random() < 0.3:
                    self.happen()
        except ProtocolViolationError:
            tally.ended += 1
            at += step
        begin = 0
        for message in messages:  # only what the filter has seen the beginning of was tried
            if begin >= at:
                break
            begin += len(message)
            tally.messages += 1
            tally.types.add(message[0])

    def check(self, out: Sequence[object]) -> None:
        """Read what came out as a server would."""
        if self.picture_stopped and out:
            raise PromiseBrokenError("something came out while the picture was stopped")
        for kind, message in self.read(out):
            if kind not in INPUT:
                continue
            if not self.stopped:
                self.tally.in_control += 1
            else:
                self.tally.in_view += 1
                print(f"input in view mode: type {kind}, {len(message)} bytes", file=sys.stderr)

    def read(self, out: Sequence[object]) -> list[tuple[int, bytes]]:
        """What the server gets; where the desktop takes input, that must be in no message, and counts as one."""
        messages = read_as_a_server(b"".join(item for item in out if isinstance(item, bytes)))
        if self.to_desktop and any(kind in INPUT for kind, _ in messages):
            raise PromiseBrokenError("a server heard of input that goes into the desktop")
        for item in out:
            if isinstance(item, KeyEvent | PointerEvent):
                if not self.to_desktop:
                    raise PromiseBrokenError("an event came out for a desktop that takes none")
                messages.append((item.encode()[0], item.encode()))
        return messages

    def happen(self) -> None:
        """Something else of a session's life."""
        which = int(self.random.random() * 10)
        if self.question or self.picture_stopped:
            which = 5 if self.question else 6  # a question or a stop ends soon
        if which == 0:
            self.state.fence_seen(0x80000000, b"")
        elif which == 1:
            self.state.end_seen()
        elif which == 2:
            self.state.qemu_key_announced = True
        elif which == 3:
            self.state.update_started()
        elif which == 4:
            self.state.update_ended()
        elif which == 5:
            self.question = not self.question
            self.after(self.filter.question_open(self.question))
        elif which == 6:
            self.picture_stopped = not self.picture_stopped
            if self.picture_stopped:
                self.tally.stopped += 1
                self.after(self.filter.stop())
                self.state.cut()
                self.state.owed()
            else:
                self.go_on(read_as_a_server(self.filter.go_on()))
        elif not self.always_view:
            self.mode = Mode.CONTROL if self.mode is Mode.VIEW else Mode.VIEW
            self.after(self.filter.set_mode(self.mode))

    def go_on(self, said: list[tuple[int, bytes]]) -> None:
        """Another connection: SetPixelFormat, SetEncodings where there were any, and at most one request, for everything."""
        kinds = [kind for kind, _ in said]
        if kinds not in ([0], [0, 2], [0, 3], [0, 2, 3]):
            raise PromiseBrokenError(f"another connection began with messages of types {kinds}")
        if kinds[-1] == 3 and said[-1][1] != struct.pack(">BBHHHH", 3, 0, 0, 0, self.state.width, self.state.height):
            raise PromiseBrokenError("another connection began with a request for a part")

    def after(self, out: Sequence[object]) -> None:
        """What a change passes on at once: let-goes where input stops; in a stream that only looks, none of a key or button."""
        if self.to_desktop and self.stopped and list(out) != [ReleaseAll()]:
            raise PromiseBrokenError("the desktop was not told to let go")
        for kind, message in self.read(out):
            if kind in INPUT and (self.always_view or not is_let_go(kind, message)):
                self.tally.in_view += 1
                print(f"input at a change: type {kind}", file=sys.stderr)


def run(messages: int, seed: int) -> Tally:
    """Try so many messages."""
    grammar = Grammar(random.Random(seed))
    tally = Tally()
    while tally.messages < messages:
        Trial(grammar, tally).live(min(messages - tally.messages, int(grammar.random.random() * 200) + 1))
    return tally


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Fuzz the filter by a seeded grammar.")
    parser.add_argument("--messages", type=int, default=DEFAULT_MESSAGES)
    parser.add_argument("--seed", type=int, default=20070201)
    arguments = parser.parse_args()
    began = time.perf_counter()
    try:
        tally = run(arguments.messages, arguments.seed)
    except PromiseBrokenError as error:
        print(f"broken: {error} (seed {arguments.seed})")
        return 1
    print(
        f"{tally.messages} messages of {len(tally.types)} types tried in {tally.streams} streams ({tally.ended} ended by the"
        f" filter), seed {arguments.seed}, {time.perf_counter() - began:.1f} s"
    )
    print(f"pictures stopped: {tally.stopped}")
    print(f"input events in control mode: {tally.in_control}")
    print(f"input events in view mode: {tally.in_view}")
    return 0 if tally.in_view == 0 and tally.in_control > 0 and tally.stopped > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
