"""The messages between matching and data plane: values that can be sent to another process."""

from typing import get_args

import msgspec
import pytest

from common.protocol.reasons import Why
from relay.core import leg_messages as m
from relay.core.tickets import Side

S = "5" * 32
TO_LEGS: list[m.ToLegs] = [
    m.HoldTicket(session=S, pair=1, side=Side.USER, digest=bytes(32)),
    m.DropPair(session=S),
    m.CloseSession(session=S, why=Why.DISABLED),
]
FROM_LEGS: list[m.FromLegs] = [
    m.TicketHeld(session=S, digest=bytes(32)),
    m.TicketShown(session=S, pair=0, side=Side.HELPER),
    m.PairJoined(session=S, pair=2),
    m.PairBytes(session=S, pair=2, up=1 << 40, down=0),
    m.PairEnded(session=S, pair=2, why=Why.SILENT),
]


@pytest.mark.parametrize(("messages", "kinds"), [(TO_LEGS, m.ToLegs), (FROM_LEGS, m.FromLegs)])
def test_each_comes_out_equal(messages: list[msgspec.Struct], kinds: object) -> None:
    """Encoded and decoded, of each direction all."""
    decode = msgspec.msgpack.Decoder(kinds).decode
    assert [decode(msgspec.msgpack.encode(message)) for message in messages] == messages
    assert {type(message) for message in messages} == set(get_args(kinds))


def test_without_a_data_plane_nothing_comes_of_an_order() -> None:
    """And nothing is raised."""
    for message in TO_LEGS:
        m.no_legs(message)
