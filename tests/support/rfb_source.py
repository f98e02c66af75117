"""A VNC server that always has more to show: every request for an update is answered with the whole screen, in Raw.

Run as a program: PASSWORD_FILE. Events on stdout: `listening{port}`; after each line on stdin `wrote{bytes, wanted}`, of
the connection that came last: what the kernel took, and what was asked for. Each row of pixels says which update and
which row it is, so that whoever reads can tell that nothing is missing.
"""

import json
import os
import socket
import struct
import sys
import threading
from pathlib import Path

from common.protocol.rfb import vncauth
from tests.support.rfb import server_init

WIDTH, HEIGHT = 1920, 1080
HEAD = struct.pack(">BxHHHHHi", 0, 1, 0, 0, WIDTH, HEIGHT, 0)
UPDATE = len(HEAD) + WIDTH * HEIGHT * 4  # bytes
SEND_BUFFER = 64 * 1024
_LENGTHS = {0: 20, 4: 8, 5: 6, 150: 10}  # client messages of one length


def row(update: int, number: int) -> bytes:
    """A row of pixels of the update of this number, counted from 0."""
    return struct.pack(">II", update, number) * (WIDTH // 2)


class Connection(threading.Thread):
    """One viewer: what it asked for is counted by this thread's `reader`, and written by the thread itself."""

    def __init__(self, sock: socket.socket, password: bytes) -> None:
        super().__init__(daemon=True)
        self.written = 0
        self.asked = 0
        self._sock = sock
        self._password = password
        self._news = threading.Condition()
        self._gone = False

    def run(self) -> None:
        """Serve it to its end."""
        try:
            self._log_in()
            threading.Thread(target=self._listen, daemon=True).start()
            for number in range(1 << 32):
                with self._news:
                    while self.asked <= number and not self._gone:
                        self._news.wait()
                    if self._gone:
                        return
                self._show(number)
        except OSError:
            pass
        finally:
            self._sock.close()

    def _log_in(self) -> None:
        self._sock.sendall(b"RFB 003.008\n")
        self._take(12)
        self._sock.sendall(b"\1\2")
        self._take(1)
        challenge = os.urandom(vncauth.CHALLENGE_LENGTH)
        self._sock.sendall(challenge)
        if not vncauth.is_right(self._password, challenge, self._take(16)):
            raise ConnectionError("wrong password")
        self._sock.sendall(b"\0\0\0\0")
        self._take(1)
        self._sock.sendall(server_init(WIDTH, HEIGHT))

    def _show(self, number: int) -> None:
        self._send(HEAD)
        for at in range(0, HEIGHT, 60):
            self._send(b"".join(row(number, one) for one in range(at, at + 60)))

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            count = self._sock.send(view)
            self.written += count
            view = view[count:]

    def _listen(self) -> None:
        try:
            while True:
                self._message(self._take(1)[0])
        except OSError:
            with self._news:
                self._gone = True
                self._news.notify()

    def _message(self, kind: int) -> None:
        if kind == 2:
            self._take(4 * struct.unpack(">xH", self._take(3))[0])
        elif kind == 6:
            self._take(struct.unpack(">3xI", self._take(7))[0])
        elif kind == 3:
            self._take(9)
            with self._news:
                self.asked += 1
                self._news.notify()
        else:
            self._take(_LENGTHS[kind] - 1)

    def _take(self, count: int) -> bytes:
        data = self._sock.recv(count, socket.MSG_WAITALL)
        if len(data) < count:
            raise ConnectionError("closed")
        return data


def tell(event: str, **facts: int) -> None:
    """Print an event."""
    print(json.dumps({"event": event, **facts}), flush=True)


def main(password_file: str) -> None:
    """Serve until stdin ends."""
    password = Path(password_file).read_bytes().strip()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    connections: list[Connection] = []

    def accept() -> None:
        while True:
            connections.append(Connection(listener.accept()[0], password))
            connections[-1].start()

    threading.Thread(target=accept, daemon=True).start()
    tell("listening", port=listener.getsockname()[1])
    for _ in sys.stdin:
        last = connections[-1] if connections else None
        tell("wrote", bytes=last.written if last else 0, wanted=last.asked * UPDATE if last else 0)


if __name__ == "__main__":
    main(sys.argv[1])
