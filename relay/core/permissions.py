"""Who may ask whom, who may see and take which request, and the most that a helper may be allowed in it.

A user sees the groups that he may ask, and by name the helpers who are in no group or in one of these. Nobody else is asked for
him, be that by name, as anyone, or where a helper hands him over.
"""

from typing import assert_never

from common.protocol.messages import Code, Mode, To, ToAnyone, ToGroup, ToHelper
from relay.core.accounts import Directory
from relay.core.records import AccountRecord, RequestRecord


def check_target(to: To, user: str, directory: Directory) -> Code | None:
    """What is wrong with this user's asking `to`. None when it is fine.

    no_such_helper (unknown, disabled, no helper), no_such_group, not_allowed (there is, and not for this user).

    Whether a helper is there just now is no matter: who asks waits.
    """
    match to:
        case ToHelper():
            helper = directory.helper(to.uri)
            if helper is None:
                return Code.NO_SUCH_HELPER
            return None if directory.may_see(user, helper.identifier) else Code.NOT_ALLOWED
        case ToGroup():
            group = directory.group(to.group)
            if group is None:
                return Code.NO_SUCH_GROUP
            return None if group.may_be_asked_by(user) else Code.NOT_ALLOWED
        case ToAnyone():
            return None
        case _:
            assert_never(to)


def may_take(helper: AccountRecord, request: RequestRecord, directory: Directory) -> bool:
    """Whether this account sees the request in its list and may accept it: asked for by name, by group, or as anyone.

    Not who has declined it (or has handed it on), and nobody whom its user may not ask.
    """
    user = request.user.account
    if helper.identifier in request.declined or directory.helper(directory.uri(helper)) is None:
        return False
    match request.to:
        case ToHelper():
            return request.to.uri == directory.uri(helper) and directory.may_see(user, helper.identifier)
        case ToGroup():
            group = directory.group(request.to.group)
            return group is not None and helper.identifier in group.members and group.may_be_asked_by(user)
        case ToAnyone():
            return directory.may_see(user, helper.identifier)
        case _:
            assert_never(request.to)


def most_of(to: To, helper: str, directory: Directory) -> Mode:
    """The most that this helper (an account) may be allowed who is asked so: what the group allows that is asked.

    By name, or as anyone: what the strictest of all groups allows that the helper is in.
    """
    names = [to.group] if isinstance(to, ToGroup) else directory.groups_of(helper)
    groups = [directory.group(name) for name in names]
    return Mode.VIEW if any(one is not None and one.most is Mode.VIEW for one in groups) else Mode.CONTROL


def named(request: RequestRecord) -> bool:
    """Whether one helper was asked by name: that helper's no is the answer."""
    return isinstance(request.to, ToHelper)
