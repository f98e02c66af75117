"""Matching and legs where upgrades are taken away: four requests, and the keys that they show.

A ticket, or a matching connection's beginning, is exchanged for a key of 128 bits, which the other two show; the relay keeps
its SHA-256, by which it is looked up: how long that takes says nothing of a key. All four are POST: what is fetched with GET some
proxies fetch once for several who ask alike.
"""

import os
from collections.abc import Callable
from typing import Final

from common.host.log import get_logger
from common.net.serving import ConnectionPhase
from common.protocol import wire
from common.protocol.polling import PositionError, parse_position
from common.protocol.tickets import digest, new_ticket
from relay.core.admission import Gate, Pass
from relay.web.matching_connection import MatchingConnection
from relay.web.polled_connection import PolledConnection
from relay.web.public_port import PublicPort
from relay.web.responses import HttpResponse, json_response, text_response
from relay.web.routes import Handler, HttpRequest, Routes
from relay.web.upgrade import bearer

log = get_logger()

_HEADERS: Final = (("Cache-Control", "no-store, no-transform"),)


class _NotServedError(Exception):
    """The answer is this one instead."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.response = text_response(status, text, headers=_HEADERS)


class Polling:
    """All connections without upgrades, by their keys.

    Those of strangers have a place at the gate, as if they stayed open, and take none of the others'.
    """

    def __init__(self, *, public_port: PublicPort, gate: Gate, random: Callable[[int], bytes] = os.urandom) -> None:
        self._public_port = public_port
        self._gate = gate
        self._random = random
        self._connections: dict[bytes, PolledConnection] = {}
        self._known: set[PolledConnection] = set()

    def __len__(self) -> int:
        return len(self._connections)

    def routes(self) -> Routes:
        """The four."""
        return {
            wire.MATCHING_PATH: {"POST": _guarded(self._matching)},
            wire.LEG_PATH: {"POST": _guarded(self._leg)},
            wire.DOWN_PATH: {"POST": _guarded(self._down)},
            wire.UP_PATH: {"POST": _guarded(self._up)},
        }

    def abort(self) -> None:
        """Cut all of them."""
        for connection in tuple(self._connections.values()):
            connection.abortConnection()

    async def _matching(self, request: HttpRequest) -> HttpResponse:
        """A matching connection: whose it is, is said on it, in time."""
        self._check_room()
        entry = self._gate.admit(request.address)
        if entry is None:
            raise _NotServedError(503, "There are too many connections from there.")
        key, connection = self._new(request.address, entry)

        def identified() -> None:
            entry.release()
            self._make_known(connection)

        connection.hold(self._public_port.limits.unread_output)
        matching = MatchingConnection()
        connection.become(matching)
        matching.begin(connection, request.head, public_port=self._public_port, identified=identified, upgrade=False)
        return json_response(200, {"key": key}, headers=_HEADERS)

    async def _leg(self, request: HttpRequest) -> HttpResponse:
        """A leg, for a ticket."""
        legs, ticket = self._public_port.legs, bearer(request.head)
        self._check_room()
        slot = legs.take(ticket) if ticket is not None else None
        if slot is None:
            raise _NotServedError(403, "This ticket opens nothing.")
        key, connection = self._new(request.address, None)
        connection.carried_by(request.carrier)
        self._make_known(connection)
        log.debug("leg_opened", session=slot.session, side=slot.side.value, upgraded=False)
        legs.attach(slot, connection)
        return json_response(200, {"key": key}, headers=_HEADERS)

    async def _down(self, request: HttpRequest) -> HttpResponse:
        """What there is for whoever has everything before the position."""
        connection = self._of(request)
        answer = await connection.down(_position(request))
        if answer is None:
            raise _NotServedError(410, "This connection has ended.")
        kind = ("Content-Type", "application/octet-stream")
        return HttpResponse(status=200, headers=(*_HEADERS, kind), stream=answer)

    async def _up(self, request: HttpRequest) -> HttpResponse:
        """Take the body, and say how many bytes have come by now."""
        connection, position = self._of(request), _position(request)
        body = await request.body(self._public_port.limits.polled_part)
        taken = await connection.up(position, body)
        return HttpResponse(status=200, headers=(*_HEADERS, (wire.POSITION_HEADER, str(taken))))

    def _new(self, address: str, entry: Pass | None) -> tuple[str, PolledConnection]:
        key = new_ticket(self._random)
        secret = digest(key)

        def gone() -> None:
            del self._connections[secret]
            self._known.discard(connection)
            if entry is not None:
                entry.release()

        public_port = self._public_port
        connection = PolledConnection(
            address=address, clock=public_port.clock, limits=public_port.limits, timing=public_port.timing, gone=gone
        )
        self._connections[secret] = connection
        return key, connection

    def _make_known(self, connection: PolledConnection) -> None:
        if connection.phase is not ConnectionPhase.CLOSED:
            self._known.add(connection)
        connection.known()

    def _check_room(self) -> None:
        """Counted are those whose agents are known: who identify themselves now had their places at the gate until then."""
        if len(self._known) >= self._public_port.limits.polled_connections:
            raise _NotServedError(503, "There are too many connections.")

    def _of(self, request: HttpRequest) -> PolledConnection:
        key = bearer(request.head)
        connection = self._connections.get(digest(key)) if key is not None else None
        if connection is None:
            raise _NotServedError(403, "This key opens nothing.")
        connection.carried_by(request.carrier)
        return connection


def _guarded(handler: Handler) -> Handler:
    async def answer(request: HttpRequest) -> HttpResponse:
        try:
            return await handler(request)
        except _NotServedError as refused:
            return refused.response
        except PositionError as error:
            return text_response(409, f"{error}.", headers=_HEADERS)

    return answer


def _position(request: HttpRequest) -> int:
    return parse_position(request.head.get(wire.POSITION_HEADER.lower()))
