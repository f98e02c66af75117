"""Sessions that are over, for windows that show them."""

from typing import Any

import msgspec

from common.agent.history import Record
from common.protocol.messages import Mode
from common.protocol.reasons import Why

NOON = 1_700_049_600.0  # 2023-11-15, in UTC

LOOKED = Record(
    session="1" * 32,
    request="a" * 32,
    began=NOON,
    ended=NOON + 754,
    peer_name="Hanako Sato",
    peer_uri="tasuki://example/helper/1",
    organisation="Example Support",
    modes=((NOON, Mode.VIEW), (NOON + 60, Mode.CONTROL), (NOON + 300, Mode.VIEW)),
    why=Why.USER_ENDED,
    topic="The printer prints empty pages",
    note="Drum cleaned; call back on Monday",
)
LOST = Record(
    session="2" * 32,
    request="b" * 32,
    began=NOON + 86_400,
    ended=NOON + 86_400 + 4_000,
    peer_name="佐藤 花子",
    peer_uri="tasuki://example/helper/2",
    organisation="Example Support",
    modes=((NOON + 86_400, Mode.VIEW),),
    why=Why.CUT,
)
SHORT = Record(
    session="3" * 32,
    request="c" * 32,
    began=NOON + 172_800,
    ended=NOON + 172_800 + 9,
    peer_name="<b>Bold</b>\nbreaking",
    peer_uri="tasuki://example/helper/3",
    organisation="Example Support",
    modes=((NOON + 172_800, Mode.CONTROL),),
    why=Why.HELPER_ENDED,
    topic="Mail",
)
RECORDS = [SHORT, LOST, LOOKED]  # the newest first, as the history gives them


def but(record: Record, **changes: Any) -> Record:
    """The same with something else."""
    return msgspec.structs.replace(record, **changes)
