"""Lines that the helper types become orders."""

import pytest

from common.protocol.messages import ToAnyone, ToGroup, ToHelper
from helper_agent.orders import Order, Verb, parse

REQUEST = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("accept", Order(verb=Verb.ACCEPT)),
        (" Accept 3 ", Order(verb=Verb.ACCEPT, which="3")),
        (f"accept {REQUEST}", Order(verb=Verb.ACCEPT, which=REQUEST)),
        ("decline", Order(verb=Verb.DECLINE)),
        ("decline 3 not my field", Order(verb=Verb.DECLINE, which="3", text="not my field")),
        ("decline not my field", Order(verb=Verb.DECLINE, text="not my field")),
        ("transfer anyone", Order(verb=Verb.TRANSFER, to=ToAnyone())),
        ("transfer 2 anyone", Order(verb=Verb.TRANSFER, which="2", to=ToAnyone())),
        (
            "transfer group Printers | see page 2",
            Order(verb=Verb.TRANSFER, to=ToGroup(group="Printers"), text="see page 2"),
        ),
        ("transfer helper tasuki://o/helper/x", Order(verb=Verb.TRANSFER, to=ToHelper(uri="tasuki://o/helper/x"))),
        ("transfer 2 helper Taro Yamada | now", Order(verb=Verb.TRANSFER, which="2", name="Taro Yamada", text="now")),
        ("note 2 has two printers", Order(verb=Verb.NOTE, which="2", text="has two printers")),
        ("note has two printers", Order(verb=Verb.NOTE, text="has two printers")),
        ("want-control", Order(verb=Verb.WANT_CONTROL)),
        ("chat  two  words ", Order(verb=Verb.CHAT, text="two  words")),
        ("viewer 2", Order(verb=Verb.VIEWER, which="2")),
        ("end", Order(verb=Verb.END)),
        ("use 2", Order(verb=Verb.USE, which="2")),
        ("away", Order(verb=Verb.AWAY)),
        ("available", Order(verb=Verb.AVAILABLE)),
        ("list", Order(verb=Verb.LIST)),
        ("exit", Order(verb=Verb.QUIT)),
    ],
)
def test_orders(line: str, order: Order) -> None:
    """Each order as documented."""
    assert parse(line) == order


@pytest.mark.parametrize(
    "line",
    [
        "",
        "  ",
        "hello",
        "chat",
        "use",
        "use x",
        "accept x",
        "end 1 now",
        "away now",
        "transfer",
        "transfer group",
        "transfer helper",
        "note",
        "note 2",
    ],
)
def test_no_orders(line: str) -> None:
    """Anything else is no order, so that a slip does nothing."""
    assert parse(line) is None
