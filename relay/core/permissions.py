"""Who may ask whom, and who may see and take which request."""

from typing import assert_never

from common.protocol.messages import Code, To, ToAnyone, ToGroup, ToHelper
from relay.core.accounts import Directory
from relay.core.records import AccountRecord, RequestRecord


def check_target(to: To, directory: Directory) -> Code | None:
    """What is wrong with asking `to`: no_such_helper (unknown, disabled, no helper), no_such_group. None when it is fine.

    Whether a helper is there just now is no matter: who asks waits.
    """
    match to:
        case ToHelper():
            return None if directory.helper(to.uri) is not None else Code.NO_SUCH_HELPER
        case ToGroup():
            return None if directory.group(to.group) is not None else Code.NO_SUCH_GROUP
        case ToAnyone():
            return None
        case _:
            assert_never(to)


def may_take(helper: AccountRecord, request: RequestRecord, directory: Directory) -> bool:
    """Whether this account sees the request in its list and may accept it: asked for by name, by group, or as anyone.

    Not who has declined it (or has handed it on).
    """
    if helper.identifier in request.declined or directory.helper(directory.uri(helper)) is None:
        return False
    match request.to:
        case ToHelper():
            return request.to.uri == directory.uri(helper)
        case ToGroup():
            group = directory.group(request.to.group)
            return group is not None and helper.identifier in group.members
        case ToAnyone():
            return True
        case _:
            assert_never(request.to)


def named(request: RequestRecord) -> bool:
    """Whether one helper was asked by name: that helper's no is the answer."""
    return isinstance(request.to, ToHelper)
