"""The CA's notices to the relay: which certificates carry names that are no longer their owners'."""

from collections.abc import Callable, Iterator
from datetime import datetime

from common.host.errors import TasukiError
from common.host.log import get_logger
from common.protocol.notices import OUTDATED_LIMIT, SUCCESSORS_LIMIT, CaNotices, Outdated, encode_notices
from relay.ca.folder import CaFolder
from relay.ca.records import IssuedRecord

log = get_logger()

HOUR = 3600.0
"""Seconds after which they are read anew in any case: certificates expire."""


class NoticeBoard:
    """What is to be told now. `clock` gives aware UTC times. Needs no lock: each fact is read whole."""

    def __init__(self, *, folder: CaFolder, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock
        self._seen: object = None
        self._document = encode_notices(CaNotices())

    def document(self) -> bytes:
        """All of them, as they are published; read anew where something in the folder has changed. Raises OSError."""
        seen = (*self._folder.renames_changed(), int(self._clock().timestamp() // HOUR))
        if seen != self._seen:
            self._document = encode_notices(CaNotices(outdated=list(self._outdated())))
            self._seen = seen
        return self._document

    def _outdated(self) -> Iterator[Outdated]:
        count = 0
        for account in self._folder.renamed():
            try:
                found = outdated(self._folder, account, self._clock().timestamp())
            except TasukiError as error:  # a damaged record: of this account alone
                log.warning("notice_damaged", account=account, error=str(error))
                continue
            for one, successors in found:
                if count == OUTDATED_LIMIT:
                    return
                count += 1
                by = [other.serial for other in successors]
                yield Outdated(serial=one.serial, account=account, by=by[-SUCCESSORS_LIMIT:])


def outdated(folder: CaFolder, account: str, now: float) -> list[tuple[IssuedRecord, list[IssuedRecord]]]:
    """Certificates of this account with a name that is no longer its owner's, and those that each was renewed to.

    Neither revoked nor expired. Raises TasukiError (ca_record_damaged).
    """
    person = folder.person(folder.person_of(account))
    if person is None:
        return []
    good = [one for one in folder.issued(account) if one.not_after > now and folder.revoked(one.serial) is None]
    return [(one, _renewed_from(one, good)) for one in good if one.name != person.name]


def _renewed_from(certificate: IssuedRecord, known: list[IssuedRecord]) -> list[IssuedRecord]:
    """All that came of it, one renewal after another."""
    found = [certificate]
    for one in found:  # grows meanwhile
        found += [other for other in known if other.renews == one.serial and other not in found]
    return found[1:]
