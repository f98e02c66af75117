"""The list of the erased in the relay's folder: added to, brought along by backups, and applied to records that are older than it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from common.host.errors import TasukiError
from common.host.files import write_private
from common.host.log import get_logger
from common.protocol.clock import WallClock
from relay.core.erased import FILE, LIMIT, ErasedPerson, decode_erased, encode_erased, merged
from relay.core.records import ERASED, AuditEntry
from relay.core.storing import Store

log = get_logger()

BY: Final = "relay"
"""Whose rows these are: nobody gives an order."""


def path_in(folder: Path) -> Path:
    """Where it lies."""
    return folder / FILE


def read(path: Path) -> tuple[ErasedPerson, ...]:
    """The list in this file, which may not be there. Raises TasukiError (erased_list_unusable)."""
    try:
        with path.open("rb") as file:
            return decode_erased(file.read(LIMIT + 1))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise TasukiError("erased_list_unusable", path=path, detail=getattr(error, "strerror", None) or error) from None


def put(folder: Path, erased: Sequence[ErasedPerson]) -> None:
    """In the place of the list there is. Raises TasukiError (erased_list_unusable)."""
    try:
        write_private(path_in(folder), encode_erased(erased))
    except OSError as error:
        raise TasukiError("erased_list_unusable", path=path_in(folder), detail=error.strerror) from error


def add(folder: Path, one: ErasedPerson) -> None:
    """Raises TasukiError (erased_list_unusable)."""
    put(folder, merged(read(path_in(folder)), [one]))


def remove(folder: Path, person: str) -> None:
    """Who was not erased after all. Raises TasukiError (erased_list_unusable)."""
    put(folder, [one for one in read(path_in(folder)) if one.person != person])


async def apply(store: Store, erased: Sequence[ErasedPerson], *, clock: WallClock) -> int:
    """Erase everybody on the list whom these records still know by name: how many. Raises StoreError.

    They are out as well: whoever was erased has left, whatever older records say.
    """
    if not erased:
        return 0
    known = {one.identifier: one for one in await store.people()}
    owners = {one.identifier: one.person for one in await store.accounts()}
    named = {one.identifier for one in known.values() if one.name}
    count = 0
    for one in erased:
        mine = [account for account in one.accounts if account in owners]
        people = {one.person, *(owners[account] for account in mine)} & named
        for person in sorted(people):
            entry = AuditEntry(at=clock(), actor=BY, event=ERASED, subject=person)
            accounts = tuple(account for account, owner in owners.items() if owner == person)
            await store.write(
                lambda unit, person=person, accounts=accounts, entry=entry: unit.erase_person(person, accounts, entry)  # type: ignore[misc]
            )
            count += 1
    if count:
        await store.clear()
        log.warning("erased_again", count=count, why="these records are older than the list of the erased")
    return count
