"""Certificate requests and answers: what is read, what is refused, what the old key signs."""

from hashlib import sha256

import msgspec
import pytest

from common.protocol.certificate_requests import (
    Answer,
    CertificateRequest,
    EnrolRequest,
    Issued,
    NotIssued,
    Refusal,
    RelayCertificateRequest,
    RenewRequest,
    renewal_challenge,
)
from common.protocol.identity import Role

REQUESTS = [
    EnrolRequest(id="0" * 64, role=Role.USER, csr=b"csr", proof="f" * 64),
    RenewRequest(csr=b"csr", chain=[b"leaf", b"root"], signature=b"signature"),
    RelayCertificateRequest(csr=b"csr"),
]
ANSWERS = [Issued(chain=[b"leaf", b"root"], serial="0a", not_after=1.5), NotIssued(code=Refusal.CODE_USED)]


@pytest.mark.parametrize("request_", REQUESTS)
def test_requests_survive_json(request_: CertificateRequest) -> None:
    """Each is told from the others by its kind."""
    assert msgspec.json.decode(msgspec.json.encode(request_), type=CertificateRequest) == request_


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_survive_json(answer: Answer) -> None:
    """A refusal that is not known yet is one all the same."""
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Answer) == answer


@pytest.mark.parametrize(
    "text",
    [
        '{"kind":"enrol","id":"xyz","role":"user","csr":"AAAA","proof":"' + "0" * 64 + '"}',
        '{"kind":"enrol","id":"' + "0" * 64 + '","role":"operator","csr":"AAAA","proof":"' + "0" * 64 + '"}',
        '{"kind":"enrol","id":"' + "0" * 64 + '","role":"user","csr":"","proof":"' + "0" * 64 + '"}',
        '{"kind":"enrol","id":"' + "0" * 64 + '\\n","role":"user","csr":"AAAA","proof":"' + "0" * 64 + '"}',
        '{"kind":"renew","csr":"AAAA","chain":[],"signature":"AAAA"}',
        '{"kind":"renew","csr":"AAAA","chain":["AAAA","AAAA","AAAA","AAAA","AAAA"],"signature":"AAAA"}',
        '{"kind":"relay-certificate","csr":"' + "A" * 24_000 + '"}',
        '{"kind":"relay-certificate"}',
        "[]",
    ],
)
def test_what_breaks_a_bound_is_refused(text: str) -> None:
    """Before anything looks at it."""
    with pytest.raises(msgspec.MsgspecError):
        msgspec.json.decode(text, type=CertificateRequest)


def test_the_old_key_signs_a_text_of_its_own() -> None:
    """A label no other signature has, and the whole request."""
    assert renewal_challenge(b"csr") == b"tasuki-renew-1\0" + sha256(b"csr").digest()
    assert renewal_challenge(b"csr") != renewal_challenge(b"csq")
