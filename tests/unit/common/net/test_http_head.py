"""Every rule of a request's head, all at once and a byte at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.net.http_head import HEAD_LIMIT, Chunked, Head, HeadError, read_head
from common.protocol.reading import ByteStream, TruncatedError
from tests.support.parsing import parse, parse_both, parse_bytewise

GOOD = b"GET /v1/matching?x=1 HTTP/1.1\r\nHost: relay.example\r\nConnection: Upgrade\r\n\r\n"


def refused(raw: bytes) -> int:
    """The status that `raw` is refused with, in both ways of feeding."""
    with pytest.raises(HeadError) as caught:
        parse_both(read_head, raw)
    return caught.value.status


def head_of(raw: bytes) -> Head:
    """The head that is all of `raw`."""
    head, rest = parse_both(read_head, raw)
    assert rest == b""
    return head


def with_headers(*lines: bytes, start: bytes = b"POST /api/v1/enrol HTTP/1.1") -> bytes:
    """A head with these header lines besides Host."""
    return b"\r\n".join([start, b"Host: relay.example", *lines, b"", b""])


def test_a_good_head_is_read_and_what_follows_stays() -> None:
    """The head's parts come out, and glued bytes stay in the stream."""
    head, rest = parse_both(read_head, GOOD + b"\x81\x80glued")
    assert rest == b"\x81\x80glued"
    assert head.raw == GOOD
    assert (head.method, head.path, head.version) == ("GET", "/v1/matching", "1.1")
    assert head.get("host") == "relay.example"
    assert head.get("origin") is None
    assert head.body == 0
    assert head.keep_alive


def test_repeated_headers_are_joined() -> None:
    """A header that comes twice reads as one list, as RFC 9110 section 5.3 says."""
    head = head_of(with_headers(b"X-Forwarded-For: a", b"x-forwarded-for:b \t"))
    assert head.get("x-forwarded-for") == "a, b"


@pytest.mark.parametrize(
    ("line", "body"),
    [
        (b"Content-Length: 0", 0),
        (b"Content-Length: 17", 17),
        (b"Content-Length:\t17 ", 17),
        (b"Transfer-Encoding: chunked", Chunked.CHUNKED),
        (b"TRANSFER-ENCODING: Chunked", Chunked.CHUNKED),
    ],
)
def test_a_body_has_one_length(line: bytes, body: int | Chunked) -> None:
    """Digits, or chunked: each alone is a length."""
    assert parse_both(read_head, with_headers(line))[0].body == body


@pytest.mark.parametrize(
    "lines",
    [
        (b"Content-Length: 3", b"Content-Length: 3"),
        (b"Content-Length: 3, 3",),
        (b"Content-Length: +3",),
        (b"Content-Length: -1",),
        (b"Content-Length: 0x3",),
        (b"Content-Length: 3_0",),
        (b"Content-Length:",),
        (b"Content-Length: \xb2",),
        (b"Content-Length: 9999999999999999",),
        (b"Content-Length: 3", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: gzip, chunked",),
        (b"Transfer-Encoding: identity",),
        (b"Transfer-Encoding: xchunked",),
        (b"Transfer-Encoding : chunked",),
        (b" folded: over two lines",),
        (b"X-One: 1\r\n\tfolded",),
        (b"no colon",),
        (b": no name",),
        (b"two words: 1",),
        (b"X-Nul: \x00",),
        (b"X-Cr: a\rb",),
        (b"X-Del: \x7f",),
        (b"Host: second.example",),
    ],
)
def test_what_two_parsers_could_read_in_two_ways_is_refused(lines: tuple[bytes, ...]) -> None:
    """Ambiguous lengths, folding, bad names, control characters, two hosts: 400."""
    assert refused(with_headers(*lines)) == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\n",
        b"\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET relay.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT relay.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / http/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [::1]:99999999\r\n\r\n",
    ],
)
def test_a_broken_head_is_400(raw: bytes) -> None:
    """Bare LF, request lines that are none, targets that are no path, a missing or odd Host."""
    assert refused(raw) == 400


