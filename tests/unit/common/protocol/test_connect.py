"""HTTP CONNECT: what is asked, and what proxies answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.connect import BODY_LIMIT, ConnectRequest, ConnectResponse, parse_response, skip_body
from common.protocol.reading import ProtocolViolationError, TruncatedError
from tests.support.parsing import parse_both


def test_the_request() -> None:
    """Target twice, no credentials."""
    assert ConnectRequest(host="relay.example", port=443).request_bytes() == (
        b"CONNECT relay.example:443 HTTP/1.1\r\nHost: relay.example:443\r\nUser-Agent: Tasuki\r\n"
        b"Proxy-Connection: keep-alive\r\n\r\n"
    )


def test_an_ipv6_target_has_brackets() -> None:
    """As RFC 3986 wants them."""
    assert ConnectRequest(host="::1", port=443).request_bytes().startswith(b"CONNECT [::1]:443 HTTP/1.1\r\n")


def test_a_login_is_a_header_and_never_shown() -> None:
    """Whatever the scheme; nothing else can be written with it."""
    request = ConnectRequest(host="h", port=1, authorization="Basic dXNlcjpww6Rzc3dvcmQ=")
    assert b"\r\nProxy-Authorization: Basic dXNlcjpww6Rzc3dvcmQ=\r\n" in request.request_bytes()
    assert "dXNlcjpww6Rzc3dvcmQ" not in repr(request)
    with pytest.raises(ValueError, match="control"):
        ConnectRequest(host="h", port=1, authorization="Basic x\r\nX: y")


@pytest.mark.parametrize(("host", "port"), [("a b", 1), ("a\r\nX: y", 1), ("", 1), ("a", 0), ("a", 65536)])
def test_nothing_can_be_smuggled_into_the_request(host: str, port: int) -> None:
    """Host and port are checked."""
    with pytest.raises(ValueError, match="host"):
        ConnectRequest(host=host, port=port)


def test_a_tunnel_opens_and_what_follows_stays() -> None:
    """Bytes glued behind the head are the tunnel's first."""
    response, rest = parse_both(parse_response, b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n\x16\x03")
    assert response == ConnectResponse(status=200, reason="Connection established")
    assert response.tunnel
    assert rest == b"\x16\x03"


@pytest.mark.parametrize(
    "head", [b"HTTP/1.0 200\r\n\r\n", b"HTTP/1.1 200 OK\n\n", b"HTTP/1.1 204 \r\nContent-Length: 5\r\n\r\n"]
)
def test_old_proxies_are_understood(head: bytes) -> None:
    """HTTP/1.0, no reason, bare LF; a length in a 2xx means nothing."""
    response, rest = parse_both(parse_response, head + b"xyz")
    assert response.tunnel
    assert rest == b"xyz"


def test_interim_answers_are_skipped() -> None:
    """RFC 9110 section 15.2; 101 is no interim answer."""
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 502 Bad\r\n\r\n"
    assert parse_both(parse_response, data)[0].status == 502
    assert parse_both(parse_response, b"HTTP/1.1 101 Switching\r\n\r\n")[0].status == 101


def test_a_407_tells_its_challenges() -> None:
    """Its body stays where it is; whoever wants to go on skips it."""
    data = (
        b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Negotiate\r\n"
        b'proxy-authenticate: Basic realm="x"\r\nContent-Length: 4\r\n\r\nbodyNEXT'
    )
    response, rest = parse_both(parse_response, data)
    assert response.challenges == ("Negotiate", 'Basic realm="x"')
    assert not response.tunnel
    assert response.can_go_on
    assert response.said == "407 Proxy Authentication Required"
    assert rest == b"bodyNEXT"
    assert parse_both(lambda stream: skip_body(stream, response), rest) == (None, b"NEXT")


def test_a_chunked_body_is_skipped_too() -> None:
    """With its trailers."""
    response, rest = parse_both(
        parse_response,
        b"HTTP/1.1 407 x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: x\r\n\r\nNEXT",
    )
    assert response.can_go_on
    assert parse_both(lambda stream: skip_body(stream, response), rest) == (None, b"NEXT")


@pytest.mark.parametrize("body", [b"xyz\r\n", b"FFFFFF\r\n", b"0\r\n" + b"T: x\r\n" * 200, b"-1\r\n", b"\r\n"])
def test_a_broken_body_is_a_violation(body: bytes) -> None:
    """Or one that is longer than anybody wants to read."""
    response = ConnectResponse(status=407, chunked=True)
    with pytest.raises(ProtocolViolationError):
        parse_both(lambda stream: skip_body(stream, response), body)
    long = ConnectResponse(status=407, length=BODY_LIMIT + 1)
    with pytest.raises(ProtocolViolationError):
        parse_both(lambda stream: skip_body(stream, long), b"x")


@pytest.mark.parametrize(
    ("head", "goes_on"),
    [
        (b"HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 407 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", False),
        (b"HTTP/1.1 407 x\r\nContent-Length: 0\r\nProxy-Connection: Close\r\n\r\n", False),
        (b"HTTP/1.0 407 x\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 407 x\r\nContent-Length: 0\r\nProxy-Connection: Keep-Alive\r\n\r\n", True),
        (b"HTTP/1.1 407 x\r\n\r\n", False),
        (b"HTTP/1.1 407 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", False),
        (b"HTTP/1.1 407 x\r\nContent-Length: -1\r\n\r\n", False),
    ],
)
def test_whether_another_request_can_follow(head: bytes, goes_on: bool) -> None:
    """Where the proxy keeps the connection, and says how long its page is."""
    assert parse_both(parse_response, head)[0].can_go_on is goes_on


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 999 X\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 20_000,
        b"HTTP/1.1 100 C\r\n\r\n" * 1000,
    ],
)
def test_what_is_no_answer_is_a_violation(data: bytes) -> None:
    """And every length has its limit."""
    with pytest.raises(ProtocolViolationError):
        parse_both(parse_response, data)


def test_a_cut_answer_is_truncated() -> None:
    """Told apart from a bad one."""
    with pytest.raises(TruncatedError):
        parse_both(parse_response, b"HTTP/1.1 200 OK\r\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_a_violation(data: bytes) -> None:
    """Nothing else is raised, whatever a proxy sends."""
    for head in (b"", b"HTTP/1.1 200 OK\r\n"):
        try:
            parse_both(parse_response, head + data)
        except ProtocolViolationError:
            continue
