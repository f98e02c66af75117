"""What a Wayland compositor offers, asked in its own protocol: its globals and its outputs. No library is needed for that.

The wire: an object's id, then size and opcode in one word, then arguments, all in the machine's byte order; strings have
a length, a NUL and padding to four bytes.
"""

import errno
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from common.host.computer import Computer
from common.host.system_errors import meaning
from user_agent.servers.base import ScreenChoice

# What wayvnc needs: to see (wlr-screencopy), to point and to type.
NEEDED = frozenset({
    "zwlr_screencopy_manager_v1", "zwlr_virtual_pointer_manager_v1", "zwp_virtual_keyboard_manager_v1",
})  # fmt: skip
XDG_OUTPUT = "zxdg_output_manager_v1"
PATIENCE = 1.0  # seconds for one answer: a compositor answers in a millisecond or hangs
MOST = 256 << 10  # bytes of answers

_DISPLAY, _REGISTRY, _FIRST_FREE = 1, 2, 3
_SYNC, _GET_REGISTRY, _BIND = 0, 1, 0  # requests
_GLOBAL, _DONE = 0, 0  # events of the registry, of a callback
_GEOMETRY, _MODE = 0, 1  # events of an output
_GET_OUTPUT = 1  # request of the manager that knows outputs' places and names
_PLACE, _NAME = 0, 3  # events of what it gives
_CURRENT_MODE = 1
_SIDEWAYS = 1  # the lowest bit of a transform: turned by 90 or 270 degrees


class WaylandError(Exception):
    """The compositor does not answer, or not as a compositor does."""


@dataclass(kw_only=True)
class _Output:
    """An output while its events come in: its own, and those of its xdg-output (wlroots tells the place only there)."""

    name: str = ""
    place: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    sideways: bool = False

    def hear(self, opcode: int, body: bytes) -> None:
        """One event of the wl_output."""
        if opcode == _GEOMETRY:
            after_make = _string(body, 20)[1]
            after_model = _string(body, after_make)[1]
            self.sideways = bool(struct.unpack_from("=i", body, after_model)[0] & _SIDEWAYS)
        elif opcode == _MODE:
            flags, width, height = struct.unpack_from("=Iii", body)
            if flags & _CURRENT_MODE:
                self.size = (width, height)

    def hear_xdg(self, opcode: int, body: bytes) -> None:
        """One event of its xdg-output."""
        if opcode == _PLACE:
            self.place = struct.unpack_from("=ii", body)
        elif opcode == _NAME:
            self.name = _string(body, 0)[0]

    def screen(self) -> ScreenChoice:
        """As a value."""
        width, height = self.size[::-1] if self.sideways else self.size
        return ScreenChoice(name=self.name, x=self.place[0], y=self.place[1], width=width, height=height)


@dataclass(kw_only=True)
class WaylandGlobals:
    """What a compositor offers: interface → (name, version) of each global."""

    globals: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @property
    def shows(self) -> bool:
        """Whether wayvnc can show it."""
        return self.globals.keys() >= NEEDED


def shows(computer: Computer) -> bool:
    """Whether this desktop's compositor lets programs like wayvnc see and control it."""
    try:
        with _connected(computer) as sock:
            return _globals(sock).shows
    except (OSError, WaylandError, struct.error):
        return False


def outputs(computer: Computer) -> list[ScreenChoice]:
    """The compositor's outputs; empty where it does not answer."""
    try:
        with _connected(computer) as sock:
            return _outputs(sock)
    except (OSError, WaylandError, struct.error):
        return []


def address(computer: Computer) -> Path:
    """The compositor's socket."""
    return Path(computer.environ.get("XDG_RUNTIME_DIR", "")) / computer.environ.get("WAYLAND_DISPLAY", "")


def _connected(computer: Computer) -> socket.socket:
    if sys.platform == "win32":
        raise OSError(errno.EAFNOSUPPORT, meaning(errno.EAFNOSUPPORT))
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(PATIENCE)
        sock.connect(os.fspath(address(computer)))
    except BaseException:
        sock.close()
        raise
    return sock


def _globals(sock: socket.socket) -> WaylandGlobals:
    offered = WaylandGlobals()
    sock.sendall(_message(_DISPLAY, _GET_REGISTRY, struct.pack("=I", _REGISTRY)))
    for target, opcode, body in _until_done(sock, _FIRST_FREE):
        if target == _REGISTRY and opcode == _GLOBAL:
            interface, end = _string(body, 4)
            (number,), (version,) = struct.unpack_from("=I", body), struct.unpack_from("=I", body, end)
            offered.globals.setdefault(interface, []).append((number, version))
    return offered


def _outputs(sock: socket.socket) -> list[ScreenChoice]:
    found: list[_Output] = []
    hear: dict[int, Callable[[int, bytes], None]] = {}
    offered = _globals(sock).globals
    manager = _FIRST_FREE + 1
    free = manager + 1
    for number, version in offered.get(XDG_OUTPUT, ())[:1]:
        sock.sendall(_bind(number, XDG_OUTPUT, min(version, 3), manager))
        for output, _ in offered.get("wl_output", ()):
            one = _Output()
            found.append(one)
            hear |= {free: one.hear, free + 1: one.hear_xdg}
            sock.sendall(_bind(output, "wl_output", 1, free))
            sock.sendall(_message(manager, _GET_OUTPUT, struct.pack("=II", free + 1, free)))
            free += 2
    for target, opcode, body in _until_done(sock, free):
        if target in hear:
            hear[target](opcode, body)
    return [output.screen() for output in found if output.name and output.size[0] > 0]


def _bind(number: int, interface: str, version: int, new: int) -> bytes:
    name = interface.encode() + b"\0"
    padded = name.ljust((len(name) + 3) // 4 * 4, b"\0")
    return _message(_REGISTRY, _BIND, struct.pack("=II", number, len(name)) + padded + struct.pack("=II", version, new))


def _until_done(sock: socket.socket, callback: int) -> Iterator[tuple[int, int, bytes]]:
    """The events that came before the compositor answered a sync, as (object, opcode, arguments)."""
    sock.sendall(_message(_DISPLAY, _SYNC, struct.pack("=I", callback)))
    buffer, total = b"", 0
    while True:
        data = sock.recv(65536)
        total += len(data)
        if not data or total > MOST:
            raise WaylandError("the compositor hung up, or says too much")
        buffer += data
        while len(buffer) >= 8:
            target, word = struct.unpack_from("=II", buffer)
            size, opcode = word >> 16, word & 0xFFFF
            if size < 8:
                raise WaylandError("not a Wayland message")
            if len(buffer) < size:
                break
            body, buffer = buffer[8:size], buffer[size:]
            if target == callback and opcode == _DONE:
                return
            yield target, opcode, body


def _message(target: int, opcode: int, arguments: bytes) -> bytes:
    return struct.pack("=II", target, (8 + len(arguments)) << 16 | opcode) + arguments


def _string(body: bytes, at: int) -> tuple[str, int]:
    """The string at this place, and where the next argument begins."""
    (length,) = struct.unpack_from("=I", body, at)
    text = body[at + 4 : at + 4 + length].rstrip(b"\0").decode("utf-8", "replace")
    return text, at + 4 + (length + 3) // 4 * 4
