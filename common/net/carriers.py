"""An agent's way to the relay by whichever carrier gets through: a WebSocket, else posts and long answers.

Where the upgrade was refused, the same connection is asked for without one; which it was is remembered for the network.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import msgspec
from websockets.protocol import Side

from common.host.words import _
from common.net.ahead import Ahead
from common.net.connect import Secured, UpgradeRequest, open_upgraded, secure
from common.net.dial import DEADLINE, DialError, Story, dial, format_address
from common.net.polled_transport import PolledTransport
from common.net.polling_lane import Lane, LaneLostError
from common.net.proxy_routes import DIRECT, ProxyRoutes, first_route
from common.net.tls import OuterTrust
from common.net.upgrades import ALWAYS_TRY, Upgrades
from common.net.websocket import Listener, WebSocket
from common.net.websocket_opening import opened_framing
from common.protocol.proxies import ProxyRoute
from common.protocol.reading import UNDECODABLE

_KEY_LIMIT: Final = 1024
_NOT_THE_UPGRADE: Final = {407, 429, 503, 504}
"""Refusals that would meet any other request too. (502 is what some inspectors make of an upgrade.)"""


AHEAD_PATIENCE: Final = 4.0
"""Seconds for an answer on a connection that was made ahead, and may have died since."""
UPGRADE_PATIENCE: Final = 8.0
"""Seconds for an answer to the upgrade: who says nothing may let other requests through."""


class _Opened(msgspec.Struct):
    key: str


async def connect_relay(
    host: str,
    port: int,
    *,
    target: str,
    subprotocol: str,
    listener: Listener,
    trust: OuterTrust,
    routes: ProxyRoutes = DIRECT,
    headers: Iterable[tuple[str, str]] = (),
    claim: Callable[[], None] = lambda: None,
    story: Callable[[ProxyRoute], Story] = Story,
    upgrades: Upgrades = ALWAYS_TRY,
    ahead: Ahead | None = None,
    deadline: float = DEADLINE,
) -> WebSocket:
    """As `common.net.connect.connect_websocket`; where the upgrade is taken away, what is returned goes without one.

    `ahead`: where a connection may be waiting, and who is told which one worked.
    """
    opening = UpgradeRequest(target=target, subprotocol=subprotocol, headers=tuple(headers))
    loop = asyncio.get_running_loop()

    claimed = False

    def claim_once() -> None:
        nonlocal claimed
        if not claimed:
            claim()
            claimed = True

    async def anew(route: ProxyRoute, end: float) -> Secured:
        left = max(end - loop.time(), 0.01)
        dialled = await dial(host, port, proxy=route, logins=routes.logins, story=story(route), deadline=left)
        secured = await secure(dialled, trust, end=end)
        if ahead is not None:
            ahead.worked(secured)
        return secured

    async def reach(route: ProxyRoute, end: float) -> Secured:
        made = await ahead.take(host, port, route, end=end) if ahead is not None else None
        return made or await anew(route, end)

    async def use(route: ProxyRoute, end: float, ask: Callable[[Secured, float], Awaitable[WebSocket]]) -> WebSocket:
        """What was made ahead may have died unnoticed: then once more, on one that is made now. `ask` gets a connection, and until when."""
        made = await ahead.take(host, port, route, end=end) if ahead is not None else None
        if ahead is not None and made is not None:
            try:
                return await ask(made, min(end, loop.time() + AHEAD_PATIENCE))
            except DialError as error:
                if error.facts.get("status") is not None:
                    raise
                ahead.drop()
        return await ask(await anew(route, end), end)

    async def attempt(route: ProxyRoute, seconds: float) -> WebSocket:
        end = loop.time() + seconds
        refused: DialError | None = None

        async def upgraded(secured: Secured, until: float) -> WebSocket:
            return await open_upgraded(
                secured, opening, listener=listener, claim=claim_once, end=until, patience=UPGRADE_PATIENCE
            )

        async def polled(secured: Secured, until: float) -> WebSocket:
            another = functools.partial(reach, route)
            return await _open_polled(secured, opening, listener=listener, claim=claim_once, another=another, end=until)

        if not await upgrades.taken_away(route):
            try:
                ws = await use(route, end, upgraded)
            except DialError as error:
                if error.stage != "http" or error.facts.get("status") in _NOT_THE_UPGRADE:
                    raise
                refused = error
            else:
                upgrades.learned(route, taken_away=False)
                return ws
        try:
            ws = await use(route, end, polled)
        except DialError as error:
            raise refused or error from None
        upgrades.learned(route, taken_away=True)
        return ws

    return await first_route(routes, host, port, attempt, deadline=deadline)


async def _open_polled(
    secured: Secured,
    opening: UpgradeRequest,
    *,
    listener: Listener,
    claim: Callable[[], None],
    another: Callable[[float], Awaitable[Secured]],
    end: float,
) -> WebSocket:
    """The exchange for a key on what was secured. `another` brings another connection, until the loop's time that it is told.

    Raises DialError, and what `claim` raises.
    """
    dialled = secured.dialled
    address = format_address(dialled.host, dialled.port)

    def lane_on(one: Secured) -> Lane:
        lane = Lane(host=address)
        one.hand_over(lane)
        return lane

    async def another_lane() -> Lane:
        return lane_on(await another(asyncio.get_running_loop().time() + DEADLINE))

    lane = lane_on(secured)
    try:
        claim()
        key = await _exchange(lane, dialled.story, address, opening, end=end)
    except BaseException:
        lane.cut()
        raise
    transport = PolledTransport(key=key, lane=lane, open_lane=another_lane)
    framing = opened_framing(max_message=opening.limits.max_message, side=Side.CLIENT)
    ws = WebSocket(transport, listener, framing, opening.limits, None)
    ws.status, ws.host = 200, dialled.host
    transport.start(received=ws.data_received, lost=ws.connection_lost)
    ws.begin()
    return ws


async def _exchange(lane: Lane, story: Story, address: str, opening: UpgradeRequest, *, end: float) -> str:
    """What stands in the headers, for a key. Raises DialError."""
    body = bytearray()
    left = max(end - asyncio.get_running_loop().time(), 0.01)
    try:
        answer = await lane.ask(opening.target, headers=list(opening.headers), on_body=body.extend, deadline=left)
    except LaneLostError as error:
        raise story.error("relay_unreachable", address=address, detail=_("the connection was cut")) from error
    if answer.status != 200:
        raise story.error("relay_http_failed", address=address, status=answer.status)
    try:
        key = msgspec.json.decode(bytes(body[:_KEY_LIMIT]), type=_Opened).key
    except UNDECODABLE as error:
        detail = _("its answer cannot be understood")
        raise story.error("relay_unreachable", address=address, detail=detail) from error
    story.done("http", "200", then="http")
    return key
