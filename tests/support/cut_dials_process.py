"""Every kind of dial that an agent makes, against a relay (or a proxy) that cuts at every step: told as one line of JSON.

Arguments: the loop (`uvloop` or `selector`), the way (direct, http, https, socks5), a folder with an enrolled user's
profile in it, the server's files, and how often each cut is met.
"""

import asyncio
import collections
import gc
import itertools
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from common.agent.composition import Agent
from common.agent.diagnosis import StepState, diagnose
from common.agent.enrolment.enrol import enrol, organisation_by, renew
from common.agent.enrolment.profile import Profile
from common.agent.matching.matching import Matching
from common.agent.session.leg import TicketSpentError, open_leg
from common.host.errors import TasukiError, sentence
from common.net import connect, https_request
from common.net import loop as loops
from common.net.dial import DialError
from common.net.proxy_routes import OneRoute
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.protocol.enrolment import EnrolmentLine
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import Granted, Mode, Peer, ToAnyone
from common.protocol.proxies import ProxyUrl
from common.protocol.tickets import new_id
from tests.support.cutting import Cut, Cutter, Part
from tests.support.pki import ServerFiles

HOST = "localhost"
Dial = Callable[[], Awaitable[str]]


class Listening:
    """Takes what comes, and knows when it ended."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.is_open = False

    def opened(self, ws: WebSocket, /) -> None:
        self.is_open = True

    def message(self, ws: WebSocket, payload: str | bytes, /) -> None: ...
    def paused(self, ws: WebSocket, /) -> None: ...
    def resumed(self, ws: WebSocket, /) -> None: ...

    def closed(self, ws: WebSocket, _code: int, _reason: str, /) -> None:
        self.gone.set()


class Dials:
    """An agent's ways to the relay behind `port`. Each says what came of it: `result`, or the code of its sentence."""

    def __init__(self, folder: Path, way: str, port: int, root_sha256: bytes) -> None:
        self._way = way
        login = "anna:secret@" if way == "socks5" else ""
        scheme = "socks5h" if way == "socks5" else way
        self._proxy = None if way == "direct" else ProxyUrl.parse(f"{scheme}://{login}{HOST}:{port}")
        self._port = port
        path = folder / "profile.json"
        facts = msgspec.json.decode(path.read_bytes())
        facts["enrolled"] |= {"relay": HOST, "port": port}
        path.write_bytes(msgspec.json.encode(facts))
        text = "" if self._proxy is None else f"{scheme}://{login}{HOST}:{port}"
        self._agent = Agent.open(role=Role.USER, folder=folder, environ={"no_proxy": ""}, proxy=text)
        self._new = Profile.open(role=Role.USER, folder=folder / "new")
        self._line = EnrolmentLine(code="A" * 26, root=root_sha256, host=HOST, port=port)

    def all(self) -> dict[str, Dial]:
        """By name."""
        return {
            "matching": self.matching,
            "leg": self.leg,
            "organisation": self.organisation,
            "enrol": self.enrol,
            "renew": self.renew,
            "diagnosis": self.diagnosis,
        }

    async def matching(self) -> str:
        """The standing connection: online it never is, but it says why, and tries again."""
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def change(view: Any) -> None:
            if view.phase is MatchingPhase.RETRYING and view.problem is not None and not ended.done():
                ended.set_result(view.problem.code)

        matching = Matching(profile=self._agent.profile, agent="test", routes=self._agent.routes, on_change=change)
        matching.start()
        try:
            return await ended
        finally:
            await matching.stop()

    async def leg(self) -> str:
        """A leg, and the end of it."""
        listener = Listening()
        granted = Granted(
            request=new_id(os.urandom),
            session=new_id(os.urandom),
            ticket=new_id(os.urandom),
            legs=[(HOST, self._port)],
            peer=Peer(uri="tasuki://o/helper/00000000-0000-4000-8000-000000000001", name="Hana"),
            mode=Mode.VIEW,
            to=ToAnyone(),
        )
        try:
            ws = await open_leg(
                granted, listener=listener, trust=OuterTrust(), routes=OneRoute(self._proxy), deadline=8.0
            )
        except TicketSpentError as spent:
            assert not listener.is_open
            raise spent.problem from None
        assert listener.is_open
        ws.close()
        await listener.gone.wait()
        return "result"

    async def organisation(self) -> str:
        """Which organisation a line belongs to."""
        return await organisation_by(self._line, routes=OneRoute(self._proxy), deadline=8.0)

    async def enrol(self) -> str:
        """Enrolling."""
        await enrol(self._new, self._line, clock=lambda: datetime.now(UTC), routes=OneRoute(self._proxy), deadline=8.0)
        return "result"

    async def renew(self) -> str:
        """Renewing."""
        await renew(self._agent.profile, clock=lambda: datetime.now(UTC), routes=OneRoute(self._proxy), deadline=8.0)
        return "result"

    async def diagnosis(self) -> str:
        """Every step of the way, each with its words."""
        steps = await diagnose(self._agent)
        bad = [step for step in steps if step.state is StepState.BAD]
        assert len(bad) == 1, steps
        assert bad[0].detail
        assert "inside Tasuki" not in bad[0].detail, bad
        return f"bad {bad[0].key}"


