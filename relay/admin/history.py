"""What was: sessions, audit log, and all about one person, read in a process of its own beside the relay, which is asked nothing."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from relay.admin.lookup import find_person
from relay.admin.orders import OrderError
from relay.admin.store_faults import store_failure
from relay.core.accounts import Directory
from relay.core.records import PersonRecord
from relay.core.storing import StoreError
from relay.store.reading import Reader, open_reader


@contextlib.asynccontextmanager
async def reading(database: Path | str) -> AsyncIterator[Reader]:
    """A block that reads the records. Raises TasukiError (relay_store_…) for whatever fails in it."""
    try:
        async with open_reader(database) as reader:
            yield reader
    except StoreError as error:
        raise store_failure(error) from error


async def directory(reader: Reader) -> Directory:
    """Everybody, as they are now."""
    return Directory(
        organisation="",  # no URI is looked up
        people=await reader.people(),
        accounts=await reader.accounts(),
        groups=await reader.groups(),
    )


async def person_and_accounts(reader: Reader, who: str) -> tuple[PersonRecord, frozenset[str]]:
    """Who is meant, as everywhere else, and the identifiers of their accounts. Raises OrderError (order_no_person, order_ambiguous)."""
    everybody = await directory(reader)
    person = find_person(everybody, who)
    return person, frozenset(one.identifier for one in everybody.accounts_of(person.identifier))


async def check_group(reader: Reader, name: str) -> str:
    """The name, of a group that there is or was. Raises OrderError (order_no_group)."""
    if not await reader.group_known(name):
        raise OrderError("order_no_group", what=name)
    return name
