"""Who may say why a session ended: every reason, in one table."""

from typing import Final

import pytest

from common.protocol.channel import Bye, ChannelHello, encode_json
from common.protocol.channel_effects import ChannelEnded
from common.protocol.channel_frames import FrameType
from common.protocol.channel_session import ChannelSession
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reasons import Why
from common.protocol.sayers import MAY_SAY, NOT_OPENED
from common.protocol.session_timing import SessionTiming

USER, HELPER = {Role.USER}, {Role.HELPER}
EITHER, NOBODY = USER | HELPER, set[Role]()

WHO: Final[dict[Why, set[Role]]] = {
    # of its own person, program or computer
    Why.USER_ENDED: USER,
    Why.HELPER_ENDED: HELPER,
    Why.REFUSED: USER,
    Why.NO_ANSWER: USER,
    Why.SERVER_GONE: USER,
    Why.VIEWER_GONE: HELPER,
    Why.USER_NOT_OPENED: USER,
    Why.HELPER_NOT_OPENED: HELPER,
    Why.USER_RESTARTED: USER,
    Why.HELPER_RESTARTED: HELPER,
    # of what it has seen itself
    Why.ENDED: EITHER,
    Why.NOT_BACK: EITHER,
    Why.CUT: EITHER,
    Why.SILENT: EITHER,
    Why.NEVER_JOINED: EITHER,
    Why.WRONG_PEER: EITHER,
    Why.UNVERIFIED: EITHER,
    Why.CLOCKS: EITHER,
    Why.NOT_ACCEPTED: EITHER,
    Why.REVOKED: EITHER,
    Why.TAMPERED: EITHER,
    Why.PROTOCOL: EITHER,
    Why.UNFILTERABLE: EITHER,
    Why.FAILED: EITHER,
    # the relay alone knows, or decides
    Why.OPERATOR_ENDED: NOBODY,
    Why.CANCELLED: NOBODY,
    Why.DECLINED: NOBODY,
    Why.RENAMED: NOBODY,
    Why.TRANSFERRED: NOBODY,
    Why.TAKEN: NOBODY,
    Why.REPLACED: NOBODY,
    Why.EXPIRED: NOBODY,
    Why.GRANT_EXPIRED: NOBODY,
    Why.NOT_HERE: NOBODY,
    Why.USER_NOT_BACK: NOBODY,
    Why.HELPER_NOT_BACK: NOBODY,
    Why.USER_GONE: NOBODY,
    Why.HELPER_GONE: NOBODY,
    Why.RELAY_RESTARTED: NOBODY,
    Why.RELAY_STOPPED: NOBODY,
    Why.DISABLED: NOBODY,
}


def test_every_reason_has_those_who_may_say_it() -> None:
    """The table is whole, and the program's."""
    assert WHO.keys() == set(Why)
    assert {why: {role for role in Role if why in MAY_SAY[role]} for why in Why} == WHO
    for role in Role:
        assert WHO[NOT_OPENED[role]] == {role}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("why", list(Why))
def test_a_bye_says_only_what_its_side_may(why: Why, role: Role) -> None:
    """Said in somebody else's name it is a breach, and the reason told is that."""
    hello = ChannelHello(session="1" * 32, request="2" * 32, mode=Mode.VIEW)
    session = ChannelSession(role=role.other, hello=hello, timing=SessionTiming())
    session.opened(0.0)
    session.bytes_received(encode_json(FrameType.BYE, Bye(by=role, why=why)), 1.0)
    ended = session.ended
    assert isinstance(ended, ChannelEnded)
    assert (ended.why, ended.by) == ((why, role) if role in WHO[why] else (Why.PROTOCOL, role.other))
