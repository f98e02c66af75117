"""Answers of the public port, and the bytes of those after which a connection closes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import msgspec

Headers: TypeAlias = tuple[tuple[str, str], ...]

PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, kw_only=True)
class HttpResponse:
    """An answer. Content-Length, Date and Connection are added by whoever sends it."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None
    """In place of the body: it is sent as it comes, in chunks."""


def json_response(status: int, answer: Any, *, headers: Headers = ()) -> HttpResponse:
    """`answer` is a msgspec struct, or what JSON knows."""
    content_type = ("Content-Type", "application/json")
    return HttpResponse(status=status, headers=(*headers, content_type), body=msgspec.json.encode(answer))


def text_response(status: int, text: str, *, headers: Headers = ()) -> HttpResponse:
    """One line for a person."""
    content_type = ("Content-Type", "text/plain; charset=utf-8")
    return HttpResponse(status=status, headers=(*headers, content_type), body=f"{text}\n".encode())


def own_headers(response: HttpResponse, *, now: datetime, close: bool) -> Headers:
    """The headers that whoever sends the answer adds (h11 adds Transfer-Encoding to a stream's). `now` (UTC) is what agents tell by how wrong a clock is."""
    length = () if response.stream is not None else (("Content-Length", str(len(response.body))),)
    date = ("Date", format_datetime(now, usegmt=True))
    return (*length, date, ("Connection", "close")) if close else (*length, date)


def closing(response: HttpResponse, *, now: datetime, body: bool = True) -> bytes:
    """The whole answer as bytes (without its body for HEAD), after which the connection closes."""
    headers = (*response.headers, *own_headers(response, now=now, close=True))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = f"HTTP/1.1 {response.status} {PHRASES[response.status]}\r\n{lines}\r\n"
    return head.encode() + (response.body if body else b"")
