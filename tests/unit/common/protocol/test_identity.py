"""Roles, identity URIs, display names, expectations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.identity import (
    IdentityUri,
    InvalidIdentityError,
    PeerExpectation,
    Role,
    check_display_name,
    check_organisation,
    matching_challenge,
    name_key,
)
from common.protocol.reasons import Why

UUID = "01234567-89ab-cdef-0123-456789abcdef"
URI = f"tasuki://example.org/helper/{UUID}"


def test_a_uri_is_read_and_written_back() -> None:
    """One spelling only."""
    uri = IdentityUri.parse(URI)
    assert uri == IdentityUri(organisation="example.org", role=Role.HELPER, account=UUID)
    assert str(uri) == uri.format() == URI


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tasuki:/example.org/helper/" + UUID,
        "https://example.org/helper/" + UUID,
        f"tasuki://example.org/operator/{UUID}",
        f"tasuki://example.org/helper/{UUID.upper()}",
        f"tasuki://example.org/helper/{UUID}/",
        f"tasuki://example.org/helper/{UUID[:-1]}",
        f"tasuki:///helper/{UUID}",
        f"tasuki://exämple/helper/{UUID}",
        f"tasuki://{'a' * 64}/helper/{UUID}",
        f"tasuki://example.org/helper/{UUID}\n",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    """A certificate names somebody in exactly one way."""
    with pytest.raises(InvalidIdentityError):
        IdentityUri.parse(text)


def test_the_other_role() -> None:
    """A session has one of each."""
    assert Role.USER.other is Role.HELPER
    assert Role.HELPER.other is Role.USER


def test_an_organisations_name_comes_back() -> None:
    """When it is good."""
    assert check_organisation("Example_1.org") == "Example_1.org"


@pytest.mark.parametrize("name", ["Sato Hanako", "佐藤 花子", "佐藤\u3000花子", "O'Brien-Łukasz", "田中", "Ω 1"])
def test_names_of_people_are_fine(name: str) -> None:
    """In any script, with single spaces."""
    assert check_display_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 101,
        "e\u0301",  # not NFC
        " a",
        "a ",
        "a  b",
        "a \u3000b",
        "a\u200bb",  # zero width space
        "a\u202eb",  # right-to-left override
        "a\u2066b",  # isolate
        "a\u00adb",  # soft hyphen
        "a\ufeffb",
        "a\tb",
        "a\nb",
        "a\u0000",
        "a\u00a0b",  # no-break space
        "a\u2028b",
        "a\ue000",  # private use
        "a\ud800",  # surrogate
        "a\u3164",  # Hangul filler
        "a\ufe0f",  # variation selectors
        "葛\U000e0100",
        "a\u180b",
        "\u2800",
    ],
)
def test_names_that_could_look_like_others_are_refused(name: str) -> None:
    """What cannot be seen is not allowed."""
    with pytest.raises(InvalidIdentityError):
        check_display_name(name)


@given(st.text(max_size=120))
def test_any_text_is_a_name_or_an_error(name: str) -> None:
    """Nothing else is raised, and a good name comes back unchanged."""
    try:
        assert check_display_name(name) == name
    except InvalidIdentityError:
        return


def test_look_alikes_share_a_key() -> None:
    """Case, width and the kind of space make no second person."""
    assert name_key("Ｓato\u3000Hanako") == name_key("sato hanako")
    assert name_key("Sato") != name_key("Saito")


def test_the_challenge_binds_relay_and_nonce() -> None:
    """Prefix, length, name, nonce: another relay's signature can never be this one's."""
    nonce = bytes(range(32))
    assert matching_challenge("relay.example", nonce) == b"tasuki-matching-1\0\x00\x0drelay.example" + nonce
    with pytest.raises(ValueError, match="32"):
        matching_challenge("relay.example", b"short")


def test_the_chosen_helper_is_recognised_by_uri_and_name() -> None:
    """Either of them alone is not enough."""
    expected = PeerExpectation(organisation="example.org", role=Role.HELPER, uri=URI, name="Hanako")
    assert expected.chosen
    assert expected.check(URI, "Hanako") is None
    assert expected.check(URI, "Taro") is Why.WRONG_PEER
    assert expected.check(URI[:-1] + "0", "Hanako") is Why.WRONG_PEER


def test_an_unchosen_helper_must_still_be_a_helper_of_the_organisation() -> None:
    """Then the person is asked."""
    expected = PeerExpectation(organisation="example.org", role=Role.HELPER)
    assert not expected.chosen
    assert expected.check(URI, "Anybody") is None
    assert expected.check(URI.replace("helper", "user"), "Anybody") is Why.WRONG_PEER
    assert expected.check(URI.replace("example.org", "example.com"), "Anybody") is Why.WRONG_PEER
    assert expected.check("nonsense", "Anybody") is Why.WRONG_PEER
    assert expected.check(URI, "\u202e") is Why.WRONG_PEER


def test_uri_and_name_belong_together() -> None:
    """Half an expectation is a mistake."""
    with pytest.raises(ValueError, match="together"):
        PeerExpectation(organisation="example.org", role=Role.HELPER, uri=URI)