class Told:
    """What is told."""

    def __init__(self) -> None:
        self.outcomes: dict[str, collections.Counter[str]] = {}
        self.escaped: list[str] = []
        self.gone_at_once = 0  # connections that were gone when the handshake's end was learnt
        self.cuts = 0
        self.left_open = 0
        self.descriptors = [0, 0]

    def spy(self) -> None:
        """Count the race."""
        real = connect.open_tls

        async def counted(*arguments: Any, **options: Any) -> Any:
            transport = await real(*arguments, **options)
            self.gone_at_once += transport.getHandle() is None  # type: ignore[attr-defined]
            return transport

        for module in (connect, https_request):
            setattr(module, "open_tls", counted)  # noqa: B010  # it is a function, and stays one


async def one(told: Told, name: str, dial: Dial, cut: Cut | None) -> None:
    """Dial, and keep what came of it."""
    try:
        async with asyncio.timeout(10):
            outcome = await dial()
    except TasukiError as error:
        if not sentence(error):
            told.escaped.append(f"{name} {cut}: no sentence for {error.code}")
        outcome = f"{type(error).__name__ if isinstance(error, DialError) else 'said'} {error.code}"
    except BaseException as error:  # noqa: BLE001  # that is what must not be
        outcome = "escaped"
        told.escaped.append(f"{name} {cut}: " + "".join(traceback.format_exception(error)[-4:]))
    told.outcomes.setdefault(name, collections.Counter())[outcome] += 1


def _descriptors() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


async def main(
    way: str, folder: Path, files: ServerFiles, root: Path, *, times: int, versions: tuple[bool, ...]
) -> int:
    """All of it. `versions`: the newest TLS, and 1.2."""
    told = Told()
    told.spy()
    for newest in versions:
        cutter = Cutter(way, files, newest=newest)
        dials = Dials(folder, way, cutter.port, root.read_bytes()).all()
        for dial in dials.values():  # whole: what it writes is counted
            await one(told, "whole", dial, None)
        await asyncio.sleep(0.1)
        told.descriptors[0] = _descriptors()
        for name, dial in dials.items():
            cutter.cut = None
            await one(told, "whole", dial, None)
            writes = range(-1, cutter.writes)
            for write, part, reset in itertools.product(writes, Part, (False, True)):
                if write < 0 and part is not Part.BEFORE:
                    continue
                cutter.cut = Cut(write, part, reset)
                for _ in range(times):
                    told.cuts += 1
                    await one(told, name, dial, cutter.cut)
        async with asyncio.timeout(10):
            while _descriptors() > told.descriptors[0]:  # noqa: ASYNC110  # nobody says when the last one is closed
                await asyncio.sleep(0.05)
        told.descriptors[1] = _descriptors()
        cutter.close()
        told.left_open += cutter.left_open
    print(json.dumps(vars(told)))
    return 0


if __name__ == "__main__":
    kind, way, folder, certificate, key, root, times = sys.argv[1:]
    if kind == "selector":
        loops.new_loop = asyncio.SelectorEventLoop
    files = ServerFiles(certificate=Path(certificate), key=Path(key))
    versions = (True, False) if kind == "uvloop" and way == "direct" else (True,)
    sys.exit(loops.run(lambda: main(way, Path(folder), files, Path(root), times=int(times), versions=versions)))
