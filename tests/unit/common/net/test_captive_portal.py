"""What a network's page to sign in looks like, and what is none."""

import h11
import pytest

from common.net.captive_portal import find_portal, sign_in_page
from tests.support.servers import saying, serving

HOST = "help.example.org"
LONG = "https://portal.example/" + 2000 * "a"


def response(status: int, **headers: str) -> h11.Response:
    """An answer's head."""
    return h11.Response(
        status_code=status, headers=[(name.replace("_", "-"), value) for name, value in headers.items()]
    )


@pytest.mark.parametrize(
    ("answer", "page"),
    [
        (response(302, location="https://portal.example/login?x=1"), "https://portal.example/login?x=1"),
        (response(307, location="//portal.example/"), "http://portal.example/"),
        (response(511), f"http://{HOST}/"),
        (response(200, content_type="text/html; charset=utf-8"), f"http://{HOST}/"),
        (response(302, location="file:///etc/passwd"), f"http://{HOST}/"),
        (response(302, location=LONG), f"http://{HOST}/"),
        (response(302, location="http://[x"), f"http://{HOST}/"),
        (response(302, location="http://[x]/"), f"http://{HOST}/"),
        (response(301, location=f"https://{HOST.upper()}/"), None),  # a web server beside the relay
        (response(302), None),
        (response(400), None),  # the relay's own
        (response(403, content_type="text/html"), None),
        (response(200, content_type="application/json"), None),
    ],
)
def test_a_page_to_sign_in(answer: h11.Response, page: str | None) -> None:
    """It leads elsewhere, or is a page where none belongs; what is opened later is a page of the web."""
    assert sign_in_page(answer, HOST) == page


@pytest.mark.parametrize(
    ("said", "page"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: https://portal.example/\r\n\r\n", "https://portal.example/"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", None),
        (b"\x15\x03\x01 no HTTP", None),
        (b"HTTP/1.1 302 Found\r\nX: " + 20_000 * b"a", None),
        (b"", None),
    ],
)
async def test_it_is_asked_in_clear(said: bytes, page: str | None) -> None:
    """Within a time, whatever answers or does not."""
    async with serving(saying(said)) as port:
        assert await find_portal("127.0.0.1", port=port, deadline=0.5) == page


async def test_nobody_answers() -> None:
    """That is no portal either."""
    async with serving(saying(b"")) as port:
        pass
    assert await find_portal("127.0.0.1", port=port) is None
    assert await find_portal("name.invalid") is None
