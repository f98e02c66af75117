"""A Wayland compositor's socket that tells its globals and outputs, and nothing more; answers can come a byte at a time."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output: its name, its place, the size of its picture before it is turned (`transform` 1 is 90 degrees)."""

    name: str
    place: tuple[int, int]
    mode: tuple[int, int]
    transform: int = 0


def text(words: str) -> bytes:
    """A string on the wire."""
    raw = words.encode() + b"\0"
    return struct.pack("=I", len(raw)) + raw.ljust((len(raw) + 3) // 4 * 4, b"\0")


def event(target: int, opcode: int, body: bytes = b"") -> bytes:
    """A message on the wire."""
    return struct.pack("=II", target, (8 + len(body)) << 16 | opcode) + body


class Compositor:
    """Answers one connection after the other."""

    def __init__(
        self, path: Path, *, globals_: Sequence[str], outputs: Sequence[Output] = (), piece: int = 65536
    ) -> None:
        self._globals = [*globals_, *["wl_output"] * len(outputs)]
        self._first_output = len(globals_)
        self._outputs = outputs
        self._piece = piece
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Serve nobody any more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            with sock, contextlib.suppress(OSError):
                self._talk(sock)

    def _talk(self, sock: socket.socket) -> None:
        bound: dict[int, str] = {}
        shown: dict[int, Output] = {}
        with sock.makefile("rb") as messages:
            while head := messages.read(8):
                target, word = struct.unpack("=II", head)
                opcode, body = word & 0xFFFF, messages.read((word >> 16) - 8)
                answer = b""
                if (target, opcode) == (1, 1):
                    for number, interface in enumerate(self._globals):
                        answer += event(2, 0, struct.pack("=I", number) + text(interface) + struct.pack("=I", 4))
                elif (target, opcode) == (1, 0):
                    answer = event(struct.unpack("=I", body)[0], 0, bytes(4))
                elif target == 2:
                    number, (new,) = struct.unpack_from("=I", body)[0], struct.unpack("=I", body[-4:])
                    bound[new] = self._globals[number]
                    if bound[new] == "wl_output":
                        shown[new] = output = self._outputs[number - self._first_output]
                        answer = event(
                            new,
                            0,
                            struct.pack("=5i", 0, 0, 600, 340, 0)
                            + text("Maker")
                            + text("Model of")
                            + struct.pack("=i", output.transform),
                        )
                        answer += event(new, 1, struct.pack("=Iiii", 0, 320, 200, 60000))
                        answer += event(new, 1, struct.pack("=Iiii", 3, *output.mode, 60000)) + event(new, 2)
                elif bound.get(target) == "zxdg_output_manager_v1" and opcode == 1:
                    new, of = struct.unpack("=II", body)
                    answer = event(new, 0, struct.pack("=ii", *shown[of].place)) + event(new, 3, text(shown[of].name))
                for at in range(0, len(answer), self._piece):
                    sock.sendall(answer[at : at + self._piece])


@contextlib.contextmanager
def compositor(folder: Path, **more: object) -> Iterator[dict[str, str]]:
    """A compositor in `folder`; the environment of a program on its desktop."""
    serving = Compositor(folder / "wayland-7", **more)  # type: ignore[arg-type]
    try:
        yield {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(folder), "XDG_SESSION_TYPE": "wayland"}
    finally:
        serving.close()
