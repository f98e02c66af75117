"""The list of those who were erased: identifiers, which a backup carries along, so that an older one never brings a name back."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final

import msgspec

FILE: Final = "erased.json"
"""In the relay's folder, in the CA's, and in each one's backups."""
LIMIT: Final = 64 << 20
"""Bytes of it."""
_Identifier = Annotated[str, msgspec.Meta(pattern="^[0-9a-f-]{1,36}$")]


class ErasedPerson(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who was erased, and the accounts that were theirs; `at` in Unix seconds. `cleared`: nothing is left in the database's files either."""

    person: _Identifier
    accounts: tuple[_Identifier, ...]
    at: float
    cleared: bool = True


def decode_erased(data: bytes) -> tuple[ErasedPerson, ...]:
    """What `encode_erased` made. Raises ValueError."""
    if len(data) > LIMIT:
        raise ValueError("longer than a list of the erased")
    try:
        return msgspec.json.decode(data, type=tuple[ErasedPerson, ...])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def encode_erased(erased: Iterable[ErasedPerson]) -> bytes:
    """A line each, for whoever reads it."""
    return b"[" + b",\n ".join(msgspec.json.encode(one) for one in erased) + b"]\n"


def merged(*lists: Sequence[ErasedPerson]) -> tuple[ErasedPerson, ...]:
    """All of them, each person once, with every account that any list has; oldest first."""
    found: dict[str, ErasedPerson] = {}
    for one in sorted((one for some in lists for one in some), key=lambda one: one.at):
        known = found.get(one.person)
        accounts = one.accounts if known is None else tuple(dict.fromkeys((*known.accounts, *one.accounts)))
        cleared = one.cleared and (known is None or known.cleared)
        at = one.at if known is None else known.at
        found[one.person] = ErasedPerson(person=one.person, accounts=accounts, at=at, cleared=cleared)
    return tuple(found.values())
