"""Connections that are cut at each step of a grant, with others beside them: both sides have the session soon, or the request waits again."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from common.agent.matching.matching import Matching
from common.agent.matching.ports import MatchingEvent
from common.net.connect import connect_websocket
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.protocol.backoff import Backoff
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import SessionPlan
from common.protocol.messages import Ended, FromAgent, Granted, Mode, To, ToAnyone, ToHelper, Waiting
from common.protocol.reasons import Why
from tests.support.front import until
from tests.support.relay_on_loopback import Heard, Member, RelayOnLoopback, relay_on_loopback

PROMISED = 3.0  # seconds from the cut until both have it; tests may take five times as long
BESIDE = 12  # people who ask and take back beside it, without a rest

HELPERS_STEPS = ("next", "yours", "granted")
USERS_STEPS = ("request", "waiting", "probe", "here", "granted")


class _Deaf:
    """Listens to a connection whose agent has gone another way."""

    def opened(self, ws: WebSocket) -> None: ...
    def message(self, ws: WebSocket, payload: str | bytes) -> None: ...
    def closed(self, ws: WebSocket, code: int, reason: str) -> None: ...
    def paused(self, ws: WebSocket) -> None: ...
    def resumed(self, ws: WebSocket) -> None: ...


def _step(kind: str) -> str:
    """As it stands at the beginning of a message of this type."""
    return f'"type":"{kind}"'


class Side:
    """One agent, and the newest grant that it knows what to do with."""

    def __init__(self, matching: Matching) -> None:
        self.matching = matching
        self.plan: SessionPlan | None = None
        self.heard = Heard(matching)
        matching.subscribe(self._heard)
        matching.watch(True)
        matching.start()

    def _heard(self, event: MatchingEvent) -> None:
        if isinstance(event, Granted):
            self.plan = self.matching.plan(event) or self.plan


class Cutting:
    """One agent's way to the relay: its connection is lost at a step, as often as wished.

    `step`: behind the message of this type where the agent says it, before it where the relay does. `half`: the relay does not notice.
    """

    def __init__(self, relay: RelayOnLoopback, step: str, *, times: int, half: bool) -> None:
        self._relay = relay
        self._step = _step(step)
        self._half = half
        self.left = times
        self.cut_at: float | None = None
        self._listener: Any = None

    def agent(self, member: Member) -> "Side":
        """This person's agent, which goes this way."""
        again = Backoff(random=random.random, first=0.05)
        matching = Matching(profile=member, agent="test/1", connect=self.connect, backoff=again)
        self.watch(matching)
        return Side(matching)

    async def connect(self, host: str, port: int, **how: Any) -> WebSocket:
        """common.agent.matching.ports.Connect."""
        self._listener = how["listener"]
        return await connect_websocket(
            host, port, **how | {"listener": self, "trust": OuterTrust(root_der=self._relay.outer.der)}
        )

    def watch(self, matching: Matching) -> None:
        """What it says is said on this way."""
        say = matching.link.send

        def send(message: FromAgent) -> None:
            ws = matching.link.ws
            say(message)
            if ws is not None and self._step == _step(str(message.__struct_config__.tag)):
                asyncio.get_running_loop().call_soon(self._cut, ws, self._listener)

        matching.link.send = send  # type: ignore[method-assign]

    def _cut(self, ws: WebSocket, listener: Any) -> None:
        if not self.left:
            return
        self.left -= 1
        self.cut_at = time.monotonic()
        ws.listener = _Deaf()
        if not self._half:
            ws.abort()
        listener.closed(ws, 1006, "the network is gone")

    def opened(self, ws: WebSocket) -> None:
        """As it is."""
        self._listener.opened(ws)

    def message(self, ws: WebSocket, payload: str | bytes) -> None:
        """Unless it is cut before that."""
        if isinstance(payload, str) and self._step in payload[:40] and self.left:
            self._cut(ws, self._listener)
        else:
            self._listener.message(ws, payload)

    def closed(self, ws: WebSocket, code: int, reason: str) -> None:
        """As it is."""
        self._listener.closed(ws, code, reason)

    def paused(self, ws: WebSocket) -> None:
        """As it is."""
        self._listener.paused(ws)

    def resumed(self, ws: WebSocket) -> None:
        """As it is."""
        self._listener.resumed(ws)


def _whole(relay: RelayOnLoopback) -> Cutting:
    """A way that is never cut."""
    return Cutting(relay, "nothing", times=0, half=False)


async def _beside(relay: RelayOnLoopback, to: To, number: int) -> None:
    """Somebody who asks and takes it back, again and again."""
    matching = relay.agent(await relay.member(Role.USER, f"Beside {number}"))
    heard = Heard(matching)
    matching.start()
    try:
        while True:
            request = matching.request(to=to, name="Otto", mode=Mode.VIEW, topic="again")
            await heard.first(Waiting, lambda one: one.request == request)  # noqa: B023  # called here
            matching.cancel()
            await asyncio.sleep(2.5)  # 30 a minute, and no more
    finally:
        await matching.stop()


@contextlib.asynccontextmanager
async def _loaded(folder: Path) -> AsyncIterator[RelayOnLoopback]:
    """A relay that has other things to do, too."""
    async with relay_on_loopback(folder) as relay, asyncio.TaskGroup() as others:
        otto = await relay.member(Role.HELPER, "Otto")
        matching = relay.agent(otto)
        matching.start()
        await matching.online(15)
        tasks = [others.create_task(_beside(relay, ToHelper(uri=relay.uri(otto)), one)) for one in range(BESIDE)]
        try:
            yield relay
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await matching.stop()


