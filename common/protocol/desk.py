"""What the relay tells users of the help desk: when somebody is there, and how it is reached where nothing else works."""

from typing import Annotated, Final, TypeAlias

import msgspec

from common.protocol.texts import NAME_PATTERN

TELEPHONE_LIMIT: Final = 80
OPENINGS_LIMIT: Final = 64

Moment: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=10_000_000_000)]
Telephone: TypeAlias = Annotated[str, msgspec.Meta(max_length=TELEPHONE_LIMIT, pattern=NAME_PATTERN)]


Openings: TypeAlias = Annotated[list[tuple[Moment, Moment]], msgspec.Meta(max_length=OPENINGS_LIMIT)]
"""From when to when somebody is there, Unix seconds, in order and apart."""


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """`telephone` is free text on one line, empty where there is none; `call_back`: whether a request can be left as one.

    `open`: from when to when somebody is there, Unix seconds, in order and apart, for a week ahead. None: nobody has said.
    """

    telephone: Telephone = ""
    open: Openings | None = None
    call_back: bool = False
