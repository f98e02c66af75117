"""What in a chat is a link, and what only looks like one."""

import pytest

from common.ui.links import LONGEST, is_link, parts


def links(text: str) -> list[str]:
    """The links in it; put together again, the pieces are the text."""
    pieces = list(parts(text))
    assert "".join(part for part, _ in pieces) == text
    return [part for part, link in pieces if link]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("look at https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/x_(y))", ["https://a.example/x_(y)"]),
        ("https://a.example、https://b.example/です", ["https://a.example", "https://b.example/"]),
        ("HTTP://A.EXAMPLE or mailto:help@a.example!", ["HTTP://A.EXAMPLE", "mailto:help@a.example"]),
        ("https://bank.example@evil.example/ https://a:b@evil.example https://@evil.example", []),
        ("https://a.example/@b?c=d@e", ["https://a.example/@b?c=d@e"]),
        ("https://a.example/?q=1&r=<b>", ["https://a.example/?q=1&r="]),
        ("https://[2001:db8::1]:8443/", ["https://[2001:db8::1]:8443/"]),
        ("file:///etc/passwd smb://a/b javascript:alert(1) data:text/html,x ms-settings:x tel:1", []),
        ("xhttps://a.example", []),
        ("https:// https://? mailto:", []),
        ("https://b\u0430nk.example", []),
        ("\u202ehttps://a.example", []),
        ("https://a.example \u2066x", []),
        ("https://a.example/" + "x" * LONGEST, []),
    ],
)
def test_what_is_a_link(text: str, found: list[str]) -> None:
    """Of three kinds alone, in letters that cannot look like others, and never in a text that turns itself around."""
    assert links(text) == found
    assert all(is_link(one) for one in found)
