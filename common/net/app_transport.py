"""What an application at the relay needs of its connection, whatever carries it."""

from collections.abc import Iterable
from typing import Any, Protocol

from twisted.internet.interfaces import IProtocol


class AppTransport(Protocol):
    """A connection of its own over TLS (common.net.serving), or one that goes in requests and answers (relay.web)."""

    @property
    def secured(self) -> bool:
        """Whether something can be said."""

    @property
    def unsent(self) -> int:
        """Bytes that were not taken yet."""

    def hold(self, count: int, /) -> None:
        """Pause the producer when so many bytes are unsent."""

    def known(self) -> None:
        """The peer has shown who it is."""

    def give_back(self, parts: list[bytes], /) -> None:
        """What the application does not take in this turn of the loop: it comes again in the next one."""

    def become(self, app: IProtocol, /) -> None:
        """From now on `app` is the application."""

    def write(self, data: bytes, /) -> None:
        """Send it. Nothing happens once the connection is closing."""

    def writeSequence(self, data: Iterable[bytes], /) -> None:
        """As `write`, one after the other."""

    def loseConnection(self) -> None:
        """Send what was written, then close."""

    def abortConnection(self) -> None:
        """Cut now."""

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Who is paused while too much is unsent."""

    def unregisterProducer(self) -> None:
        """Nobody is paused any more."""

    def pauseProducing(self) -> None:
        """Take nothing from the peer, and hand out nothing."""

    def resumeProducing(self) -> None:
        """Hand out what is left, then take again."""

    def getPeer(self) -> Any:
        """The peer's address."""
