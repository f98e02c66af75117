"""The relay's side of the outer TLS: 1.3, and 1.2 with AEAD; ALPN http/1.1; never client certificates (proxies cannot pass them).

By Python's own ssl rather than pyOpenSSL: here every byte of every session is decrypted and encrypted, a record takes two
thirds of the time this way, and a connection two thirds of the memory.
"""

import contextlib
import os
import ssl
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from common.host.errors import TasukiError
from common.host.untrusted_files import read_untrusted
from common.protocol.wire import ALPN_HTTP, CIPHERS_1_2

RECORD: Final = 16 * 1024
"""Bytes of plaintext in a record at most."""
PEM_LIMIT: Final = 1024 * 1024
"""Bytes of a certificate's or a key's file at most."""
_HEADER: Final = 5  # bytes in front of each record, the last two of which say how long it is


class TlsSide:
    """The server's side of one connection, between two memory BIOs. Bytes in, bytes out; no socket.

    OpenSSL is fed a record at a time. Fed by the read, its memory BIO would grow to the largest read and stay so, a few
    times what an idle connection takes else; and asked without knowing where records end, it would have to be asked until
    it raises. Only the five bytes of each record's header are looked at for that (RFC 8446 section 5.1).
    """

    __slots__ = ("_incoming", "_missing", "_object", "_outgoing", "_stub")

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._missing = 0  # bytes of the record under way that have not come
        self._stub = b""  # the beginning of a header that was cut in two

    def shake(self, data: bytes, parts: list[bytes]) -> bool:
        """Go on with the handshake: whether it is done. What came right behind it is added to `parts`.

        Raises ssl.SSLError; `pending` holds the alert then. SSLZeroReturnError: done, and closed by the peer already.
        """
        self._follow(data)
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        with contextlib.suppress(ssl.SSLWantReadError):
            while True:
                self._take(parts)
        return True

    def receive(self, data: bytes, parts: list[bytes], *, most: int) -> bytes:
        """Add to `parts` the plaintext of the records that are whole now, `most` of them; what was not looked at comes back.

        Raises SSLZeroReturnError at the peer's close, another ssl.SSLError where TLS is broken; `parts` has what came before.
        """
        if self._stub:
            data, self._stub = self._stub + data, b""
        view = memoryview(data)
        feed, read, missing = self._incoming.write, self._object.read, self._missing
        at, end = 0, len(data)
        while at < end and most:
            if not missing:
                if end - at < _HEADER:
                    self._stub, at = data[at:], end
                    break
                missing = (data[at + 3] << 8 | data[at + 4]) + _HEADER
            until = at + missing
            if until > end:
                feed(view[at:])
                at, missing = end, until - end
                break
            feed(view[at:until])
            at, missing = until, 0
            most -= 1
            try:
                part = read(RECORD)
            except ssl.SSLWantReadError:
                continue  # a record without data of the application's: a key update
            if not part:
                raise ssl.SSLZeroReturnError(ssl.SSL_ERROR_ZERO_RETURN, "the peer's close")
            parts.append(part)
        self._missing = missing
        return data[at:]

    def seal(self, data: Iterable[bytes]) -> list[bytes]:
        """Ciphertext of this, a part for each record. Small pieces are joined to fill records, large ones never copied.

        Raises ssl.SSLError.
        """
        write, read = self._object.write, self._outgoing.read
        sealed = []
        for record in _records_of(data):
            write(record)
            sealed.append(read())
        return sealed

    def pending(self) -> bytes:
        """What TLS itself has to say: a part of the handshake, an alert, the answer to a key update."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def shut(self) -> None:
        """Say goodbye; `pending` holds it. The peer's goodbye is not waited for."""
        with contextlib.suppress(ssl.SSLError):  # in mid-handshake there is nothing to say
            self._object.unwrap()

    def _take(self, parts: list[bytes]) -> None:
        part = self._object.read(RECORD)
        if not part:
            raise ssl.SSLZeroReturnError(ssl.SSL_ERROR_ZERO_RETURN, "the peer's close")
        parts.append(part)

    def _follow(self, data: bytes) -> None:
        """Feed all of it, minding where its records end."""
        data, self._stub = self._stub + data, b""
        at, end = self._missing, len(data)
        while at + _HEADER <= end:
            at += (data[at + 3] << 8 | data[at + 4]) + _HEADER
        if at < end:
            self._stub = data[at:]
            self._missing = 0
        else:
            self._missing = at - end
        self._incoming.write(data[:at])


def whole_records(data: bytes) -> int:
    """So many bytes at the beginning of `data`, which begins with a record, are records that are whole."""
    end = 0
    while len(data) >= end + _HEADER:
        following = end + _HEADER + int.from_bytes(data[end + 3 : end + _HEADER], "big")
        if following > len(data):
            break
        end = following
    return end


def _records_of(data: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """`data` in pieces that fit a record each: large ones cut, small ones joined."""
    small: list[bytes] = []
    size = 0
    for piece in data:
        if small and size + len(piece) > RECORD:
            yield small[0] if len(small) == 1 else b"".join(small)
            small, size = [], 0
        if len(piece) <= RECORD:
            if piece:
                small.append(piece)
                size += len(piece)
        else:
            view = memoryview(piece)
            for at in range(0, len(view), RECORD):
                yield view[at : at + RECORD]
    if small:
        yield small[0] if len(small) == 1 else b"".join(small)


class RelayTls:
    """Certificate and key, and what comes of them for each connection."""

    def __init__(self, *, certificate: Path, key: Path) -> None:
        """Load a PEM chain (leaf first, with the organisation's root at its end) and its key. Raises TasukiError."""
        self._files = (certificate, key)
        self._context, self._leaf = self._load()

    @property
    def valid(self) -> tuple[datetime, datetime]:
        """From when and until when the certificate in use is valid, UTC."""
        return self._leaf.not_valid_before_utc, self._leaf.not_valid_after_utc

    def reload(self) -> None:
        """Read both files again, for connections from now on. Raises TasukiError, and the old ones stay in use."""
        self._context, self._leaf = self._load()

    def connection(self) -> TlsSide:
        """For one accepted connection."""
        return TlsSide(self._context)

    def _load(self) -> tuple[ssl.SSLContext, x509.Certificate]:
        certificate, key = self._files
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(CIPHERS_1_2)
        context.set_alpn_protocols([ALPN_HTTP])
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        context.num_tickets = 0  # nobody resumes: a session of an hour pays for its handshake
        try:
            with _as_read(certificate) as certificate_read, _as_read(key) as key_read:
                context.load_cert_chain(certificate_read, key_read)
                leaf = x509.load_pem_x509_certificate(certificate_read.read_bytes())
        except ssl.SSLError as error:
            detail = (error.reason or "PEM").replace("_", " ").lower()
            raise TasukiError("tls_files_unusable", certificate=certificate, detail=detail) from error
        except OSError as error:
            raise TasukiError("tls_files_unusable", certificate=certificate, detail=error.strerror) from error
        except ValueError as error:
            raise TasukiError("tls_files_unusable", certificate=certificate, detail=error) from error
        return context, leaf


@contextlib.contextmanager
def _as_read(path: Path) -> Iterator[Path]:
    """The file as a path that OpenSSL can open without waiting: it opens no others, and whoever fetches certificates may be another user."""
    data = read_untrusted(path, limit=PEM_LIMIT, follow=True)
    if sys.platform != "linux":
        yield path
        return
    with os.fdopen(os.memfd_create(path.name), "wb", buffering=0) as memory:
        memory.write(data)
        yield Path(f"/proc/self/fd/{memory.fileno()}")
