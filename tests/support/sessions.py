"""Two agents' sessions joined in memory: a relay that pairs legs by ticket, matching that hands out tickets, local sides."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common.agent.clipboard.clipboard import Clipboard
from common.agent.session.ports import LocalLink
from common.agent.session.session import Session
from common.agent.session.session_clipboard import SharedClipboard
from common.agent.views import SessionEvent, SessionView
from common.host.errors import TasukiError
from common.net.certificates import Identity, RevocationList
from common.net.dial import DialError
from common.protocol.identity import IdentityUri, PeerExpectation, Role
from common.protocol.matching_memory import SessionPlan
from common.protocol.messages import FromAgent, Granted, Mode, Peer, Recorded, Ticket, ToAnyone
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.protocol.session_timing import SessionTiming
from tests.support.ca import Organisation

SESSION = "5" * 32
REQUEST = "7" * 32
NAMES = {Role.USER: "Anna", Role.HELPER: "Hana"}


def real_now() -> datetime:
    """OpenSSL looks at the real clock, so certificates of these tests do too."""
    return datetime.now(UTC)


class FakeLeg:
    """One end of a leg, as far as Session and EndToEnd use a WebSocket."""

    def __init__(self, listener: Any) -> None:
        self.listener = listener
        self.partner: FakeLeg | None = None
        self.buffered = 0
        self.closed_with: int | None = None
        self.sent: list[str | bytes] = []
        self.stuck = False  # nothing arrives, and closing takes for ever

    def send(self, payload: str | bytes) -> None:
        """Carry it over in the next turn of the loop."""
        if self.closed_with is None:
            self.sent.append(payload)
            partner = self.partner
            if partner is not None and not self.stuck:
                asyncio.get_running_loop().call_soon(
                    partner.deliver, payload if isinstance(payload, str) else bytes(payload)
                )

    def deliver(self, payload: str | bytes) -> None:
        """What the partner sent, or the relay."""
        if self.closed_with is None:
            self.listener.message(self, payload)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close both ends, what is under way first."""
        if self.stuck:
            return
        asyncio.get_running_loop().call_soon(self._close, code)

    def _close(self, code: int) -> None:
        if self.closed_with is None:
            self.closed_with = code
            self.listener.closed(self, code, "")
            if self.partner is not None:
                self.partner.close(code)

    def abort(self) -> None:
        """Cut both ends at once."""
        self.stuck = False
        self._close(1006)

    def pause(self) -> None: ...
    def resume(self) -> None: ...


class FakeRelay:
    """Pairs legs that show a good ticket, each ticket once."""

    def __init__(self) -> None:
        self.tickets: dict[str, Role] = {}
        self.legs: dict[Role, FakeLeg] = {}
        self.shown: list[str] = []
        self.dialled: list[tuple[str, int]] = []
        self.unreachable: set[str] = set()
        self.refusing = 0  # so many tickets are refused whatever they are
        self.counting = 0
        self.matching: dict[Role, FakeMatching] = {}
        self.resumes = False  # it keeps a session whose legs are lost
        self.records = False  # it writes down which mode holds
        self.paired = False  # the session's legs were joined, and nobody has asked for a ticket since
        self.interruption = 0
        self.says_mode = Mode.VIEW  # in a grant for a session that is taken up again
        self.asked = dict.fromkeys(Role, 0)

    def renew(self, role: Role) -> dict[Role, Granted]:
        """This side asks for a ticket: the pair ends, and in an interruption both get one."""
        if self.paired:
            self.paired = False
            self.interruption += 1
            self.asked = dict.fromkeys(Role, 0)
        self.asked[role] += 1
        if not self.interruption:
            return {role: self.grant(role)}
        for leg in list(self.legs.values()):
            leg.abort()
        self.legs.clear()
        return {one: self.grant(one, mode=self.says_mode) for one in Role}

    def grant(self, role: Role, *, mode: Mode = Mode.VIEW, session: str = SESSION) -> Granted:
        """A grant with a new ticket for this side."""
        self.counting += 1
        ticket = f"ticket-{self.counting}"
        self.tickets = {one: side for one, side in self.tickets.items() if side is not role} | {ticket: role}
        return Granted(
            request=REQUEST,
            session=session,
            ticket=ticket,
            legs=[("relay.example", 443), ("relay.example", 80)],
            peer=Peer(uri="tasuki://Example/user/x", name="whatever the relay says"),
            mode=mode,
            to=ToAnyone(),
            interruption=self.interruption,
            asked=self.asked[role],
        )

    async def connect(
        self, host: str, port: int, *, listener: Any, headers: list[tuple[str, str]], claim: Any, **_: Any
    ) -> Any:
        """What stands in for common.net.connect.connect_websocket."""
        self.dialled.append((host, port))
        if f"{host}:{port}" in self.unreachable:
            raise DialError("relay_unreachable", stage="tcp", address=f"{host}:{port}", detail="refused")
        claim()
        ticket = dict(headers)["Authorization"].removeprefix("Bearer ")
        self.shown.append(ticket)
        role = self.tickets.pop(ticket, None)
        if role is None or self.refusing:
            self.refusing = max(0, self.refusing - 1)
            raise DialError("relay_http_failed", stage="http", address=host, status=403)
        leg = self.legs[role] = FakeLeg(listener)
        listener.opened(leg)
        if role.other in self.legs:
            self.pair()
        return leg

    def pair(self) -> None:
        """Both legs are here."""
        user, helper = self.legs[Role.USER], self.legs[Role.HELPER]
        user.partner, helper.partner = helper, user
        self.paired = True
        for leg in (user, helper):
            asyncio.get_running_loop().call_soon(leg.deliver, "ready")


