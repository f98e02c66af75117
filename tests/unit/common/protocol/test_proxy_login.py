"""What a proxy offers, and what is answered."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.proxy_login import (
    BASIC,
    DIGEST,
    Challenge,
    Login,
    LoginImpossibleError,
    basic,
    digest,
    is_stale,
    offered,
    read_challenges,
)

MUFASA = Login(username="Mufasa", password="Circle of Life")
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def test_challenges_of_one_header_and_of_several() -> None:
    """Commas stand between challenges and between parameters; a token is no parameter."""
    found = read_challenges(
        ['Digest realm="a, b", nonce=x, qop="auth,auth-int", Basic realm="say \\"hi\\""', "NTLM TlRMTVNT=", "Negotiate"]
    )
    assert [one.scheme for one in found] == ["digest", "basic", "ntlm", "negotiate"]
    assert found[0].parameters == {"realm": "a, b", "nonce": "x", "qop": "auth,auth-int"}
    assert found[1].parameters == {"realm": 'say "hi"'}
    assert (found[2].token, found[3].token) == ("TlRMTVNT=", "")


@pytest.mark.parametrize("text", ["", " , ", "Basic realm=", 'Basic realm="open', "=", "Negotiate ?", "Basic,,NTLM"])
def test_nonsense_is_no_challenge(text: str) -> None:
    """What can be read before it counts."""
    assert all(one.scheme in {"basic", "ntlm", "negotiate"} for one in read_challenges([text]))


def test_of_several_digests_the_strongest_that_is_known() -> None:
    """Whatever stands first."""
    found = read_challenges(["Digest nonce=a", "Digest nonce=b, algorithm=SHA-256", "Digest nonce=c, algorithm=NEW"])
    chosen = offered(found, DIGEST)
    assert chosen is not None
    assert chosen.parameters["nonce"] == "b"
    assert offered(found, BASIC) is None
    assert offered(found[2:], DIGEST) is None


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_the_standard(algorithm: str, response: str) -> None:
    """RFC 7616 section 3.9.1."""
    challenge = Challenge(
        scheme=DIGEST,
        parameters={
            "realm": "http-auth@example.org",
            "nonce": NONCE,
            "qop": "auth, auth-int",
            "algorithm": algorithm,
            "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        },
    )
    said = digest(challenge, MUFASA, method="GET", target="/dir/index.html", nonce=CNONCE)
    assert f'response="{response}"' in said
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in said
    assert "qop=auth, nc=00000001" in said


def test_an_old_digest_has_neither_qop_nor_counter() -> None:
    """RFC 2069's example, by the erratum's value."""
    challenge = Challenge(
        scheme=DIGEST, parameters={"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
    )
    login = Login(username="Mufasa", password="CircleOfLife")
    said = digest(challenge, login, method="GET", target="/dir/index.html", nonce="x")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in said
    assert "nc=" not in said
    assert "algorithm" not in said


def test_a_session_is_hashed_with_both_nonces() -> None:
    """And says which nonce ours is."""
    challenge = Challenge(scheme=DIGEST, parameters={"nonce": "n", "qop": "auth", "algorithm": "md5-sess"})
    plain = Challenge(scheme=DIGEST, parameters={"nonce": "n", "qop": "auth", "algorithm": "md5"})
    said = [digest(one, MUFASA, method="CONNECT", target="h:1", nonce="c") for one in (challenge, plain)]
    assert "algorithm=MD5-sess" in said[0]
    assert said[0].split("response=")[1].split(",")[0] != said[1].split("response=")[1].split(",")[0]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"nonce": "n", "algorithm": "SHA-9"},
        {"nonce": "n", "qop": "auth-int"},
        {"nonce": "n", "realm": "a\tb"},
        {"nonce": "n\tn"},
        {"nonce": "n\x7f"},
        {"nonce": "n", "opaque": "a\tb"},
    ],
)
def test_a_digest_that_cannot_be_answered(parameters: dict[str, str]) -> None:
    """Is left alone."""
    with pytest.raises(LoginImpossibleError):
        digest(Challenge(scheme=DIGEST, parameters=parameters), MUFASA, method="CONNECT", target="h:1", nonce="c")


def test_a_hash_that_this_computer_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy forbids it: the login is impossible that way, and no bug."""

    def forbidden(*_: object, **__: object) -> object:
        raise ValueError("unsupported hash type")

    monkeypatch.setattr(hashlib, "new", forbidden)
    with pytest.raises(LoginImpossibleError):
        digest(Challenge(scheme=DIGEST, parameters={"nonce": "n"}), MUFASA, method="CONNECT", target="h:1", nonce="c")


def test_quotes_in_a_name_end_nothing() -> None:
    """They are escaped."""
    challenge = Challenge(scheme=DIGEST, parameters={"nonce": "n"})
    said = digest(challenge, Login(username='a"b\\', password="x"), method="CONNECT", target="h:1", nonce="c")
    assert 'username="a\\"b\\\\"' in said


def test_basic_is_utf_8() -> None:
    """RFC 7617; a colon in the name would shift the password."""
    assert basic(Login(username="user", password="päss:word")) == "Basic dXNlcjpww6Rzczp3b3Jk"
    with pytest.raises(LoginImpossibleError):
        basic(Login(username="a:b"))


def test_a_stale_nonce_is_no_wrong_password() -> None:
    """RFC 7616 section 3.3."""
    assert is_stale(Challenge(scheme=DIGEST, parameters={"stale": "TRUE"}))
    assert not is_stale(Challenge(scheme=DIGEST))
    assert not is_stale(None)


def test_a_password_is_never_shown() -> None:
    """Also not in a traceback."""
    assert "Circle" not in repr(MUFASA)


@given(st.text(max_size=200))
def test_any_header_can_be_read(text: str) -> None:
    """In time that grows with its length."""
    read_challenges([text, f"Digest {text}", f'Basic realm="{text}'])
