"""Lines as ICU orders them, from left to right and from right to left; made by chance, to meet every rule."""

import pytest

from relay.ca.visual_order import in_visual_order

MIRRORS = {one: other for pair in ("()", "[]", "<>") for one, other in (pair, reversed(pair))}

# text, seen in a line from left to right, and from right to left
LINES = [
    ("9\u05d0B1\u0301 ", "9\u05d0B1\u0301 ", " B1\u0301\u05d09"),
    ("B\u0661,A2\u05d2", "B\u0661,A2\u05d2", "\u05d2A2,B\u0661"),
    ("1:2\u05d2B2.", "1:2\u05d2B2.", ".B2\u05d21:2"),
    ("B\u05d0B.A [\u05d19\u03012", "B\u05d0B.A [9\u03012\u05d1", "9\u03012\u05d1] B.A\u05d0B"),
    ("]+ /$ 1B,\u064b", "]+ /$ 1B,\u064b", ",\u064b1B $/ +["),
    ("\u0301\u05d2<\u0628\u0628$]:+:2", "\u03012:+:[$\u0628\u0628>\u05d2", "2:+:[$\u0628\u0628>\u05d2\u0301"),
    (
        "]\u0662\u064b>\u05ba[12\u0661\u05d1",
        "]\u0662\u064b>\u05ba[12\u05d1\u0661",
        "\u05d112\u0661]<\u05ba\u0662\u064b[",
    ),
    ("A1<>'\u064b\u0628", "A1<>'\u064b\u0628", "\u0628'\u064b<>A1"),
    ("'-2\u064bB,[ ", "'-2\u064bB,[ ", " ],2\u064bB-'"),
    (
        ":\u05d0\u05d0\u064b2-\u05ba\u05d0) \u05d2)",
        ":\u05d2 (\u05d0-\u05ba2\u05d0\u064b\u05d0)",
        "(\u05d2 (\u05d0-\u05ba2\u05d0\u064b\u05d0:",
    ),
    ("\u05d1'%.92+9..a\u064b", "92+9.%'\u05d1..a\u064b", "a\u064b..92+9.%'\u05d1"),
    ("+([a9\u05d1\u0301$< ", "+([a9\u05d1\u0301$< ", " >$\u05d1\u0301a9])+"),
    (
        "\u0661B\u0628\u05d0\u05d0\u05d0\u05d0 \u0629\u05d0B/",
        "\u0661B\u05d0\u0629 \u05d0\u05d0\u05d0\u05d0\u0628B/",
        "/B\u05d0\u0629 \u05d0\u05d0\u05d0\u05d0\u0628\u0661B",
    ),
    (" $b1,%9('", " $b1,%9('", "')b1,%9$ "),
    (
        "$\u062922\u064b\u0628\u0629\u0629]2",
        "$2[\u0629\u0629\u062822\u064b\u0629",
        "2[\u0629\u0629\u062822\u064b\u0629$",
    ),
    ("-\u0662b,\u0662$9\u0301", "-\u0662b,\u0662$9\u0301", "\u0662$9\u0301,\u0662b-"),
    (".\u0301\u0301\u0661>.", ".\u0301\u0301\u0661>.", ".<\u0661.\u0301\u0301"),
    ("/:\u05d0./\u0662\u064b'bb", "/:\u0662\u064b/.\u05d0'bb", "bb'\u0662\u064b/.\u05d0:/"),
    ("'$2. .\u0629/>,\u0629a", "'$2. .\u0629,</\u0629a", "a\u0629,</\u0629. .$2'"),
    ("'22%/\u0629+\u05d2", "'22%/\u05d2+\u0629", "\u05d2+\u0629/22%'"),
    (">2\u05d0\u0628\u05d02-- b9", ">22\u05d0\u0628\u05d0-- b9", "b9 --2\u05d0\u0628\u05d02<"),
    ("\u06289\u0629'9 ba \u0662", "9'\u06299\u0628 ba \u0662", "\u0662 ba 9'\u06299\u0628"),
    ("\u05d0[b]c", "\u05d0[b]c", "c[b]\u05d0"),
    ("a(\u05d0)b", "a(\u05d0)b", "b(\u05d0)a"),
    ("\u05d0(b)\u05d1", "\u05d0(b)\u05d1", "\u05d1(b)\u05d0"),
    ("", "", ""),
]


@pytest.mark.parametrize(("text", "left_to_right", "right_to_left"), LINES)
def test_lines_are_seen_as_icu_orders_them(text: str, left_to_right: str, right_to_left: str) -> None:
    """Letters, numbers, what stands between numbers, brackets, marks."""
    assert in_visual_order(text, right_to_left=False, mirrors=MIRRORS) == left_to_right
    assert in_visual_order(text, right_to_left=True, mirrors=MIRRORS) == right_to_left


def test_brackets_without_end() -> None:
    """The standard pairs none beyond a depth of 63: so does this, and quickly."""
    text = "[" * 10_000 + "\u05d0" + "]" * 10_000
    assert len(in_visual_order(text, right_to_left=True, mirrors=MIRRORS)) == 20_001
