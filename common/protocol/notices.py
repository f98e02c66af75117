"""What the CA has to tell the relay beside its lists: notices, in one file that it puts into the mailbox anew where something changed.

They state what is so now, never what happened: who missed one, or was started anew, knows all from the next. Nothing in them is
believed for anything but to ask an agent, or the CA itself, for what either would do anyway: so they are not signed.
"""

from typing import Annotated, Final

import msgspec

from common.protocol.reading import UNDECODABLE
from common.protocol.texts import Word

NOTICES_LIMIT: Final = 4 << 20
"""Bytes of all of them."""
OUTDATED_LIMIT: Final = 10_000
"""Certificates that are told as outdated at one time; the others follow when these are renewed."""
SUCCESSORS_LIMIT: Final = 100

_Serial = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{1,40}$", max_length=40)]


class Outdated(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that carries a name which is no longer its owner's, and those that were renewed from it. Serials are hex."""

    serial: _Serial
    account: Word
    by: Annotated[list[_Serial], msgspec.Meta(max_length=SUCCESSORS_LIMIT)] = []


class CaNotices(msgspec.Struct, frozen=True, kw_only=True):
    """All there is to tell."""

    outdated: Annotated[list[Outdated], msgspec.Meta(max_length=OUTDATED_LIMIT)] = []


class InvalidNoticesError(ValueError):
    """What lies there are no notices."""


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[CaNotices] = msgspec.json.Decoder(CaNotices)


def encode_notices(notices: CaNotices) -> bytes:
    """As they lie in the mailbox."""
    return _encoder.encode(notices)


def decode_notices(data: bytes) -> CaNotices:
    """Raises InvalidNoticesError."""
    try:
        return _decoder.decode(data)
    except UNDECODABLE as error:
        raise InvalidNoticesError(str(error)) from None
