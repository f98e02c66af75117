"""The check of a request's head, before h11 or websockets see a byte of it. Pure.

h11 accepts bare LF, folded lines, doubled lengths, length beside chunked and heads of any size in one read; every rule
here closes one of those. Sources: RFC 9112 sections 2.2, 3, 5, 6; RFC 9110 section 5.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from common.protocol.reading import ByteStream, ProtocolViolationError, Reading

HEAD_LIMIT: Final = 16 * 1024
_MAX_HEADERS: Final = 100

_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET: Final = re.compile(rb"(?:\*|(?:https?://[^/?#\s]+)?/[!-~]*|https?://[^/?#\s]+)")
_VALUE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_LENGTH: Final = re.compile(rb"[0-9]{1,15}")
_HOST: Final = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._\-]+)(?::[0-9]{1,5})?")


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
        target = self.target.partition("?")[0]
        if "://" in target:
            _, slash, path = target.partition("://")[2].partition("/")
            return slash + path or "/"
        return target

    def get(self, name: str) -> str | None:
        """The value of header `name` (lower case): None if absent, joined by commas if repeated."""
        values = [value for known, value in self.headers if known == name]
        return ", ".join(values) if values else None

    @property
    def host(self) -> str:
        """The name in the Host header, without a port or brackets, in lower case."""
        value = self.get("host") or ""
        if value.startswith("["):
            return value[1:].partition("]")[0].lower()
        return value.partition(":")[0].removesuffix(".").lower()

    @property
    def keep_alive(self) -> bool:
        """Whether the client lets the connection stay open after the answer (RFC 9112 section 9.3)."""
        options = {option.strip().lower() for option in (self.get("connection") or "").split(",")}
        if "close" in options:
            return False
        return self.version == "1.1" or "keep-alive" in options


def read_head(stream: ByteStream, *, limit: int = HEAD_LIMIT) -> Reading[Head]:
    """One head from `stream`; what follows it stays there. Raises HeadError as soon as a rule is broken.

    One empty line before the request line is skipped (RFC 9112 section 2.2). Raises TruncatedError at the stream's end.
    """
    raw = bytearray()
    lines: list[bytes] = []
    skipped = False
    while True:
        line = yield from _read_line(stream, limit - len(raw))
        if line == b"\r\n" and not lines and not skipped:
            skipped = True
            continue
        if not line.endswith(b"\r\n"):
            raise HeadError(400, "a line of the request's head ends in a bare LF")
        raw += line
        if line == b"\r\n":
            return _check(bytes(raw), lines)
        if len(lines) > _MAX_HEADERS:
            raise HeadError(431, f"the request has more than {_MAX_HEADERS} header lines")
        lines.append(line[:-2])


def _read_line(stream: ByteStream, limit: int) -> Reading[bytes]:
    try:
        return (yield from stream.read_until(b"\n", limit=limit))
    except ProtocolViolationError as error:
        if limit > len(stream):
            raise  # the stream's end, not the limit
        raise HeadError(431, "the request's head is too long") from error


def _check(raw: bytes, lines: list[bytes]) -> Head:
    if not lines:
        raise HeadError(400, "the request has no request line")
    method, target, version = _check_request_line(lines[0])
    headers = tuple(_check_header(line) for line in lines[1:])
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (version == b"1.1" and not hosts):
        raise HeadError(400, "a request has exactly one Host header")
    if hosts and hosts[0] and not _HOST.fullmatch(hosts[0]):
        raise HeadError(400, "the Host header names no host")
    return Head(
        raw=raw,
        method=method.decode("ascii"),
        target=target.decode("ascii"),
        version=version.decode("ascii"),
        headers=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in headers),
        body=_check_length(version, headers),
    )


def _check_request_line(line: bytes) -> tuple[bytes, bytes, bytes]:
    parts = line.split(b" ")
    if len(parts) != 3:
        raise HeadError(400, "the request line has not three parts")
    method, target, protocol = parts
    if not protocol.startswith(b"HTTP/"):
        raise HeadError(400, "the request line does not end in a version of HTTP")
    if protocol not in {b"HTTP/1.1", b"HTTP/1.0"}:
        raise HeadError(505, "only HTTP/1.1 is spoken here")
    if not _TOKEN.fullmatch(method) or len(method) > 20:
        raise HeadError(400, "the request's method is no token")
    if not _TARGET.fullmatch(target) or b"#" in target:
        raise HeadError(400, "the request's target is no path")
    return method, target, protocol[5:]


def _check_header(line: bytes) -> tuple[bytes, bytes]:
    if line[:1] in {b" ", b"\t"}:
        raise HeadError(400, "a header is folded over two lines")
    name, colon, value = line.partition(b":")
    if not colon or not _TOKEN.fullmatch(name):
        raise HeadError(400, "a header has no proper name")
    if not _VALUE.fullmatch(value):
        raise HeadError(400, "a header's value has a control character in it")
    return name.lower(), value.strip(b" \t")


def _check_length(version: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> int | Chunked:
    lengths = [value for name, value in headers if name == b"content-length"]
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1:
        raise HeadError(400, "the length of the request's body is given more than once")
    if codings:
        if version == b"1.0" or codings[0].lower() != b"chunked":
            raise HeadError(400, "the request's body comes in a coding other than chunked")
        return Chunked.CHUNKED
    if not lengths:
        return 0
    if not _LENGTH.fullmatch(lengths[0]):
        raise HeadError(400, "the length of the request's body is no number")
    return int(lengths[0])
