"""The opening handshake of a WebSocket, as the server answers it. RFC 6455 section 4.2.

Decided here, before anything is answered, so that a leg's ticket is only used up by a request that is otherwise good.
"""

import base64
import binascii

from websockets.utils import accept_key

from common.net.http_head import Head, HeadError


def check_upgrade(head: Head, *, subprotocol: str) -> str:
    """The value of Sec-WebSocket-Accept for a request that is a proper upgrade to `subprotocol`.

    Raises HeadError: 405 (not GET), 426 (no upgrade, or another version), 400 (anything else that is wrong with it).
    """
    if head.method != "GET":
        raise HeadError(405, "a WebSocket begins with GET")
    if head.version != "1.1" or head.body != 0:
        raise HeadError(400, "a WebSocket begins with an HTTP/1.1 request without a body")
    if "websocket" not in _tokens(head.get("upgrade")) or "upgrade" not in _tokens(head.get("connection")):
        raise HeadError(426, "here a WebSocket is expected")
    if head.get("sec-websocket-version") != "13":
        raise HeadError(426, "version 13 of WebSocket is spoken here")
    key = head.get("sec-websocket-key") or ""
    try:
        nonce = base64.b64decode(key, validate=True)
    except binascii.Error:
        nonce = b""
    if len(nonce) != 16:
        raise HeadError(400, "the WebSocket's key is not 16 bytes")
    offered = [name.strip() for name in (head.get("sec-websocket-protocol") or "").split(",")]
    if subprotocol not in offered:
        raise HeadError(400, f"the subprotocol {subprotocol} was not offered")
    return accept_key(key)


def switching(accept: str, *, subprotocol: str) -> bytes:
    """The answer that makes the connection a WebSocket."""
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
    ).encode()


def bearer(head: Head) -> str | None:
    """The token of `Authorization: Bearer TOKEN`, where there is one (RFC 6750 section 2.1)."""
    scheme, _, token = (head.get("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _tokens(value: str | None) -> set[str]:
    return {token.strip().lower() for token in (value or "").split(",")}
