"""The end-to-end TLS of a session, over a leg: TLS 1.3 in memory, binary messages of the leg's WebSocket outside.

The user's agent is the TLS server, the helper's the client. Nothing is passed up before the peer's certificate was
verified by common.net.certificates. What is spoken inside is the channel's business.

A client finishes its handshake before the server has looked at its certificate: `secured` at the helper's side does not
yet mean that the user's agent accepts it. That is known with the first byte received (the channel's HELLO).
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from common.net.certificates import Identity, VerifiedPeer
from common.net.websocket import WebSocket
from common.protocol.identity import Role


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


class EndToEnd:
    """One end. Its owner is the leg's WebSocket listener and passes on what follows `ready`."""

    buffered: int  # bytes written that the leg has not taken

    def __init__(
        self,
        *,
        role: Role,
        identity: Identity,
        root_der: bytes,
        crl_der: bytes | None,
        now: Callable[[], datetime],
        leg: WebSocket,
        listener: EndToEndListener,
    ) -> None: ...

    def start(self) -> None:
        """Begin: the helper's side sends its ClientHello."""

    def message(self, payload: str | bytes) -> None:
        """A message came on the leg (after `ready`); a text message is a breach."""

    def leg_paused(self) -> None:
        """The leg's `paused`."""

    def leg_resumed(self) -> None:
        """The leg's `resumed`."""

    def leg_closed(self) -> None:
        """The leg's `closed`."""

    def write(self, data: bytes) -> None:
        """Send `data`. What is written in one turn of the loop goes out together, in messages of at most 64 KiB."""

    def close(self) -> None:
        """Send what was written, then close_notify, then close the leg. No listener call comes after this."""

    def abort(self) -> None:
        """Cut the leg now. No listener call comes after this."""
