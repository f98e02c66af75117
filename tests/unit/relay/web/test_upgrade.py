"""The opening handshake of a WebSocket: what is a proper one, and what each other one is told."""

import pytest
from websockets.utils import accept_key

from common.net.http_head import Head, HeadError, read_head
from relay.web.upgrade import bearer, check_upgrade, switching
from tests.support.parsing import parse

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GOOD = (
    b"GET /v1/leg HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: other, tasuki.leg.v1\r\nAuthorization: Bearer TICKET\r\n\r\n"
)


def head_of(raw: bytes) -> Head:
    """As the connection reads it."""
    return parse(read_head, raw)[0]


def check(raw: bytes) -> str:
    """Of a head for a leg."""
    return check_upgrade(head_of(raw), subprotocol="tasuki.leg.v1")


def test_a_proper_one() -> None:
    """The answer is that of RFC 6455 section 1.3."""
    accept = check(GOOD)
    assert accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" == accept_key(KEY)
    answer = switching(accept, subprotocol="tasuki.leg.v1")
    assert answer.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert answer.endswith(b"Sec-WebSocket-Protocol: tasuki.leg.v1\r\n\r\n")


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"GET", b"POST", 405),
        (b"HTTP/1.1", b"HTTP/1.0", 400),
        (b"Host: relay\r\n", b"Host: relay\r\nContent-Length: 1\r\n", 400),
        (b"Upgrade: websocket", b"Upgrade: h2c", 426),
        (b"Upgrade: websocket\r\n", b"", 426),
        (b"keep-alive, Upgrade", b"keep-alive", 426),
        (b"Version: 13", b"Version: 8", 426),
        (b"Sec-WebSocket-Version: 13\r\n", b"", 426),
        (KEY.encode(), b"short", 400),
        (KEY.encode(), b"!" * 24, 400),
        (KEY.encode(), b"AAAA", 400),
        (b"other, tasuki.leg.v1", b"other", 400),
    ],
)
def test_others(old: bytes, new: bytes, status: int) -> None:
    """Each has its status."""
    with pytest.raises(HeadError) as raised:
        check(GOOD.replace(old, new))
    assert raised.value.status == status


@pytest.mark.parametrize(
    ("value", "token"),
    [
        (b"Bearer TICKET", "TICKET"),
        (b"bearer  TICKET ", "TICKET"),
        (b"Basic TICKET", None),
        (b"Bearer", None),
        (b"Bearer ", None),
    ],
)
def test_bearer(value: bytes, token: str | None) -> None:
    """RFC 6750: the scheme in any case, then the token."""
    assert bearer(head_of(GOOD.replace(b"Bearer TICKET", value))) == token


def test_no_authorization() -> None:
    """None at all."""
    head: Head = head_of(GOOD.replace(b"Authorization: Bearer TICKET\r\n", b""))
    assert bearer(head) is None
