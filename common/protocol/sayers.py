"""Which reasons each side may state. A side states what it knows of itself; nobody puts words into the other's mouth."""

from typing import Final

from common.protocol.identity import Role
from common.protocol.reasons import HELPERS_MAY_SAY, USERS_MAY_SAY, Why

MAY_SAY: Final = {Role.USER: USERS_MAY_SAY, Role.HELPER: HELPERS_MAY_SAY}
NOT_OPENED: Final = {Role.USER: Why.USER_NOT_OPENED, Role.HELPER: Why.HELPER_NOT_OPENED}
"""What a side says whose own wait ran out, or that found no way, before the session was open."""
