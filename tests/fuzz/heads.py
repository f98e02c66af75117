"""HTTP requests from a seed: right ones for every path there is, and wrong ones of every kind (RFC 9112)."""

import random
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import inspect

from common.protocol.certificate_requests import EnrolRequest, RenewRequest
from common.protocol.wire import LEG_PATH, LEG_SUBPROTOCOL, MATCHING_PATH, MATCHING_SUBPROTOCOL
from relay.web.enrolment_handlers import EnrolmentHandlers
from tests.fuzz.values import Values

ROUTES: Final = {
    path: tuple(methods) for path, methods in EnrolmentHandlers.routes(object.__new__(EnrolmentHandlers)).items()
}
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "M-SEARCH", "X" * 20)
ELSEWHERE: Final = ("/", "/favicon.ico", "/api", "/api/v1/", "/..//..", "/%00", "/%zz", "/" + "a" * 2000, "/healthz/")
HEADERS: Final = (
    *("Accept: */*", "Cookie: a=b", "Origin: https://evil.example", "User-Agent: " + "x" * 300, "X:", "x-y: \t z"),
    *("Expect: 100-continue", "TE: trailers", "Forwarded: for=127.0.0.1", "Authorization: Bearer x", "Via: 1.1 p"),
    *("X-Latin: \xe4\xf6", "If-None-Match: *", "Range: bytes=0-", "Accept-Encoding: gzip"),
)
BODIES: Final = tuple(inspect.type_info(kind) for kind in (EnrolRequest, RenewRequest))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `alone`: its answer has no body; `apart`: the CA may be asked, whose time is its own."""

    data: bytes
    alone: bool = False
    apart: bool = False


@dataclass
class Heads:
    """Every choice is the random generator's."""

    random: random.Random

    def __post_init__(self) -> None:
        self._values = Values(self.random)

    def request(self) -> Asked:
        """One that breaks no rule, and is answered on a connection that stays."""
        pick, chance = self.random.choice, self.random.random
        path = pick(tuple(ROUTES)) if chance() < 0.8 else pick(ELSEWHERE)
        right = ROUTES.get(path, ())
        method = pick(right) if right and chance() < 0.8 else pick(METHODS)
        if chance() < 0.1:
            path = pick((path + "?" + "q" * 30, "http://relay" + path, path.replace("a", "%61")))
        data = self._head(method, path, ())
        if method != "POST":
            return Asked(data, alone=method == "HEAD")
        body, apart = self._body()
        length = f"Content-Length: {len(body)}"
        if chance() < 0.3:
            length, body = "Transfer-Encoding: chunked", self._in_chunks(body)
        return Asked(self._head(method, path, (length,)) + body, apart=apart)

    def last(self) -> bytes:
        """One after which the connection is closed, for what is wrong with it or because it asks for that."""
        pick = self.random.choice
        head = self._head("GET", pick(tuple(ROUTES)), ())
        begin, end = head[:-2], b"\r\n"
        match self.random.randrange(18):
            case 0:
                return head.replace(b"\r\n", b"\n")
            case 1:
                return b"GET / HTTP/1.1\r\n\r\n"
            case 2:
                return begin + b"Host: other\r\n" + end
            case 3:
                version = pick((b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.11", b"http/1.1", b""))
                return head.replace(b"HTTP/1.1", version)
            case 4:
                return begin + b" folded\r\n" + end
            case 5:
                return begin + b"X: " + b"y" * pick((16_300, 16_384, 20_000)) + b"\r\n" + end
            case 6:
                return begin + b"a: b\r\n" * 101 + end
            case 7:
                return begin + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + end + b"0\r\n\r\n"
            case 8:
                length = pick((b"-1", b"+5", b"0x10", b"5, 5", b"9" * 16, b" ", b"1048577", b"99999999999"))
                return begin + b"Content-Length: " + length + b"\r\n" + end
            case 9:
                coding = pick((b"gzip, chunked", b"chunked, chunked", b"identity", b"xchunked", b""))
                return begin + b"Transfer-Encoding: " + coding + b"\r\n" + end
            case 10:
                size = pick((b"-1", b"g", b"fffffffffffffffff", b"5;" + b"e" * 5000, b"5\n", b"0x5"))
                return (
                    begin.replace(b"GET", b"POST") + b"Transfer-Encoding: chunked\r\n" + end + size + b"\r\nabcde\r\n"
                )
            case 11:
                return begin + pick((b"a b: c", b": c", b"no colon", b"a\0: b", b"a: \0", b"\xff: b")) + b"\r\n" + end
            case 12:
                return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"
            case 13:
                return self.random.randbytes(pick((1, 20, 300, 5000))) + b"\r\n\r\n"
            case 14:
                return head[: self.random.randrange(len(head))]
            case 15:
                return begin + b"Connection: close\r\n" + end
            case 16:
                return self.upgrade(wrong=True)
            case _:
                target = pick((b"healthz", b"//", b"/ /", b"/#x", b"http://", b"*", b"\xff"))
                return b"GET " + target + b" HTTP/1.1\r\nHost: relay\r\n\r\n"

    def upgrade(self, *, wrong: bool = False) -> bytes:
        """A request for matching; a wrong one misses or spoils a line, or wants a leg without a ticket."""
        key = msgspec.json.encode(self.random.randbytes(16)).decode().strip('"')
        lines = [
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            f"Sec-WebSocket-Protocol: {MATCHING_SUBPROTOCOL}",
        ]
        if not wrong:
            return self._head("GET", MATCHING_PATH, lines)
        at = self.random.randrange(len(lines))
        match self.random.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines[at] = lines[at].partition(":")[0] + ": x"
            case 2:
                lines.append("Origin: https://evil.example")
            case 3:
                return self._head(self.random.choice(METHODS), MATCHING_PATH, [*lines, "Content-Length: 0"])
            case _:
                lines[-1] = f"Sec-WebSocket-Protocol: {LEG_SUBPROTOCOL}"
                ticket = self.random.choice(("A" * 22, "", "x" * 3000, "\xff"))
                return self._head("GET", LEG_PATH, [*lines, f"Authorization: Bearer {ticket}"])
        return self._head("GET", MATCHING_PATH, lines)

    # parts

    def _head(self, method: str, path: str, lines: list[str] | tuple[str, ...]) -> bytes:
        more = [self.random.choice(HEADERS) for _ in range(self.random.choice((0, 0, 0, 1, 2, 5, 60)))]
        if any("websocket" in line for line in lines):
            more = [line for line in more if not line.startswith(("Origin", "Authorization"))]
        headers = ["Host: relay", *lines, *more]
        self.random.shuffle(headers)
        return "\r\n".join((f"{method} {path} HTTP/1.1", *headers, "\r\n")).encode("latin-1")

    def _body(self) -> tuple[bytes, bool]:
        kind = self.random.choice(BODIES)
        assert isinstance(kind, inspect.StructType)
        luck = self.random.random()
        if luck < 0.02:
            return msgspec.json.encode(self._values.of(kind)), True
        if luck < 0.6:
            return self._values.nearly(kind), True
        if luck < 0.7:
            return b" " * self.random.choice((32_768, 32_769, 131_072, 131_073)), False
        return self.random.randbytes(self.random.choice((0, 1, 50, 3000))), False

    def _in_chunks(self, body: bytes) -> bytes:
        out, at = b"", 0
        while at < len(body):
            size = self.random.choice((1, 2, 16, 1000, 40_000))
            piece = body[at : at + size]
            out += f"{len(piece):x}{self.random.choice(('', ';a=b', ';'))}\r\n".encode() + piece + b"\r\n"
            at += size
        return out + b"0\r\n" + self.random.choice((b"", b"X-Trailer: 1\r\n")) + b"\r\n"
