"""Signed heads of an audit log."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from common.net.audit_head import load_head
from common.net.certificates import CertificateError, Identity, verify_issued
from common.protocol.audit_heads import DOCUMENT_LIMIT, AuditHead, SignedHead, decode_signed, encode_head, encode_signed
from common.protocol.audit_heads import head_challenge as challenge
from common.protocol.certificate_requests import HeadSigned, SignHeadRequest
from tests.support.ca import Organisation
from tests.support.clock import START

DIGEST = "ab" * 32


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


def document(organisation: Organisation, number: int = 7) -> bytes:
    """A head that its CA signed."""
    answer = organisation.ca.heads.sign(SignHeadRequest(number=number, digest=DIGEST))
    assert isinstance(answer, HeadSigned)
    return answer.document


def fault(document: bytes, root: bytes) -> str:
    """Why it is none."""
    with pytest.raises(CertificateError) as caught:
        load_head(document, root)
    return caught.value.code.value


def test_a_good_one(organisation: Organisation) -> None:
    """It says what was signed, and when; whenever it is read."""
    head = load_head(document(organisation), organisation.root)
    assert (head.number, head.digest.hex(), head.at) == (7, DIGEST, START)
    assert challenge(b"x") == b"tasuki-audit-head-1\0x"


def test_what_was_changed(organisation: Organisation, tmp_path: Path) -> None:
    """Number, digest or signature; another organisation's; what is no document at all."""
    good = document(organisation)
    signed, head = decode_signed(good)
    other = msgspec.structs.replace(head, number=8)
    assert (
        fault(encode_signed(msgspec.structs.replace(signed, head=encode_head(other))), organisation.root)
        == "bad_signature"
    )
    assert (
        fault(encode_signed(msgspec.structs.replace(signed, signature=b"\0" * 70)), organisation.root)
        == "bad_signature"
    )
    assert fault(good, Organisation(tmp_path / "other").root) == "wrong_root"
    for bad in (b"", b"{}", good[:-1], b"[" * 5000, b"x" * (DOCUMENT_LIMIT + 1)):
        assert fault(bad, organisation.root) == "malformed"
    for number in (0, -1, 2**60):
        with pytest.raises(ValueError, match="number"):
            decode_signed(
                encode_signed(
                    msgspec.structs.replace(signed, head=encode_head(msgspec.structs.replace(head, number=number)))
                )
            )


def test_keys_are_for_one_thing_each(organisation: Organisation) -> None:
    """Somebody's own key signs no heads, and the one for heads is nobody's certificate."""
    anna = organisation.person(name="Anna")
    head = encode_head(AuditHead(organisation="Example", number=1, digest=DIGEST, at=START.timestamp()))
    by_anna = SignedHead(head=head, certificate=anna.leaf, signature=anna.sign(challenge(head)))
    assert fault(encode_signed(by_anna), organisation.root) == "wrong_role"
    own, _ = decode_signed(document(organisation))
    with pytest.raises(CertificateError):
        verify_issued([own.certificate], organisation.root)


def test_the_time_it_was_signed(organisation: Organisation) -> None:
    """The certificate was valid then, which years later still counts; a head that is dated otherwise does not."""
    first = document(organisation)
    organisation.clock.advance(timedelta(days=400).total_seconds())
    assert load_head(first, organisation.root).number == 7
    folder = organisation.ca.authority.folder.path
    from common.net.certificates import chain_from_pem, key_from_pem

    key = key_from_pem((folder / "audit-key.pem").read_bytes())
    own = Identity(key=key, chain=chain_from_pem((folder / "audit.pem").read_bytes()))
    late = encode_head(
        AuditHead(organisation="Example", number=9, digest=DIGEST, at=(START + timedelta(days=399)).timestamp())
    )
    signed = SignedHead(head=late, certificate=own.leaf, signature=own.sign(challenge(late)))
    assert fault(encode_signed(signed), organisation.root) == "expired"
    other = encode_head(AuditHead(organisation="Another", number=9, digest=DIGEST, at=START.timestamp()))
    signed = SignedHead(head=other, certificate=own.leaf, signature=own.sign(challenge(other)))
    assert fault(encode_signed(signed), organisation.root) == "wrong_organisation"
