"""What agents and relay agree on besides messages: paths, subprotocols, ALPN, cipher suites, close codes."""

from typing import Final

MATCHING_PATH: Final = "/v1/matching"
MATCHING_SUBPROTOCOL: Final = "tasuki.matching.v1"
LEG_PATH: Final = "/v1/leg"
LEG_SUBPROTOCOL: Final = "tasuki.leg.v1"
LEG_READY: Final = "ready"
"""The text message that says that the leg's partner is there; from then on payload is opaque."""

DOWN_PATH: Final = "/v1/down"
"""Without upgrades: a request whose long answer brings bytes down."""
UP_PATH: Final = "/v1/up"
"""Without upgrades: a post that brings bytes up."""
POSITION_HEADER: Final = "Tasuki-Position"
"""Without upgrades: how many bytes have come, or where those of this post belong."""

ALPN_HTTP: Final = "http/1.1"
"""Of the outer TLS, always offered: browsers fail without."""
ALPN_SESSION: Final = "tasuki-session/1"
"""Of a session's inner TLS."""

CIPHERS_1_2: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2, in OpenSSL's words: AEAD only. Those of TLS 1.3 are good as they are."""


class CloseCode:
    """The close codes that Tasuki sends (RFC 6455 section 7.4; 4000 and up are ours)."""

    NORMAL: Final = 1000
    GOING_AWAY: Final = 1001
    PROTOCOL_ERROR: Final = 1002
    ABNORMAL: Final = 1006  # never on the wire: the connection was cut
    INVALID_DATA: Final = 1007
    POLICY: Final = 1008
    INTERNAL_ERROR: Final = 1011
    REPLACED: Final = 4001  # a newer connection of the same certificate
