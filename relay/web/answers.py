"""Answers that the front gives by itself: no application is asked, and the connection closes."""

from email.utils import formatdate
from http import HTTPStatus


def date_header(now: float) -> str:
    """`now` (Unix seconds) as in a Date header. Agents only use it to say by how much a clock is wrong."""
    return formatdate(now, usegmt=True)


def plain(status: int, text: str, *, now: float, body: bool = True, headers: tuple[tuple[str, str], ...] = ()) -> bytes:
    """A whole answer with `text` as its body (not for HEAD), after which the connection closes."""
    payload = f"{text}\n".encode()
    extra = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nDate: {date_header(now)}\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(payload)}\r\n{extra}Connection: close\r\n\r\n"
    )
    return head.encode() + (payload if body else b"")
