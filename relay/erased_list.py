"""The list of the erased in the relay's folder: added to, brought along by backups, and applied to records that are older than it."""

import os
import pwd
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from common.host.errors import TasukiError
from common.host.files import FolderLock, write_private
from common.host.log import get_logger
from common.protocol.clock import WallClock
from relay.core.erased import FILE, LIMIT, ErasedPerson, decode_erased, encode_erased, merged
from relay.core.records import ERASED, AuditEntry
from relay.core.storing import Store, StoreError, erase_person

log = get_logger()

LOCK: Final = "erased.lock"
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


class ErasedList:
    """The one in the relay's folder. `relay`: this process is the relay itself, and not somebody's command."""

    def __init__(self, folder: Path, *, relay: bool = False) -> None:
        self._folder = folder
        self._relay = relay

    def read(self) -> tuple[ErasedPerson, ...]:
        """Those on it. Raises TasukiError (erased_list_unusable)."""
        return read(path_in(self._folder))

    def check(self) -> None:
        """Whether this process may add to it: what another user leaves there the relay cannot read. Raises TasukiError (order_erase_other_user, erased_list_unusable)."""
        owner = self._folder.stat().st_uid
        if not self._relay and owner != os.geteuid():
            raise TasukiError("order_erase_other_user", folder=self._folder, owner=_user(owner))
        self.read()

    def add(self, one: ErasedPerson) -> None:
        """Raises TasukiError (erased_list_unusable)."""
        self._change(lambda known: merged(known, [one]))

    def owe(self, people: Collection[str]) -> None:
        """The database's files may hold names of these still. Raises TasukiError (erased_list_unusable)."""
        self._change(lambda known: [replace(one, cleared=False) if one.person in people else one for one in known])

    def cleared(self) -> None:
        """They hold none. Raises TasukiError (erased_list_unusable)."""
        self._change(lambda known: [replace(one, cleared=True) for one in known])

    def _change(self, change: Callable[[Sequence[ErasedPerson]], Sequence[ErasedPerson]]) -> None:
        """Read, and put anew, while nobody else does."""
        try:
            lock = FolderLock(self._folder, LOCK)
            lock.wait()
        except OSError as error:
            raise TasukiError("erased_list_unusable", path=path_in(self._folder), detail=error.strerror) from error
        try:
            known = self.read()
            changed = tuple(change(known))
            if changed != known:
                put(self._folder, changed)
            self._hand_over()
        finally:
            lock.release()

    def _hand_over(self) -> None:
        """What root's command has written is the folder's user's."""
        whose = self._folder.stat()
        if os.geteuid() == 0 and whose.st_uid != 0:
            for path in (path_in(self._folder), self._folder / LOCK):
                if path.exists():
                    os.chown(path, whose.st_uid, whose.st_gid, follow_symlinks=False)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


async def bring(store: Store, erased: ErasedList, *, clock: WallClock) -> int:
    """At the start: have everybody on the list erased in these records, and the files cleared that could not be before: how many were known by name still.

    Files that cannot be cleared now either are no reason not to start: it is logged, and tried at the next start. Raises StoreError, TasukiError.
    """
    people = erased.read()
    if not people:
        return 0
    wanted = await still_named(store, people)
    owed = {one.person for one in people if not one.cleared}
    if wanted:
        owed |= {one.person for one in people}
        erased.owe(owed)  # first: after a kill in between it is known that the files are still to be cleared
    count = await apply(store, people, clock=clock)
    if owed and store.has_files:
        if await cleared(store):
            erased.cleared()
        else:
            log.warning("erased_not_cleared", what_to_do="see to it that the disk has room, and start the relay again")
    return count


async def cleared(store: Store) -> bool:
    """Have its files cleared; whether that could be done."""
    try:
        return await store.clear()
    except StoreError as error:
        log.warning("store_not_cleared", error=str(error))
        return False


async def still_named(store: Store, erased: Sequence[ErasedPerson]) -> dict[str, tuple[str, ...]]:
    """The people on the list whom these records still know by name, with their accounts there. Raises StoreError."""
    named = {one.identifier for one in await store.people() if one.name}
    owners = {one.identifier: one.person for one in await store.accounts()}
    wanted = {one.person for one in erased} | {
        owners[account] for one in erased for account in one.accounts if account in owners
    }
    return {
        person: tuple(account for account, owner in owners.items() if owner == person)
        for person in sorted(wanted & named)
    }


async def apply(store: Store, erased: Sequence[ErasedPerson], *, clock: WallClock) -> int:
    """Erase everybody on the list whom these records still know by name: how many. The files are the caller's to clear. Raises StoreError.

    They are out as well: whoever was erased has left, whatever older records say.
    """
    if not erased:
        return 0
    wanted = await still_named(store, erased)
    for person, accounts in wanted.items():
        await erase_person(store, person, accounts, AuditEntry(at=clock(), actor=BY, event=ERASED, subject=person))
    if wanted:
        log.warning("erased_again", count=len(wanted), why="these records are older than the list of the erased")
    return len(wanted)
