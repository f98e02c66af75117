"""The end-to-end TLS of a session, over a leg: TLS 1.3 in memory, binary messages of the leg's WebSocket outside.

The user's agent is the TLS server, the helper's the client. Nothing is passed up before the peer's certificate was
verified by common.net.certificates. What is spoken inside is the channel's business.

A client finishes its handshake before the server has looked at its certificate: `secured` at the helper's side does not
yet mean that the user's agent accepts it. That is known with the first byte received (the channel's HELLO).
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final, Protocol

from OpenSSL import SSL

from common.net.certificates import CertificateError, Identity, RevocationList, VerifiedPeer, verify_chain
from common.net.tls import reason_of, session_context
from common.net.websocket import WebSocket
from common.protocol.identity import Role
from common.protocol.wire import ALPN_SESSION, CloseCode

MESSAGE_LIMIT: Final = 64 * 1024  # bytes in one message of the leg
EXPORTER: Final = b"EXPORTER-tasuki-session"
_RECORD: Final = 16 * 1024  # plaintext bytes in one TLS record
_BATCH: Final = MESSAGE_LIMIT - 4 * 64  # plaintext whose four records fit into one message

# What an alert says of our certificate; "internal error" is OpenSSL's alert where our own check, not its, said no.
_REFUSALS: Final = ("certificate", "unknown ca", "internal error")


class Lost(StrEnum):
    """How an inner TLS ended."""

    ENDED = "ended"  # the peer's close_notify came: everything it sent has been received
    CUT = "cut"  # the leg went away without one
    REFUSED = "refused"  # the peer did not accept our certificate (its alert says so)
    UNVERIFIED = "unverified"  # we did not accept the peer's certificate
    PROTOCOL = "protocol"  # not TLS 1.3, no common ALPN, or garbage


class EndToEndListener(Protocol):
    """Who is told."""

    def secured(self, peer: VerifiedPeer) -> None:
        """The handshake is done and the peer's certificate is good; `write` may be called from now on. Once."""

    def received(self, data: bytes) -> None:
        """Bytes of the peer's stream, in order."""

    def lost(self, how: Lost, detail: str) -> None:
        """It is over, once; `detail` is for the log (for UNVERIFIED the CertificateError's code)."""

    def paused(self) -> None:
        """The leg does not take more now: keep back what can wait. What is written all the same is held here."""

    def resumed(self) -> None:
        """The leg has taken everything: write on."""


class _Phase(Enum):
    HANDSHAKE = "handshake"
    SECURED = "secured"
    OVER = "over"


