"""HTTP CONNECT through a proxy (RFC 9110 section 9.3.6): the request's bytes, and the response's parser.

The proxy is no friend: every length is limited. Line ends may be CRLF or LF (old proxies send both); nothing here is
trusted beyond "the bytes that follow are a tunnel", inside which TLS starts from nothing.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final

from common.protocol.reading import ByteStream, ProtocolViolationError, Reading

HEAD_LIMIT: Final = 16 * 1024
BODY_LIMIT: Final = 64 * 1024
_STATUS_LINE: Final = re.compile(r"HTTP/1\.[0-9] ([1-5][0-9][0-9])(?: (.*))?")
_HOST: Final = re.compile(r"[A-Za-z0-9._:-]{1,253}")


@dataclass(frozen=True, kw_only=True)
class ConnectRequest:
    """Ask for a tunnel to `host` (a name, or an IP address without brackets). `credentials`: user and password, for Basic."""

    host: str
    port: int
    credentials: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host) or not 1 <= self.port <= 65535:
            raise ValueError("a host name or address and a port are needed")

    def __repr__(self) -> str:
        return f"ConnectRequest({self.host!r}, {self.port}, credentials={'yes' if self.credentials else 'no'})"

    def request_bytes(self) -> bytes:
        """The whole request."""
        target = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", "User-Agent: Tasuki"]
        if self.credentials is not None:
            basic = base64.b64encode(":".join(self.credentials).encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {basic}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


@dataclass(frozen=True, kw_only=True)
class ConnectResponse:
    """What the proxy said. `reusable`: the same connection can take another request (only looked at for a 407)."""

    status: int
    reason: str = ""
    challenges: tuple[str, ...] = ()
    reusable: bool = False

    @property
    def tunnel(self) -> bool:
        """The bytes that follow are the tunnel's."""
        return 200 <= self.status <= 299

    @property
    def schemes(self) -> tuple[str, ...]:
        """The authentication schemes that were offered, in lower case."""
        return tuple(challenge.split(None, 1)[0].lower() for challenge in self.challenges if challenge.strip())


def parse_response(stream: ByteStream) -> Reading[ConnectResponse]:
    """The final response; 1xx before it are skipped. Bytes behind it stay in the stream.

    A 407's body is read away where its length can be known, so that the next try may use the same connection.
    Raises ProtocolViolationError: not HTTP/1, or longer than the limits.
    """
    left = HEAD_LIMIT
    while True:
        line, left = yield from _line(stream, left)
        match = _STATUS_LINE.fullmatch(line)
        if match is None:
            raise ProtocolViolationError("the proxy's answer is not HTTP")
        status, reason = int(match[1]), (match[2] or "").strip()
        headers: list[tuple[str, str]] = []
        while True:
            line, left = yield from _line(stream, left)
            if not line:
                break
            name, colon, value = line.partition(":")
            if not colon:
                raise ProtocolViolationError("a line in the proxy's answer is no header")
            headers.append((name.strip().lower(), value.strip()))
        if 100 <= status <= 199 and status != 101:
            continue
        challenges = tuple(value for name, value in headers if name == "proxy-authenticate")
        drained = status == 407 and (yield from _drain(stream, headers))
        return ConnectResponse(status=status, reason=reason, challenges=challenges, reusable=drained)


def _line(stream: ByteStream, left: int) -> Reading[tuple[str, int]]:
    raw = yield from stream.read_until(b"\n", limit=max(left, 1))
    return raw.rstrip(b"\r\n").decode("latin-1"), left - len(raw)


def _drain(stream: ByteStream, headers: list[tuple[str, str]]) -> Reading[bool]:
    """Read the body away. False where the connection cannot be used again."""
    fields = dict(headers)
    if "close" in fields.get("connection", "").lower() or "close" in fields.get("proxy-connection", "").lower():
        return False
    if "chunked" in fields.get("transfer-encoding", "").lower():
        return (yield from _drain_chunks(stream))
    length = fields.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) <= 6 and int(length) <= BODY_LIMIT):
        return False
    yield from stream.read_exactly(int(length))
    return True


def _drain_chunks(stream: ByteStream) -> Reading[bool]:
    left = BODY_LIMIT
    while True:
        line, left = yield from _line(stream, left)
        size_text = line.partition(";")[0].strip()
        if not re.fullmatch(r"[0-9A-Fa-f]{1,6}", size_text):
            raise ProtocolViolationError("a chunk of the proxy's answer has no length")
        size = int(size_text, 16)
        if size > left:
            return False
        if size == 0:
            break
        yield from stream.read_exactly(size)
        left -= size
        _, left = yield from _line(stream, left)
    while line:
        line, left = yield from _line(stream, left)
    return True
