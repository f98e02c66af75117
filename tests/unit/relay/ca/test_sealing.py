"""A sealed backup opens with its passphrase, and says which of the two is wrong: the file or the passphrase."""

import hashlib
import os

import pytest

from relay.ca.sealing import SealBrokenError, WrongPassphraseError, seal, unseal

SECRET = b"the root key" * 100
PASSPHRASE = "caf\u00e9 na\u00efve 12345"


def test_only_its_passphrase_opens_it() -> None:
    """In whichever form of Unicode it is typed; nothing of what is sealed shows, and no two files are alike."""
    sealed = seal(SECRET, PASSPHRASE, random=os.urandom)
    assert unseal(sealed, "cafe\u0301 nai\u0308ve 12345") == SECRET
    assert b"root key" not in sealed
    assert seal(SECRET, PASSPHRASE, random=os.urandom)[-64:-32] != sealed[-64:-32]
    with pytest.raises(WrongPassphraseError):
        unseal(sealed, PASSPHRASE + "6")


def test_a_changed_or_cut_file_is_broken_not_the_passphrase() -> None:
    """At any place."""
    sealed = seal(SECRET, PASSPHRASE, random=os.urandom)
    cases = [sealed[:cut] for cut in (0, 5, 19, 40, 60, 500, len(sealed) - 1)]
    cases += [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in (0, 20, 40, 300, len(sealed) - 1)]
    for case in cases:
        with pytest.raises(SealBrokenError):
            unseal(case, PASSPHRASE)


def test_a_file_that_somebody_has_made_up_does_not_open() -> None:
    """A digest that is right proves nothing."""
    body = bytearray(seal(SECRET, PASSPHRASE, random=os.urandom)[:-32])
    body[300] ^= 1
    with pytest.raises(WrongPassphraseError):
        unseal(bytes(body) + hashlib.sha256(body).digest(), PASSPHRASE)
