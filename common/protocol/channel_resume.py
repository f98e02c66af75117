"""How each side of a session that was interrupted proves to the other that it is the one from before.

The secret comes of the first end-to-end handshake and never leaves the two agents; the proof is bound to the new handshake,
so that it is of no use in another one, nor to the other side. Whose certificates those are is checked beside this.
"""

import hmac
from dataclasses import dataclass, field
from typing import Final

from common.protocol.identity import Role
from common.protocol.messages import Mode

PROOF_SIZE: Final = 32
_LABEL: Final = b"tasuki-resume-1\0"


@dataclass(frozen=True, kw_only=True)
class Resumption:
    """`secret`: the exporter of the session's first handshake; `exporter`: that of the present one."""

    secret: bytes = field(repr=False)
    exporter: bytes = field(repr=False)

    def proof(self, session: str, side: Role) -> bytes:
        r"""`HMAC(secret, "tasuki-resume-1\0" ‖ session ‖ side ‖ exporter)`, SHA-256; session and side as they are written."""
        said = _LABEL + session.encode() + side.encode() + self.exporter
        return hmac.digest(self.secret, said, "sha256")

    def proves(self, proof: bytes, session: str, side: Role) -> bool:
        """Whether this is that side's."""
        return hmac.compare_digest(proof, self.proof(session, side))


def least(one: Mode, other: Mode) -> Mode:
    """What both modes allow."""
    return Mode.CONTROL if one is other is Mode.CONTROL else Mode.VIEW
