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
    """What the proxy said."""

    status: int
    reason: str = ""
    challenges: tuple[str, ...] = ()

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
        return ConnectResponse(status=status, reason=reason, challenges=challenges)


def _line(stream: ByteStream, left: int) -> Reading[tuple[str, int]]:
    raw = yield from stream.read_until(b"\n", limit=max(left, 1))
    return raw.rstrip(b"\r\n").decode("latin-1"), left - len(raw)
