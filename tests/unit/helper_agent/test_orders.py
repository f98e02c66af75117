"""Lines that the helper types become orders."""

import pytest

from common.protocol.messages import ToAnyone, ToGroup, ToHelper
from helper_agent.orders import HelperOrder, HelperVerb, parse

REQUEST = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("accept", HelperOrder(verb=HelperVerb.ACCEPT)),
        ("next", HelperOrder(verb=HelperVerb.NEXT)),
        (" Accept 3 ", HelperOrder(verb=HelperVerb.ACCEPT, which="3")),
        (f"accept {REQUEST}", HelperOrder(verb=HelperVerb.ACCEPT, which=REQUEST)),
        ("decline", HelperOrder(verb=HelperVerb.DECLINE)),
        ("decline 3 not my field", HelperOrder(verb=HelperVerb.DECLINE, which="3", text="not my field")),
        ("decline not my field", HelperOrder(verb=HelperVerb.DECLINE, text="not my field")),
        ("transfer anyone", HelperOrder(verb=HelperVerb.TRANSFER, to=ToAnyone())),
        ("transfer 2 anyone", HelperOrder(verb=HelperVerb.TRANSFER, which="2", to=ToAnyone())),
        (
            "transfer group Printers | see page 2",
            HelperOrder(verb=HelperVerb.TRANSFER, to=ToGroup(group="Printers"), text="see page 2"),
        ),
        (
            "transfer helper tasuki://o/helper/x",
            HelperOrder(verb=HelperVerb.TRANSFER, to=ToHelper(uri="tasuki://o/helper/x")),
        ),
        (
            "transfer 2 helper Taro Yamada | now",
            HelperOrder(verb=HelperVerb.TRANSFER, which="2", name="Taro Yamada", text="now"),
        ),
        ("note 2 has two printers", HelperOrder(verb=HelperVerb.NOTE, which="2", text="has two printers")),
        ("note has two printers", HelperOrder(verb=HelperVerb.NOTE, text="has two printers")),
        ("want-control", HelperOrder(verb=HelperVerb.WANT_CONTROL)),
        ("chat  two  words ", HelperOrder(verb=HelperVerb.CHAT, text="two  words")),
        ("type  漢字 and kana ", HelperOrder(verb=HelperVerb.TYPE, text="漢字 and kana")),
        ("screen 2", HelperOrder(verb=HelperVerb.SCREEN, text="2")),
        ("copy my file.txt", HelperOrder(verb=HelperVerb.COPY, text="my file.txt")),
        ("paste /tmp/x", HelperOrder(verb=HelperVerb.PASTE, text="/tmp/x")),
        ("viewer 2", HelperOrder(verb=HelperVerb.VIEWER, which="2")),
        ("end", HelperOrder(verb=HelperVerb.END)),
        ("use 2", HelperOrder(verb=HelperVerb.USE, which="2")),
        ("away", HelperOrder(verb=HelperVerb.AWAY)),
        ("available", HelperOrder(verb=HelperVerb.AVAILABLE)),
        ("list", HelperOrder(verb=HelperVerb.LIST)),
        ("exit", HelperOrder(verb=HelperVerb.QUIT)),
    ],
)
def test_orders(line: str, order: HelperOrder) -> None:
    """Each order as documented."""
    assert parse(line) == order


@pytest.mark.parametrize(
    "line",
    [
        "",
        "  ",
        "hello",
        "chat",
        "type",
        "use",
        "use x",
        "accept x",
        "next 2",
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
