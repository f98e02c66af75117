"""The server of a session that may be started anew: who connects gets the one that runs, and nobody is told of one that was ended."""

import asyncio
import socket
from dataclasses import dataclass, field
from typing import cast

import pytest

from common.host.errors import TasukiError
from tests.support.rfb_link import turns
from user_agent.servers.x0vncserver import X0vncserver
from user_agent.servers.x11vnc import X11vnc
from user_agent.showing import Showing


@dataclass
class Server:
    """One that runs."""

    name: str
    password: str = "secret"
    one_look: bool = False
    sleeps_alone: bool = False
    ended: "asyncio.Future[TasukiError]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    may_stop: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: int = 0

    async def connect(self) -> socket.socket:
        return cast("socket.socket", self.name)

    async def over(self) -> TasukiError:
        return await asyncio.shield(self.ended)

    async def stop(self) -> None:
        await self.may_stop.wait()
        self.stopped += 1


def showing() -> tuple[Showing, list[str]]:
    """Nothing is started yet; the codes of what is told."""
    told: list[str] = []
    return Showing(X11vnc(), over=lambda problem: told.append(problem.code)), told


async def started(server: Server) -> Server:
    """At once."""
    return server


async def test_whoever_connects_waits_for_a_server() -> None:
    """Also one that is begun only later."""
    shown, told = showing()
    connecting = asyncio.ensure_future(shown.connect())
    await turns()
    assert not connecting.done()
    server = Server("first")
    shown.begin(X11vnc(), lambda: started(server))
    assert cast("object", await connecting) == "first"
    assert (shown.name, shown.password) == ("first", "secret")
    server.ended.set_result(TasukiError("vnc_server_ended", program="x", detail="-"))
    await turns()
    assert told == ["vnc_server_ended"]
    server.may_stop.set()
    await shown.stop()
    assert server.stopped == 1


async def test_one_that_is_ended_while_it_starts_gives_way_to_the_next() -> None:
    """Whoever waits for it gets the next, and nobody hears of the first."""
    shown, told = showing()
    never = asyncio.Event()

    async def hangs() -> Server:
        await never.wait()
        return Server("never")

    shown.begin(X11vnc(), hangs)
    connecting = asyncio.ensure_future(shown.connect())
    await turns()
    await shown.stop()
    await turns()
    assert not connecting.done()
    server = Server("second")
    shown.begin(X0vncserver(), lambda: started(server))
    assert (shown.one_look, shown.sleeps_alone) == (X0vncserver.one_look, X0vncserver.sleeps_alone)
    assert cast("object", await connecting) == "second"
    assert not told
    server.may_stop.set()
    await shown.stop()
    server.ended.set_result(TasukiError("vnc_server_ended", program="x", detail="-"))
    await turns()
    assert not told


async def test_one_that_cannot_start_is_told_and_raised() -> None:
    """To the person, and to whoever waits; a bug of ours too."""
    for failure, code in ((TasukiError("no_screen"), "no_screen"), (ZeroDivisionError(), "vnc_server_failed")):
        shown, told = showing()

        async def fails(failure: Exception = failure) -> Server:
            raise failure

        shown.begin(X11vnc(), fails)
        with pytest.raises(type(failure)):
            await shown.ready()
        await turns()
        assert told == [code]
        await shown.stop()


async def test_an_end_that_is_cancelled_goes_on() -> None:
    """And the next one waits for it: nothing of a server is left."""
    shown, _ = showing()
    server = Server("first")
    shown.begin(X11vnc(), lambda: started(server))
    await shown.ready()
    ending = asyncio.ensure_future(shown.stop())
    await turns()
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    again = asyncio.ensure_future(shown.stop())
    await turns()
    assert not again.done()
    server.may_stop.set()
    await again
    assert server.stopped == 1
