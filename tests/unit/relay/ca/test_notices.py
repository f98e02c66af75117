"""What the CA tells the relay: certificates with a name that is no longer their owner's."""

from pathlib import Path

import pytest

from common.net.certificates import Identity, new_key, verify_issued
from common.protocol.notices import Outdated, decode_notices
from relay.ca.notices import NoticeBoard
from tests.support.ca import Organisation, identity, renew_request

DAY = 86400.0


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """An organisation with a CA."""
    return Organisation(tmp_path)


def serial_of(organisation: Organisation, one: Identity) -> str:
    """As notices have it."""
    return f"{verify_issued(one.chain, organisation.root).serial:040x}"


def renewed(organisation: Organisation, old: Identity) -> Identity:
    """With the next certificate."""
    key = new_key()
    return identity(organisation.ca.authority.answer(renew_request(old, key)), key)


def test_a_certificate_is_told_until_it_is_revoked(organisation: Organisation) -> None:
    """With all that came of it; others of the account are not; then the index forgets the account."""
    folder, registrar = organisation.ca.authority.folder, organisation.ca.registrar
    board = NoticeBoard(folder=folder, clock=organisation.now)
    assert decode_notices(board.document()).outdated == []
    old = organisation.person(name="Anna")
    anna = folder.name_owner("Anna") or ""
    assert decode_notices(board.document()).outdated == []
    registrar.rename("Anna", "Berta")
    assert decode_notices(board.document()).outdated == [Outdated(serial=serial_of(organisation, old), account=anna)]
    new = renewed(organisation, old)
    newest = renewed(organisation, new)
    by = [serial_of(organisation, one) for one in (new, newest)]
    [told] = decode_notices(board.document()).outdated
    assert (told.serial, told.by) == (serial_of(organisation, old), by)
    registrar.tidy()
    assert folder.renamed() == [anna]
    registrar.revoker.revoke(serial_of(organisation, old))
    assert decode_notices(board.document()).outdated == []
    registrar.tidy()
    assert folder.renamed() == []


def test_an_expired_one_is_told_no_more(organisation: Organisation) -> None:
    """An hour after it has expired at the latest."""
    board = NoticeBoard(folder=organisation.ca.authority.folder, clock=organisation.now)
    organisation.person(name="Anna")
    organisation.ca.registrar.rename("Anna", "Berta")
    assert len(decode_notices(board.document()).outdated) == 1
    organisation.clock.advance(30 * DAY + 3600)
    assert decode_notices(board.document()).outdated == []


def test_a_damaged_record_keeps_no_other_back(organisation: Organisation) -> None:
    """What cannot be read is not told."""
    board = NoticeBoard(folder=organisation.ca.authority.folder, clock=organisation.now)
    for name in ("Anna", "Ben"):
        organisation.person(name=name)
        organisation.ca.registrar.rename(name, f"{name} Berg")
    assert len(decode_notices(board.document()).outdated) == 2
    anna = organisation.ca.authority.folder.name_owner("Anna Berg")
    [record] = (organisation.folder / "issued" / str(anna)).iterdir()
    record.write_bytes(b"{")
    organisation.clock.advance(3600)
    [left] = decode_notices(board.document()).outdated
    assert left.account != anna
