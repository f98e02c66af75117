"""HTTP CONNECT through a proxy (RFC 9110 section 9.3.6): the request's bytes, and the response's parser.

The proxy is no friend: every length is limited. Line ends may be CRLF or LF (old proxies send both); nothing here is
trusted beyond "the bytes that follow are a tunnel", inside which TLS starts from nothing.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from common.protocol.reading import ByteStream, ProtocolViolationError, Reading

HEAD_LIMIT: Final = 16 * 1024
BODY_LIMIT: Final = 256 * 1024
"""Of a refusal's page, which nobody reads."""
_STATUS_LINE: Final = re.compile(r"HTTP/1\.[0-9] ([1-5][0-9][0-9])(?: (.*))?")
_HOST: Final = re.compile(r"[A-Za-z0-9._:-]{1,253}")


@dataclass(frozen=True, kw_only=True)
class ConnectRequest:
    """Ask for a tunnel to `host` (a name, or an IP address without brackets). `authorization`: a login, as the header has it."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host) or not 1 <= self.port <= 65535:
            raise ValueError("a host name or address and a port are needed")
        if any(ord(character) < 0x20 or ord(character) == 0x7F for character in self.authorization):
            raise ValueError("a header has no control characters")

    @property
    def target(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def request_bytes(self) -> bytes:
        """The whole request. `Proxy-Connection` is for proxies that speak HTTP/1.0: logins may take more than one request."""
        lines = [
            f"CONNECT {self.target} HTTP/1.1",
            f"Host: {self.target}",
            "User-Agent: Tasuki",
            "Proxy-Connection: keep-alive",
        ]
        if self.authorization:
            lines.append(f"Proxy-Authorization: {self.authorization}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True, kw_only=True)
class ConnectResponse:
    """What the proxy said."""

    status: int
    reason: str = ""
    challenges: tuple[str, ...] = ()
    """The values of all Proxy-Authenticate headers (common.protocol.proxy_login)."""
    length: int | None = None
    """Of the body, in bytes. None: it ends with the connection, unless it is `chunked`."""
    chunked: bool = False
    keeps: bool = True
    """The proxy says that the connection stays."""

    @property
    def tunnel(self) -> bool:
        """The bytes that follow are the tunnel's."""
        return 200 <= self.status <= 299

    @property
    def said(self) -> str:
        """Such as `403 Forbidden`."""
        return f"{self.status} {self.reason}".strip()

    @property
    def can_go_on(self) -> bool:
        """Another request can follow on this connection, behind the body."""
        return self.keeps and (self.chunked or self.length is not None)


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
        old, status, reason = line.startswith("HTTP/1.0"), int(match[1]), (match[2] or "").strip()
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
        return _response(old, status, reason, headers)


def _response(old: bool, status: int, reason: str, headers: list[tuple[str, str]]) -> ConnectResponse:
    def words(*names: str) -> set[str]:
        return {word.strip().lower() for name, value in headers if name in names for word in value.split(",")}

    lengths = {value for name, value in headers if name == "content-length"}
    length = next(iter(lengths)) if len(lengths) == 1 else ""
    said = words("connection", "proxy-connection")
    return ConnectResponse(
        status=status,
        reason=reason,
        challenges=tuple(value for name, value in headers if name == "proxy-authenticate"),
        length=int(length) if length.isascii() and length.isdigit() and len(length) < 10 else None,
        chunked="chunked" in words("transfer-encoding"),
        keeps="close" not in said and (not old or "keep-alive" in said),
    )


def skip_body(stream: ByteStream, response: ConnectResponse) -> Reading[None]:
    """The body of a response that `can_go_on`, read and thrown away. Raises ProtocolViolationError: too long, or broken."""
    left = BODY_LIMIT
    if not response.chunked:
        yield from _skip(stream, response.length or 0, left)
        return
    while True:
        line, _ = yield from _line(stream, HEAD_LIMIT)
        size = line.partition(";")[0].strip()
        if not re.fullmatch(r"[0-9A-Fa-f]{1,8}", size):
            raise ProtocolViolationError("the proxy's answer has a broken length")
        if not (length := int(size, 16)):
            break
        left = yield from _skip(stream, length, left)
        yield from _line(stream, HEAD_LIMIT)
    for _trailer in range(100):
        line, _ = yield from _line(stream, HEAD_LIMIT)
        if not line:
            return
    raise ProtocolViolationError("the proxy's answer does not end")


def _skip(stream: ByteStream, length: int, left: int) -> Reading[int]:
    """Past `length` bytes: how many more may come."""
    if length > left:
        raise ProtocolViolationError("the proxy's answer is too long")
    yield from stream.skip(length)
    return left - length


def _line(stream: ByteStream, left: int) -> Reading[tuple[str, int]]:
    raw = yield from stream.read_until(b"\n", limit=max(left, 1))
    return raw.rstrip(b"\r\n").decode("latin-1"), left - len(raw)
