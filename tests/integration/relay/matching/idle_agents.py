"""A process that is many idle agents: each identifies itself, watches, and then only stays and answers pings.

Arguments: the CA's folder, the user's account, the relay's port, how many, and the organisation where it is not Example.
Says how many are in, and ends when standard input does.
"""

import contextlib
import os
import resource
import selectors
import socket
import ssl
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate, random_serial_number

from common.net.certificates import Identity, key_from_pem, new_key
from common.protocol.identity import IdentityUri, Role, matching_challenge
from common.protocol.messages import Hello, Identify, Watch, Welcome, decode_from_relay, encode
from relay.ca.issuing import Issuer
from tests.support.front import LOOPBACK, client_context, frame, upgrade


def read_frame(stream: ssl.SSLSocket) -> str:
    """The next text frame's payload."""
    head = read(stream, 2)
    length = head[1]
    if length == 126:
        length = int.from_bytes(read(stream, 2), "big")
    return read(stream, length).decode()


def read(stream: ssl.SSLSocket, count: int) -> bytes:
    """Exactly so many bytes."""
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def come(identity: Identity, port: int) -> ssl.SSLSocket:
    """One agent, identified and watching."""
    stream = client_context().wrap_socket(socket.create_connection((LOOPBACK, port), timeout=60))
    stream.sendall(upgrade("/v1/matching", "tasuki.matching.v1"))
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += read(stream, 1)
    hello = decode_from_relay(read_frame(stream))
    assert isinstance(hello, Hello)
    signature = identity.sign(matching_challenge(LOOPBACK, hello.nonce))
    message = Identify(chain=list(identity.chain), signature=signature, agent="idle/1")
    stream.sendall(frame(1, encode(message).encode()))
    assert isinstance(decode_from_relay(read_frame(stream)), Welcome)
    stream.sendall(frame(1, encode(Watch(on=True)).encode()))
    read_frame(stream)
    return stream


class Staying:
    """An agent that is in: lists that come are thrown away, a ping is answered."""

    def __init__(self, stream: ssl.SSLSocket) -> None:
        stream.setblocking(False)
        self.stream = stream
        self._received = bytearray()

    def hear(self) -> None:
        """All that came. Raises ConnectionError where that is the end."""
        with contextlib.suppress(ssl.SSLWantReadError):
            while data := self.stream.recv(65536):
                self._received += data
                self._frames()
            raise ConnectionError("closed")

    def _frames(self) -> None:
        received = self._received
        while len(received) >= 2:
            extended = {126: 2, 127: 8}.get(received[1], 0)
            start = 2 + extended
            end = start + (int.from_bytes(received[2:start], "big") if extended else received[1])
            if len(received) < max(start, end):
                return
            if received[0] & 0x0F == 9:
                self.stream.send(frame(10, bytes(received[start:end])))
            del received[:end]


def stay(selector: selectors.BaseSelector) -> None:
    """Answer for all who are in, in a thread of its own; who is sent away ends everybody, with an error."""
    try:
        while True:
            for key, _ in selector.select():
                key.data.hear()
    except BaseException:  # noqa: BLE001 -- in a thread, nobody else would hear of it
        traceback.print_exc()
        os._exit(1)


def main(folder: Path, account: str, port: int, count: int, organisation: str = "Example") -> None:
    """Everybody comes, and stays."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    root = load_pem_x509_certificate((folder / "root.pem").read_bytes()).public_bytes(Encoding.DER)
    issuer = Issuer(key=key_from_pem((folder / "root-key.pem").read_bytes()), root=root)
    uri = IdentityUri(organisation=organisation, role=Role.USER, account=account)
    key, now = new_key(), datetime.now(UTC)
    selector = selectors.EpollSelector()

    def one(_: int) -> None:
        leaf = issuer.person(
            key.public_key(),
            uri=uri,
            name="Everybody",
            serial=random_serial_number(),
            not_before=now - timedelta(days=1),
            not_after=now + timedelta(days=1),
        )
        staying = Staying(come(Identity(key=key, chain=(leaf, root)), port))
        staying.hear()  # what TLS has read already wakes no selector
        selector.register(staying.stream, selectors.EVENT_READ, staying)

    with ThreadPoolExecutor(16) as pool:
        one(0)
        threading.Thread(
            target=stay, args=(selector,), daemon=True
        ).start()  # before the last come the first are pinged
        there = 1 + len(list(pool.map(one, range(1, count))))
    print(there, flush=True)
    sys.stdin.read()
    os._exit(0)  # nobody says goodbye


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
