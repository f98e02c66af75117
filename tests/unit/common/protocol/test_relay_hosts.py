"""The list of the relay's host names as text: what goes in comes out, and nothing else is one."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.relay_hosts import (
    DOCUMENT_LIMIT,
    HOSTS_LIMIT,
    Address,
    decode_hosts,
    encode_document,
    encode_hosts,
    hosts_challenge,
)

ADDRESSES: list[Address] = [("relay.example", 443), ("2001:db8::1", 8443), ("192.0.2.1", 80)]


def document(encoded: bytes) -> bytes:
    """Signed by nobody."""
    return encode_document(encoded, b"signature")


def test_what_goes_in_comes_out() -> None:
    """Number and order; the port where it is not the usual one."""
    encoded = encode_hosts(7, ADDRESSES)
    signed, hosts = decode_hosts(document(encoded))
    assert (signed.list, signed.signature) == (encoded, b"signature")
    assert (hosts.number, hosts.addresses) == (7, tuple(ADDRESSES))
    assert hosts.hosts == ["relay.example", "[2001:db8::1]:8443", "192.0.2.1:80"]


def test_what_is_signed_begins_with_a_label_of_its_own() -> None:
    """No certificate or revocation list (DER, a SEQUENCE) can be taken for it."""
    assert hosts_challenge(b"x") == b"tasuki-hosts-1\0x"


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"{}",
        msgspec.json.encode({"number": 0, "hosts": ["a.example"]}),
        msgspec.json.encode({"number": 1 << 54, "hosts": ["a.example"]}),
        msgspec.json.encode({"number": 1, "hosts": []}),
        msgspec.json.encode({"number": 1, "hosts": ["a.example"] * 2}),
        msgspec.json.encode({"number": 1, "hosts": ["a.example", "A.example:443"]}),
        msgspec.json.encode({"number": 1, "hosts": ["a b"]}),
        msgspec.json.encode({"number": 1, "hosts": ["a.example:0"]}),
        msgspec.json.encode({"number": 1, "hosts": [f"a{n}.example" for n in range(HOSTS_LIMIT + 1)]}),
    ],
)
def test_what_is_no_list_is_refused(encoded: bytes) -> None:
    """One more than the limit, none, one twice, a name that is none, numbers out of bounds."""
    with pytest.raises(ValueError):  # noqa: PT011  (it has one kind)
        decode_hosts(document(encoded))


def test_as_many_as_the_limit_are_taken() -> None:
    """And the longest names fit into the longest document."""
    longest = [(f"{n}." + ".".join(["a" * 62] * 3) + "." + "b" * 50, 12345) for n in range(HOSTS_LIMIT)]
    whole = document(encode_hosts(1, longest))
    assert len(whole) <= DOCUMENT_LIMIT
    assert decode_hosts(whole)[1].addresses == tuple(longest)
    with pytest.raises(ValueError, match="too long"):
        decode_hosts(whole + b" " * DOCUMENT_LIMIT)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_one_way(data: bytes) -> None:
    """Nothing but ValueError comes of them, as a document or as the list in one."""
    for whole in (data, document(data)):
        with pytest.raises(ValueError):  # noqa: PT011  (it has one kind)
            decode_hosts(whole)
