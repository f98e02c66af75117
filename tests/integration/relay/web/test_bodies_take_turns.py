"""Bodies of strangers, whose signatures are verified once they are whole, wait for their turn like all that strangers send."""

import asyncio
from collections import Counter
from typing import Self

import pytest

from relay.web.responses import HttpResponse
from relay.web.routes import HttpRequest
from tests.support.front import Client, front


class TurnCount:
    """Turns of the running loop, counted for as long as the block lasts."""

    def __init__(self) -> None:
        self.turn = 0
        self._handle: asyncio.Handle | None = None

    def __enter__(self) -> Self:
        self._next()
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _next(self) -> None:
        self.turn += 1
        self._handle = asyncio.get_running_loop().call_soon(self._next)


@pytest.mark.parametrize(("steps", "bounded"), [(4, True), (1000, False)])
async def test_so_many_bodies_of_strangers_are_worked_on_in_a_turn(steps: int, bounded: bool) -> None:
    """Forty renewals become whole at one time: what a handler does with one (it verifies signatures) is done four times a turn."""
    worked_on: Counter[int] = Counter()
    with TurnCount() as turns:

        async def verify(request: HttpRequest) -> HttpResponse:
            await request.body(1000)
            worked_on[turns.turn] += 1
            return HttpResponse(status=200)

        async with front(routes={"/renew": {"POST": verify}}, limits={"strangers_steps": steps}) as running:
            clients = [await Client.connect(running.port) for _ in range(40)]
            for client in clients:
                client.send(b"POST /renew HTTP/1.1\r\nHost: relay\r\nContent-Length: 500\r\n\r\n" + bytes(499))
            await asyncio.sleep(0.2)
            assert not worked_on
            for client in clients:
                client.send(b"x")
            for client in clients:
                assert (await client.answer())[0] == 200
    assert sum(worked_on.values()) == 40
    assert (max(worked_on.values()) <= 4) is bounded
