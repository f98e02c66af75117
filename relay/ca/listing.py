"""What is in the CA's folder, as rows: certificates and enrolment lines, never a code."""

import msgspec

from common.host.errors import TasukiError
from relay.ca.folder import CaFolder


class ListedRow(msgspec.Struct, frozen=True):
    """A line of `list`. `until` is Unix seconds."""

    kind: str
    state: str
    role: str
    account: str
    name: str
    until: float
    serial: str = ""


def list_rows(folder: CaFolder, now: float) -> tuple[list[ListedRow], list[TasukiError]]:
    """All of them, and what could not be read. `now` in Unix seconds."""
    used = set()
    rows = []
    damaged: list[TasukiError] = []

    def skip(_part: str, _name: str, error: TasukiError) -> None:
        damaged.append(error)

    for one in folder.all_issued(skip):
        used.add(one.code)
        revoked = folder.revoked(one.serial) is not None
        state = "revoked" if revoked else "expired" if now > one.not_after else "valid"
        rows.append(ListedRow("certificate", state, one.role, one.account, one.name, one.not_after, one.serial))
    for code in folder.codes(skip):
        if code.id not in used:
            state = "revoked" if code.revoked else "expired" if now >= code.expires else "open"
            rows.append(ListedRow("code", state, code.role.value, code.account, code.name, code.expires))
    return rows, damaged
