"""The check of a request's head, before h11 or websockets see a byte of it. Pure.

h11 accepts bare LF, folded lines, doubled lengths, length beside chunked and heads of any size in one read; every rule
here closes one of those. Sources: RFC 9112 sections 2.2, 3, 5, 6; RFC 9110 section 5.
"""

from dataclasses import dataclass
from enum import Enum

from common.protocol.reading import ByteStream, Reading

HEAD_LIMIT = 16 * 1024


class HeadError(Exception):
    """A head that is refused: answer with `status` and close. The text says why, without quoting the head."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Chunked(Enum):
    """The body comes in chunks."""

    CHUNKED = "chunked"


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A request's head that broke no rule. `raw` ends in CRLFCRLF and can be given to any parser."""

    raw: bytes
    method: str
    target: str  # as it was sent: origin form, or absolute form
    version: str  # "1.0" or "1.1"
    headers: tuple[tuple[str, str], ...]  # names in lower case, values stripped, Latin-1
    body: int | Chunked  # its length in bytes, 0 for none

    @property
    def path(self) -> str:
        """The target's path without its query, percent signs as they came."""
        ...

    @property
    def query(self) -> str:
        """What follows the first `?`, or nothing."""
        ...

    def get(self, name: str) -> str | None:
        """The value of header `name` (lower case): None if absent, joined by commas if repeated."""
        ...

    @property
    def keep_alive(self) -> bool:
        """Whether the client lets the connection stay open after the answer."""
        ...


def read_head(stream: ByteStream, *, limit: int = HEAD_LIMIT) -> Reading[Head]:
    """One head from `stream`; what follows it stays there. Raises HeadError as soon as a rule is broken."""
    ...


def check_head(raw: bytes) -> Head:
    """The same for a head that is there whole, ending in CRLFCRLF. Raises HeadError."""
    ...
