"""What an agent says of the computer that it runs on: for the operator's list of computers, and for nothing else.

Claims: whoever has the agent's key can say anything, so nothing is decided by them.
"""

from typing import Final

import msgspec

from common.protocol.texts import ComputerName, Word


class ComputerClaim(msgspec.Struct, frozen=True, kw_only=True):
    """Its name in its network, its system, and the version of Tasuki on it; empty where the agent does not know."""

    name: ComputerName = ""
    system: ComputerName = ""
    version: Word = ""


NOT_SAID: Final = ComputerClaim()