@pytest.mark.parametrize("version", [b"HTTP/2.0", b"HTTP/1.2", b"HTTP/0.9", b"HTTP/1.1.1"])
def test_another_version_is_505(version: bytes) -> None:
    """HTTP/2's preface among them."""
    assert refused(b"PRI * " + version + b"\r\nHost: a\r\n\r\n") == 505


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/", "/"),
        (b"/a%2Fb?c=d?e", "/a%2Fb"),
        (b"https://relay.example/v1/leg?x", "/v1/leg"),
        (b"https://relay.example", "/"),
        (b"*", "*"),
    ],
)
def test_the_path_is_found_in_every_form(target: bytes, path: str) -> None:
    """Origin form, absolute form and the star of OPTIONS."""
    head = head_of(b"OPTIONS " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert head.path == path


@pytest.mark.parametrize(
    ("value", "name"),
    [(b"A.Example:8443", "a.example"), (b"a.example.", "a.example"), (b"[2001:DB8::1]:443", "2001:db8::1"), (b"", "")],
)
def test_the_host_is_read_without_port_and_brackets(value: bytes, name: str) -> None:
    """As names are compared; HTTP/1.0 may have none."""
    assert head_of(b"GET / HTTP/1.1\r\nHost: " + value + b"\r\n\r\n").host == name
    assert head_of(b"GET / HTTP/1.0\r\n\r\n").host == ""


@pytest.mark.parametrize("host", [b"a.example", b"a:8443", b"10.0.0.1", b"[::1]:443", b"[2001:db8::1]", b""])
def test_hosts_that_are_hosts_pass(host: bytes) -> None:
    """Names, addresses, ports, and the empty Host that RFC 9112 allows."""
    assert head_of(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").get("host") == host.decode()


@pytest.mark.parametrize(
    ("version", "connection", "stays"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Close", False),
        (b"1.1", b"keep-alive, close", False),
        (b"1.0", b"", False),
        (b"1.0", b"Keep-Alive", True),
    ],
)
def test_keep_alive(version: bytes, connection: bytes, stays: bool) -> None:
    """By version and Connection, as RFC 9112 section 9.3 says."""
    raw = b"GET / HTTP/" + version + b"\r\nHost: a\r\nConnection: " + connection + b"\r\n\r\n"
    assert head_of(raw).keep_alive is stays


def test_http_1_0_needs_no_host_and_has_no_chunks() -> None:
    """An old client may leave Host away; chunked means nothing to it."""
    assert head_of(b"GET / HTTP/1.0\r\n\r\n").version == "1.0"
    assert refused(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400


def test_one_empty_line_before_the_request_is_skipped() -> None:
    """What some clients send behind a POST's body (RFC 9112 section 2.2); it is not part of the head."""
    assert parse_both(read_head, b"\r\n" + GOOD)[0].raw == GOOD


def test_a_head_of_exactly_the_limit_passes_and_one_byte_more_is_431() -> None:
    """16 KiB with the last CRLF; no later than at its 16,385th byte it is refused, though no end has come."""
    room = HEAD_LIMIT - len(with_headers(b"X: ", b"Y: " + b"y" * 7000))
    exact = with_headers(b"X: " + b"x" * room, b"Y: " + b"y" * 7000)
    assert len(exact) == HEAD_LIMIT
    assert parse_both(read_head, exact)[0].raw == exact
    assert refused(with_headers(b"X: " + b"x" * (room + 1), b"Y: " + b"y" * 7000)) == 431
    with pytest.raises(HeadError) as caught:
        parse_bytewise(read_head, b"GET /" + b"a" * (HEAD_LIMIT - 5))
    assert caught.value.status == 431


def test_too_many_headers_are_431() -> None:
    """100 pass, 101 do not."""
    assert parse_both(read_head, with_headers(*[b"X: 1"] * 99))
    assert refused(with_headers(*[b"X: 1"] * 100)) == 431


def test_a_large_read_is_still_refused() -> None:
    """110 KB of head in one read (which h11 takes) is 431."""
    assert refused(with_headers(*[b"X-%d: %s" % (n, b"x" * 1000) for n in range(99)])) == 431


def test_the_end_inside_a_head_is_truncation() -> None:
    """A connection that ends in mid-head deserves no answer."""
    for cut in (0, 3, 20, len(GOOD) - 1):
        stream = ByteStream()
        stream.feed(GOOD[:cut])
        stream.feed_eof()
        with pytest.raises(TruncatedError):
            next(read_head(stream))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_check(data: bytes) -> None:
    """Whatever comes, it is a head, an error of the head, or not complete."""
    for raw in (data, b"GET / HTTP/1.1\r\nHost: a\r\n" + data + b"\r\n\r\n"):
        try:
            head, _ = parse(read_head, raw)
        except (HeadError, TruncatedError):
            continue
        assert isinstance(head, Head)
        assert b"\n" not in head.raw.replace(b"\r\n", b"")