class EndToEnd:
    """One end. Its owner is the leg's WebSocket listener and passes on what follows `ready`."""

    def __init__(
        self,
        *,
        role: Role,
        identity: Identity,
        root_der: bytes,
        crl: RevocationList | None,
        now: Callable[[], datetime],
        leg: WebSocket,
        listener: EndToEndListener,
    ) -> None:
        """`role` is our own; the peer must have the other one. `now` gives aware UTC times. `crl` None refuses everybody."""
        self.peer: VerifiedPeer | None = None
        self._role = role
        self._root_der = root_der
        self._crl = crl
        self._now = now
        self._leg = leg
        self._listener = listener
        self._phase = _Phase.HANDSHAKE
        self._plain = bytearray()  # written, and not encrypted yet
        self._flushing = False  # a flush is due at the end of this turn
        self._leg_full = False
        self._fault: str | None = None  # why the peer's certificate was refused
        self._tls = SSL.Connection(session_context(role, identity, root_der, self._check), None)
        if role is Role.USER:
            self._tls.set_accept_state()
        else:
            self._tls.set_connect_state()

    def start(self) -> None:
        """Begin: the helper's side sends its ClientHello."""
        self._shake()

    def message(self, payload: str | bytes) -> None:
        """A message came on the leg (after `ready`); a text message is a breach."""
        if self._phase is _Phase.OVER:
            return
        if isinstance(payload, str):
            self._lose(Lost.PROTOCOL, "a text message on the leg")
            return
        view = memoryview(payload)
        for at in range(0, len(view), _RECORD):  # fed whole messages, OpenSSL's buffers grow to their size and stay so
            self._tls.bio_write(view[at : at + _RECORD])
            if self._phase is _Phase.HANDSHAKE:
                self._shake()
            if self._phase is _Phase.SECURED:
                self._read()

    def leg_paused(self) -> None:
        """The leg's `paused`."""
        self._leg_full = True
        if self._phase is _Phase.SECURED:
            self._listener.paused()

    def leg_resumed(self) -> None:
        """The leg's `resumed`."""
        self._leg_full = False
        self._flush()
        if self._phase is _Phase.SECURED and not self._leg_full:
            self._listener.resumed()

    def leg_closed(self) -> None:
        """The leg's `closed`."""
        self._lose(Lost.CUT, "the leg was closed")

    def write(self, data: bytes) -> None:
        """Send `data`. What is written in one turn of the loop goes out together, in messages of at most 64 KiB."""
        if self._phase is not _Phase.SECURED:
            return
        self._plain += data
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush_now)

    @property
    def exporter(self) -> bytes:
        """32 bytes that only the two ends of this handshake know (RFC 8446, 7.5). Once secured."""
        return self._tls.export_keying_material(EXPORTER, 32)

    def close(self) -> None:
        """Send what was written, then close_notify, then close the leg. No listener call comes after this."""
        if self._phase is _Phase.OVER:
            return
        if self._phase is _Phase.SECURED:
            self._leg_full = False  # the leg drains for its own while
            self._flush()
        self._end(CloseCode.NORMAL)

    # the handshake

    def _check(self, leaf_der: bytes) -> bool:
        """Called by OpenSSL inside the handshake, once chain, dates and purpose are good."""
        try:
            self.peer = verify_chain([leaf_der], self._root_der, crl=self._crl, now=self._now(), role=self._role.other)
        except CertificateError as error:
            self._fault = error.code.value
            return False
        return True

    def _shake(self) -> None:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            self._send_ciphertext()
        except SSL.Error as error:
            self._send_ciphertext()
            self._lose(*self._reason(error))
        else:
            self._send_ciphertext()
            if self.peer is None:
                self._lose(Lost.UNVERIFIED, "no certificate was checked")
            elif self._tls.get_alpn_proto_negotiated() != ALPN_SESSION.encode():
                self._lose(Lost.PROTOCOL, "ALPN was not agreed")
            else:
                self._phase = _Phase.SECURED
                self._listener.secured(self.peer)

    def _reason(self, error: SSL.Error) -> tuple[Lost, str]:
        """What an error of OpenSSL's means: our refusal, the peer's, or neither."""
        text = reason_of(error)
        if self._fault is not None:
            return Lost.UNVERIFIED, self._fault
        if "certificate verify failed" in text:
            return Lost.UNVERIFIED, text
        if "alert" in text and any(words in text for words in _REFUSALS):
            return Lost.REFUSED, text
        return Lost.PROTOCOL, text

    # bytes

    def _read(self) -> None:
        while self._phase is _Phase.SECURED:
            try:
                data = self._tls.recv(_RECORD)
            except SSL.WantReadError:
                self._send_ciphertext()  # a key update wants its answer
                return
            except SSL.ZeroReturnError:
                self._lose(Lost.ENDED, "close_notify")
            except SSL.Error as error:
                self._lose(*self._reason(error))
            else:
                self._listener.received(data)

    def _flush_now(self) -> None:
        self._flushing = False
        self._flush()

    def _flush(self) -> None:
        while self._plain and not self._leg_full and self._phase is _Phase.SECURED:
            batch = bytes(self._plain[:_BATCH])
            del self._plain[:_BATCH]
            for at in range(0, len(batch), _RECORD):
                self._tls.send(batch[at : at + _RECORD])
            self._send_ciphertext()

    def _send_ciphertext(self) -> None:
        while True:
            try:
                self._leg.send(self._tls.bio_read(MESSAGE_LIMIT))
            except SSL.WantReadError:
                return

    # the end

    def _lose(self, how: Lost, detail: str) -> None:
        if self._phase is _Phase.OVER:
            return
        self._end(CloseCode.NORMAL if how is Lost.ENDED else CloseCode.PROTOCOL_ERROR)
        self._listener.lost(how, detail)

    def _end(self, code: int) -> None:
        if self._phase is _Phase.SECURED:
            with contextlib.suppress(SSL.Error):  # broken: there is nothing to say goodbye with
                self._tls.shutdown()
            self._send_ciphertext()
        self._phase = _Phase.OVER
        self._plain.clear()
        self._leg.close(code)
