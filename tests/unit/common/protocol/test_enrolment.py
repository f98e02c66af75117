"""The enrolment line and its proof."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.enrolment import (
    EnrolmentLine,
    InvalidEnrolmentError,
    account_id,
    check_code,
    check_proof,
    format_address,
    host_name,
    new_code,
    parse_address,
    ports_of,
    proof,
)
from common.protocol.identity import Role

CODE = "AAAQEAYEAUDAOCAJBIFQYDIOB4"
ROOT = "_" * 42 + "8"
LINE = f"tasuki-enrol:1:{CODE}:{ROOT}:relay.example.org"


def test_a_line_is_read_and_written_back() -> None:
    """The parts come out, and the text is the same again."""
    line = EnrolmentLine.parse(LINE)
    assert line == EnrolmentLine(code=CODE, root=b"\xff" * 32, host="relay.example.org", port=443)
    assert str(line) == line.format() == LINE


def test_pasting_damage_does_not_matter() -> None:
    """Line breaks, spaces around, lower-case code, upper-case host."""
    pasted = f"  {LINE[:40]}\r\n {LINE[40:]} \n".replace(CODE, CODE.lower()).replace("relay", "RELAY")
    assert EnrolmentLine.parse(pasted) == EnrolmentLine.parse(LINE)


def test_a_port_and_an_ipv6_address() -> None:
    """Both are written only where they are needed."""
    line = EnrolmentLine.parse(f"tasuki-enrol:1:{CODE}:{ROOT}:[2001:DB8::1]:8443")
    assert (line.host, line.port) == ("2001:db8::1", 8443)
    assert str(line).endswith(":[2001:db8::1]:8443")


def test_the_code_is_in_no_repr() -> None:
    """Logs and tracebacks never show it."""
    assert CODE not in repr(EnrolmentLine.parse(LINE))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        LINE.replace(":1:", ":3:"),
        LINE.replace(CODE, CODE[:-1]),
        LINE.replace(CODE, CODE + "A"),
        LINE.replace(CODE, "1" + CODE[1:]),
        LINE.replace(CODE, CODE[:-1] + "5"),
        LINE.replace(ROOT, ROOT[:-1]),
        LINE.replace(ROOT, "!" * 43),
        LINE.replace(ROOT, "é" * 43),
        LINE.replace("relay.example.org", ""),
        LINE.replace("relay.example.org", "a/b"),
        LINE.replace("relay.example.org", "-a.org"),
        LINE.replace("relay.example.org", "a" * 64),
        LINE.replace("relay.example.org", ".".join(["abc"] * 70)),
        LINE + ":0",
        LINE + ":65536",
        LINE + ":443x",
        LINE + ":",
        LINE + ":1:2",
        LINE.replace("relay.example.org", "[::1"),
        LINE.replace("relay.example.org", "[::1]443"),
        LINE.replace("relay.example.org", "[relay]:443"),
        LINE.replace("relay.example.org", "[fe80::1%eth0]"),
    ],
)
def test_broken_lines_are_refused_without_quoting_the_code(text: str) -> None:
    """Every part is checked, and the error never repeats it."""
    with pytest.raises(InvalidEnrolmentError) as caught:
        EnrolmentLine.parse(text)
    assert CODE[:8] not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_a_line_or_an_error(text: str) -> None:
    """Nothing else is ever raised."""
    try:
        EnrolmentLine.parse(f"tasuki-enrol:1:{text}")
    except InvalidEnrolmentError:
        return


@given(st.binary(min_size=16, max_size=16))
def test_codes_go_through_base32(data: bytes) -> None:
    """Any 16 bytes make a code that is accepted."""
    code = new_code(data)
    assert check_code(code.lower()) == code


def test_a_code_is_made_of_16_bytes() -> None:
    """Anything else is a mistake of the caller."""
    with pytest.raises(ValueError, match="16 bytes"):
        new_code(b"short")


def test_id_and_proof_are_the_documented_hmacs() -> None:
    """So that another implementation can be written from the protocol's text."""
    key = bytes(range(16))
    code = new_code(key)
    assert account_id(code) == hmac.new(key, b"id", "sha256").hexdigest()
    spki = hashlib.sha256(b"key").digest()
    expected = hmac.new(key, b"tasuki-enrol-1\0helper\0" + spki, "sha256").digest()
    assert proof(code, Role.HELPER, spki) == expected
    assert check_proof(code, Role.HELPER, spki, expected)
    assert not check_proof(code, Role.USER, spki, expected)


def test_addresses_have_a_default_port() -> None:
    """Written only where it differs."""
    assert parse_address("h", default_port=80) == ("h", 80)


def test_hosts_are_compared_as_dns_does() -> None:
    """Upper case, a dot at the end, other letters; an address stays one. What no name has is refused."""
    for text in ("HELP.Example.ORG", "help.example.org.", "Help.Example.Org."):
        assert host_name(text) == "help.example.org"
    assert (
        host_name("hilfe-büro.example.org.") == host_name("HILFE-BÜRO.example.org") == "xn--hilfe-bro-w9a.example.org"
    )
    assert host_name("ヘルプ.例え.jp").startswith("xn--")
    assert parse_address("hilfe-büro.example.org:8443") == ("xn--hilfe-bro-w9a.example.org", 8443)
    assert (host_name("192.0.2.1"), host_name("2001:DB8::1")) == ("192.0.2.1", "2001:db8::1")
    for text in ("", ".", "a..b", "a b", "büro\u2028.example", "-a", "x" * 64, "ü" * 64, "a/b"):
        with pytest.raises(InvalidEnrolmentError):
            host_name(text)


def test_ports_are_tried_in_order() -> None:
    """The line's first; beside the default one the usual second; what a relay tells counts, within bounds."""
    assert ports_of(443) == (443, 80)
    assert ports_of(8443) == (8443,)
    assert ports_of(8443, [443, 8443, 80]) == (8443, 443, 80)
    assert ports_of(443, [443, 8080]) == (443, 8080)
    assert ports_of(443, [0, 65536, 1, 2, 3, 4, 5]) == (443, 1, 2, 3)
    line = EnrolmentLine.parse(LINE)
    assert line.addresses[0] == (line.host, line.port)
    assert format_address("h", 80, default_port=80) == "h"
    assert format_address("::1", 81, default_port=80) == "[::1]:81"