class FakeProfile:
    """As much of a profile as sessions use."""

    def __init__(self, role: Role, identity: Identity, root: bytes, crl: RevocationList | None) -> None:
        self.role = role
        self.identity = identity
        self.root = root
        self.crl = crl


class FakeMatching:
    """One agent's matching, online, at a FakeRelay."""

    def __init__(self, relay: FakeRelay, profile: Any) -> None:
        self.profile = profile
        self.sent: list[FromAgent] = []
        self.ended: list[tuple[str, Why]] = []
        self.activated: list[str] = []
        self.modes: list[Mode] = []
        self.problem: TasukiError | None = None
        self.clock_skew = 0.0
        self.resumes = relay.resumes
        self._relay = relay
        relay.matching[profile.role] = self
        self._listeners: list[Callable[[object], None]] = []

    def subscribe(self, listener: Callable[[Any], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self.forget() if listener in self._listeners else None

    def forget(self) -> None:
        """Nobody hears it any more."""
        self._listeners.clear()

    def say(self, message: object) -> None:
        """The relay says something."""
        for listener in list(self._listeners):
            listener(message)

    async def online(self, deadline: float) -> None:
        if self.problem is not None:
            raise self.problem

    def send(self, message: FromAgent) -> bool:
        self.sent.append(message)
        if isinstance(message, Ticket):
            for role, granted in self._relay.renew(self.profile.role).items():
                asyncio.get_running_loop().call_soon(self._relay.matching[role].say, granted)
        return True

    def probe(self) -> None:
        """It is never dead."""

    def active(self, session: str) -> None:
        self.activated.append(session)

    def mode_now(self, session: str, mode: Mode) -> None:
        self.modes.append(mode)
        for one in self._relay.matching.values() if self._relay.records else ():
            asyncio.get_running_loop().call_soon(one.say, Recorded(session=session, mode=mode))

    def interrupted(self, session: str) -> None:
        """Nothing is said twice here."""

    def end(self, session: str, why: Why) -> None:
        self.ended.append((session, why))


class FakeLocal:
    """A local side that writes down what it is told; `script` may answer."""

    def __init__(self, features: tuple[str, ...] = ()) -> None:
        self.features = features
        self.told: list[tuple[object, ...]] = []
        self.data = bytearray()
        self.link: LocalLink | None = None
        self.consume = True
        self.on_stream: Callable[[int], None] | None = None

    def attached(self, link: LocalLink, mode: Mode) -> None:
        self.link = link
        self.told.append(("attached", mode))

    def stream_started(self, n: int) -> None:
        self.told.append(("stream", n))
        if self.on_stream is not None:
            self.on_stream(n)

    def stream_over(self) -> None:
        self.told.append(("over",))

    def rfb_received(self, data: bytes) -> None:
        self.data += data
        if self.consume and self.link is not None:
            self.link.consumed(len(data))

    def pause_reading(self) -> None:
        self.told.append(("pause_reading",))

    def resume_reading(self) -> None:
        self.told.append(("resume_reading",))

    def mode_changed(self, mode: Mode) -> None:
        self.told.append(("mode", mode))

    def pause_changed(self, on: bool) -> None:
        self.told.append(("pause", on))

    def question_open(self, on: bool) -> None:
        self.told.append(("question", on))

    def type_text(self, text: str) -> None:
        self.told.append(("type", text))

    def cut_off(self) -> None:
        self.told.append(("cut off",))

    def interrupted(self) -> None:
        self.told.append(("interrupted",))

    def resumed(self, mode: Mode) -> None:
        self.told.append(("resumed", mode))

    def close(self) -> None:
        self.told.append(("close",))


@dataclass
class Side:
    """One agent in a test."""

    role: Role
    matching: FakeMatching
    local: FakeLocal
    session: Session
    views: list[SessionView] = field(default_factory=list)
    events: list[SessionEvent] = field(default_factory=list)
    running: "asyncio.Task[SessionView] | None" = None
    _changed: "asyncio.Event | None" = None

    def start(self) -> None:
        """Run the session."""
        self.running = asyncio.ensure_future(self.session.run())

    def changed(self) -> None:
        """Wake who waits in `until`."""
        if self._changed is not None:
            self._changed.set()

    async def until(self, there: Callable[[], object]) -> None:
        """Wait until something is so; looked at whenever something has happened on this side."""
        async with asyncio.timeout(20):
            while not there():
                self._changed = asyncio.Event()
                waker = asyncio.get_running_loop().call_later(0.01, self._changed.set)
                await self._changed.wait()
                waker.cancel()

    async def phase(self, phase: SessionPhase) -> None:
        """Wait until the session is there."""
        await self.until(lambda: self.session.view.phase is phase)

    async def end(self) -> SessionView:
        """Wait for the end."""
        assert self.running is not None
        async with asyncio.timeout(20):
            return await self.running


class Two:
    """A user's and a helper's agent with real certificates, a granted session between them."""

    def __init__(
        self,
        folder: Path,
        *,
        mode: Mode = Mode.VIEW,
        most: Mode = Mode.CONTROL,
        chosen: bool = True,
        chosen_name: str = NAMES[Role.HELPER],
        timing: SessionTiming | None = None,
        helper_mode: Mode | None = None,
        organisation: Organisation | None = None,
        clock: Any = None,
        relay: Any = None,
        clipboards: Mapping[Role, Clipboard] | None = None,
        user_features: tuple[str, ...] = (),
        resumes: bool = False,
    ) -> None:
        self._clipboards = clipboards or {}
        self._most = most
        self._user_features = user_features
        self.organisation = organisation or Organisation(folder, now=real_now)
        self.relay = relay or FakeRelay()
        self.relay.resumes = resumes
        self.identities = {role: self.organisation.person(role, NAMES[role]) for role in Role}
        crl = self.organisation.crl()
        timing = timing or SessionTiming(bye=2.0, reason=0.2)
        self._timing = timing
        self.sides: dict[Role, Side] = {}
        for role in Role:
            profile = FakeProfile(role, self.identities[role], self.organisation.root, crl)
            granted_mode = mode if role is Role.USER else helper_mode or mode
            name = chosen_name if role is Role.USER else NAMES[Role.USER]
            self.sides[role] = self._side(
                role, profile, granted_mode, self._expectation(role, name, chosen or role is Role.HELPER), timing, clock
            )
        self.user, self.helper = self.sides[Role.USER], self.sides[Role.HELPER]

    def _expectation(self, role: Role, name: str, chosen: bool) -> PeerExpectation:
        uri, _ = _read(self.identities[role.other])
        return PeerExpectation(
            organisation="Example",
            role=role.other,
            uri=str(uri) if chosen else None,
            name=name if chosen else None,
        )

    def _side(
        self,
        role: Role,
        profile: FakeProfile,
        mode: Mode,
        expectation: PeerExpectation,
        timing: SessionTiming,
        clock: Any,
    ) -> Side:
        matching = FakeMatching(self.relay, profile)
        local = FakeLocal(self._user_features if role is Role.USER else ())
        granted = self.relay.grant(role, mode=mode)
        plan = SessionPlan(granted=granted, role=role, mode=mode, most=self._most, expectation=expectation)
        views: list[SessionView] = []
        events: list[SessionEvent] = []
        side: list[Side] = []

        def changed(view: SessionView) -> None:
            views.append(view)
            for one in side:
                one.changed()

        session = Session(
            plan=plan,
            matching=matching,
            local=local,
            clipboard=SharedClipboard(clipboard=self._clipboards.get(role)),
            timing=timing,
            on_change=changed,
            on_event=events.append,
            connect=self.relay.connect,
            clock=clock,
        )
        made = Side(role=role, matching=matching, local=local, session=session, views=views, events=events)
        side.append(made)
        return made

    def again(self, role: Role) -> Side:
        """The same person's agent, started anew: it knows the request, and nothing of what was before."""
        mode = self.sides[role].session.view.mode
        profile = self.sides[role].matching.profile
        name = NAMES[role.other]
        return self._side(role, profile, mode, self._expectation(role, name, True), self._timing, None)

    def start(self) -> None:
        """Run both."""
        for side in self.sides.values():
            side.start()

    async def connect(self) -> None:
        """Run both until they are connected."""
        self.start()
        for side in self.sides.values():
            await side.phase(SessionPhase.CONNECTED)

    async def stream(self) -> int:
        """Start an RFB stream and wait until both sides have it."""
        assert self.helper.local.link is not None
        n = self.helper.local.link.start_stream()
        await self.user.until(lambda: ("stream", n) in self.user.local.told)
        assert self.user.local.link is not None
        self.user.local.link.stream_ready(n)
        await self.helper.until(lambda: ("stream", n) in self.helper.local.told)
        return n

    async def stop(self) -> None:
        """End what still runs."""
        for side in self.sides.values():
            side.session.stop()
        for side in self.sides.values():
            if side.running is not None:
                await side.end()


def _read(identity: Identity) -> tuple[IdentityUri, str]:
    from common.net.certificates import verify_issued

    peer = verify_issued(identity.chain, identity.chain[-1])
    return peer.uri, peer.name
