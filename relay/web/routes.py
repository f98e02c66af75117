"""Which handler answers a request: a table from a path over a method to a coroutine function."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from common.net.http_head import Head
from relay.web.responses import HttpResponse, json_response


class Carrier(Protocol):
    """The connection of the network on which a request came."""

    def known(self) -> None:
        """It is no stranger's."""

    def carries(self, whom: object) -> None:
        """The request is of `whom`: the connections of a gateway carry those of several, one after the other."""

    def retire(self, whom: object) -> None:
        """`whom` needs it no more: it ends once it carries nothing, unless it was another's last."""


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request whose head broke no rule of the front."""

    method: str
    path: str  # percent-decoded, without the query
    address: str  # the client's
    head: Head
    carrier: Carrier
    body: Callable[[int], Awaitable[bytes]]
    """Waits for the whole body, of so many bytes at most: a longer one is 413, and the handler is cancelled.

    A handler that answers without it closes the connection, unless the body came at once.
    """


Handler: TypeAlias = Callable[[HttpRequest], Awaitable[HttpResponse]]
Routes: TypeAlias = Mapping[str, Mapping[str, Handler]]


def find(routes: Routes, *, method: str, path: str) -> Handler:
    """The handler for this, be it one that answers 404 or 405 (RFC 9110 sections 15.5.5 and 15.5.6)."""
    methods = routes.get(path)
    if methods is None:
        return _not_found
    return methods.get(method) or _not_allowed(methods)


async def _not_found(_: HttpRequest) -> HttpResponse:
    return json_response(404, {"detail": "Not Found"})


def _not_allowed(methods: Collection[str]) -> Handler:
    async def answer(_: HttpRequest) -> HttpResponse:
        return json_response(405, {"detail": "Method Not Allowed"}, headers=(("Allow", ", ".join(sorted(methods))),))

    return answer