async def _both_have_it(user: Side, helper: Side, cutting: Cutting) -> str:
    """The helper takes the next one while somebody waits, and both know what to do with the same session, which is told."""
    asked = 0.0
    deadline = time.monotonic() + 5 * PROMISED + 5
    while True:
        now = time.monotonic()
        assert now < deadline, (user.plan, helper.plan)
        done = cutting.cut_at is not None  # some steps do not come again
        if done and user.plan is not None and helper.plan is not None and user.plan.session == helper.plan.session:
            return user.plan.session
        online = helper.matching.view.phase is MatchingPhase.ONLINE
        if online and helper.matching.view.requests and helper.plan is None and now - asked > 1:
            asked = now
            helper.matching.next()
        await asyncio.sleep(0.02)


async def _end(user: Side, helper: Side, session: str) -> None:
    """That was all."""
    user.matching.end(session, Why.USER_ENDED)
    assert (await helper.heard.first(Ended, lambda one: one.session == session)).why is Why.USER_ENDED


@pytest.mark.parametrize("half", [False, True], ids=["noticed", "half dead"])
@pytest.mark.parametrize(
    ("who", "step"), [*(("helper", one) for one in HELPERS_STEPS), *(("user", one) for one in USERS_STEPS)]
)
async def test_cut_at_each_step(tmp_path: Path, who: str, step: str, *, half: bool) -> None:
    """Twice in a row where it comes to that, for the helper's agent or the user's: nobody waits for the time of a grant to run out."""
    async with _loaded(tmp_path) as relay:
        cutting, straight = Cutting(relay, step, times=2, half=half), _whole(relay)
        anna, hana = await relay.member(Role.USER, "Anna"), await relay.member(Role.HELPER, "Hana")
        user = (cutting if who == "user" else straight).agent(anna)
        helper = (cutting if who == "helper" else straight).agent(hana)
        try:
            await asyncio.gather(user.matching.online(15), helper.matching.online(15))
            user.matching.request(to=ToHelper(uri=relay.uri(hana)), name="Hana", mode=Mode.VIEW)
            session = await _both_have_it(user, helper, cutting)
            assert cutting.cut_at is not None, "it was never cut"
            took = time.monotonic() - cutting.cut_at
            await _end(user, helper, session)
            print(f"{who} cut at {step}, {'half dead' if half else 'noticed'}: {took:.2f} s")
            assert took < 5 * PROMISED
        finally:
            await user.matching.stop()
            await helper.matching.stop()


@pytest.mark.parametrize("step", ["yours", "granted"])
async def test_a_helpers_program_that_is_started_anew(tmp_path: Path, step: str) -> None:
    """It was killed when that came: its next run gives the request back, which waits on and is taken by a colleague."""
    async with _loaded(tmp_path) as relay:
        cutting = Cutting(relay, step, times=1, half=False)
        anna, hana, hiro = (
            await relay.member(Role.USER, "Anna"),
            await relay.member(Role.HELPER, "Hana"),
            await relay.member(Role.HELPER, "Hiro"),
        )
        user, first = _whole(relay).agent(anna), cutting.agent(hana)
        running = [user, first]
        try:
            await asyncio.gather(user.matching.online(15), first.matching.online(15))
            request = user.matching.request(to=ToAnyone(), mode=Mode.VIEW)
            await until(lambda: bool(first.matching.view.requests))
            first.matching.next()
            await until(lambda: cutting.cut_at is not None)
            await first.matching.stop()
            began = time.monotonic()
            anew = _whole(relay).agent(hana)
            colleague = _whole(relay).agent(hiro)
            running += [anew, colleague]
            await asyncio.gather(anew.matching.online(15), colleague.matching.online(15))
            await until(lambda: bool(colleague.matching.view.requests))
            took = time.monotonic() - began
            print(f"started anew at {step}: waits again after {took:.2f} s")
            assert took < 5 * PROMISED
            assert user.matching.view.request is not None
            assert user.matching.view.request.request == request
            await _end(user, colleague, await _both_have_it(user, colleague, cutting))
            assert anew.plan is None
        finally:
            for one in running:
                await one.matching.stop()


@pytest.mark.parametrize("step", ["here", "granted"])
async def test_a_users_program_that_is_started_anew(tmp_path: Path, step: str) -> None:
    """The helper hears at once that there is nobody, and the person can ask again."""
    async with _loaded(tmp_path) as relay:
        cutting = Cutting(relay, step, times=1, half=step == "here")  # else that is lost, too
        anna, hana = await relay.member(Role.USER, "Anna"), await relay.member(Role.HELPER, "Hana")
        user, helper = cutting.agent(anna), _whole(relay).agent(hana)
        running = [user, helper]
        try:
            await asyncio.gather(user.matching.online(15), helper.matching.online(15))
            user.matching.request(to=ToAnyone(), mode=Mode.VIEW)
            await until(lambda: bool(helper.matching.view.requests))
            helper.matching.next()
            await until(lambda: cutting.cut_at is not None)
            await user.matching.stop()
            await helper.heard.first(Granted)
            began = time.monotonic()
            anew = _whole(relay).agent(anna)
            running.append(anew)
            ended = await helper.heard.first(Ended)
            took = time.monotonic() - began
            print(f"started anew at {step}: the helper hears {ended.why} after {took:.2f} s")
            assert ended.why is Why.USER_RESTARTED
            assert took < 5 * PROMISED
            await anew.matching.online(15)
            request = anew.matching.request(to=ToAnyone(), mode=Mode.VIEW)
            await anew.heard.first(Waiting, lambda one: one.request == request)
        finally:
            for one in running:
                await one.matching.stop()
