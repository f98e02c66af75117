"""The matching connection's driver: a fake relay at the other end of a fake WebSocket, a clock that stands still."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.agent.matching.matching import RENEWS_AFTER, Matching
from common.agent.views import MatchingView
from common.host.errors import TasukiError
from common.net.certificates import CertificateError, Fault, Identity, check_signature
from common.net.dial import DialError
from common.net.proxy_routes import DIRECT
from common.net.websocket_api import WebSocketState
from common.protocol.backoff import Backoff
from common.protocol.identity import NAME_LIMIT, Role, matching_challenge
from common.protocol.matching_client import MatchingPhase
from common.protocol.messages import (
    Accept,
    Active,
    Cancel,
    Code,
    Crl,
    Decline,
    End,
    Ended,
    Error,
    FromAgent,
    FromRelay,
    Granted,
    Hello,
    HelperEntry,
    Helpers,
    Hosts,
    Identify,
    Mode,
    Over,
    Peer,
    Refused,
    RenewNow,
    Request,
    SetStatus,
    Status,
    To,
    ToAnyone,
    ToGroup,
    ToHelper,
    Transfer,
    Waiting,
    Watch,
    Welcome,
    decode_from_agent,
    encode,
)
from common.protocol.reasons import Why
from common.protocol.texts import TEXT_LIMIT
from tests.support.ca import Organisation
from tests.support.clock import FakeClock
from tests.support.sessions import SESSION, real_now

RELAY = "relay.example"
NONCE = bytes(range(32))
URI = "tasuki://Example/helper/00000000-0000-4000-8000-000000000001"


class FakeProfile:
    """As much of a profile as matching uses."""

    def __init__(self, organisation: Organisation, role: Role) -> None:
        self.role = role
        self.identity: Identity = organisation.person(role, "Anna")
        self.name = "Anna"
        self.organisation = self.organisation_name = "Example"
        self.root = organisation.root
        self.relay_host = RELAY
        self.passed_over: list[str] = []
        self.hosts: list[bytes] = []
        self.relay_port = 443
        self.crl: Any = None
        self.fault: Fault | None = None
        self.lists: list[bytes] = []
        self.ports: list[list[int]] = []

    def accept_crl(self, der: bytes) -> Any:
        """Keep it, or refuse it."""
        if self.fault is not None:
            raise CertificateError(self.fault, "refused")
        self.lists.append(der)
        self.crl = object()
        return self.crl

    def accept_hosts(self, document: bytes) -> Any:
        """Keep it, or refuse it."""
        if self.fault is not None:
            raise CertificateError(self.fault, "refused")
        self.hosts.append(document)

    def pass_over(self, host: str) -> None:
        """Remember it."""
        self.passed_over.append(host)


class FakeSocket:
    """The WebSocket, as far as Matching and Heartbeat use one."""

    def __init__(self, listener: Any, host: str) -> None:
        self.listener = listener
        self.host = host
        self.state = WebSocketState.OPEN
        self.heard = 0
        self.pings = 0
        self.sent: list[FromAgent] = []
        self.closed_with: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state is WebSocketState.OPEN

    def send(self, payload: str) -> None:
        self.sent.append(decode_from_agent(payload))

    def ping(self) -> None:
        self.pings += 1

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.lose(code)

    def abort(self) -> None:
        self.lose(1006)

    def lose(self, code: int) -> None:
        """It is gone."""
        if self.closed_with is None:
            self.closed_with, self.state = code, WebSocketState.CLOSED
            self.listener.closed(self, code, "")

    def say(self, *messages: FromRelay) -> None:
        """The relay says something."""
        for message in messages:
            self.raw(encode(message))

    def raw(self, payload: str | bytes) -> None:
        """Something comes."""
        self.heard += 1
        self.listener.message(self, payload)


class Relay:
    """What is dialled."""

    def __init__(self) -> None:
        self.sockets: list[FakeSocket] = []
        self.dials: list[tuple[Any, ...]] = []
        self.problem: Exception | None = None
        self.hold: asyncio.Event | None = None
        self.hello: Hello | None = None  # said before whoever dials gets a turn

    async def connect(self, host: str, port: int, *, listener: Any, **settings: Any) -> Any:
        self.dials.append((host, port, settings))
        if self.hold is not None:
            await self.hold.wait()
        if self.problem is not None:
            raise self.problem
        socket = FakeSocket(listener, host)
        self.sockets.append(socket)
        listener.opened(socket)
        if self.hello is not None:
            socket.say(self.hello)
        listener.paused(socket)
        listener.resumed(socket)
        return socket

    @property
    def socket(self) -> FakeSocket:
        """The newest connection."""
        return self.sockets[-1]


class House:
    """A Matching with everything around it."""

    def __init__(self, folder: Path, role: Role = Role.USER) -> None:
        self.organisation = Organisation(folder, now=real_now)
        self.profile = FakeProfile(self.organisation, role)
        self.relay = Relay()
        self.clock = FakeClock(start=datetime.fromtimestamp(1000.0, UTC))
        self.views: list[MatchingView] = []
        self.heard: list[object] = []
        self.wishes: list[float] = []
        self.matching = Matching(
            profile=self.profile,
            agent="test/1",
            routes=DIRECT,
            on_change=self.views.append,
            clock=self.clock,
            random=lambda: 0.5,
            random_bytes=lambda count: bytes(range(count)),
            connect=self.relay.connect,
            backoff=Backoff(random=lambda: 1.0),
            on_ports=self.profile.ports.append,
            on_renewal_wanted=lambda: self.wishes.append(self.clock.monotonic()),
        )
        self.matching.subscribe(self.heard.append)

    async def turn(self, until: Callable[[], object] = lambda: False) -> None:
        """Let the loop turn."""
        for _ in range(10):
            await asyncio.sleep(0)
            if until():
                return

    async def come_online(self) -> FakeSocket:
        """Connect, greet, welcome."""
        self.matching.start()
        await self.turn(lambda: self.phase is MatchingPhase.GREETING)
        self.greet()
        return self.relay.socket

    def greet(self) -> None:
        """Hello and welcome on the newest connection."""
        self.relay.socket.say(
            Hello(nonce=NONCE, relay=RELAY, time=1000.0),
            Welcome(account="a", name="Anna", crl=b"list", organisation="Example", ports=[443, 8080]),
        )

    @property
    def phase(self) -> MatchingPhase:
        """Where the connection is."""
        return self.matching.view.phase

    @property
    def code(self) -> str | None:
        """What the person reads is called so."""
        problem = self.matching.view.problem
        return problem.code if problem else None


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A user's."""
    return House(tmp_path)


async def test_it_proves_itself_and_is_online(house: House) -> None:
    """By the profile's identity, over a trusted connection, along the routes that were handed in."""
    socket = await house.come_online()
    host, port, settings = house.relay.dials[0]
    assert (host, port, settings["target"], settings["subprotocol"]) == (
        RELAY,
        443,
        "/v1/matching",
        "tasuki.matching.v1",
    )
    assert settings["trust"].root_der == house.profile.root
    assert settings["routes"] is DIRECT
    identify = socket.sent[0]
    assert isinstance(identify, Identify)
    assert tuple(identify.chain) == house.profile.identity.chain
    check_signature(identify.chain[0], identify.signature, matching_challenge(RELAY, NONCE))
    view = house.matching.view
    assert (view.phase, view.account, view.name, view.organisation, view.problem) == (
        MatchingPhase.ONLINE, "a", "Anna", "Example", None,
    )  # fmt: skip
    assert list(dict.fromkeys(one.phase for one in house.views)) == [
        MatchingPhase.DIALLING,
        MatchingPhase.GREETING,
        MatchingPhase.ONLINE,
    ]
    assert house.profile.lists == [b"list"]
    await house.matching.online(1)
    await house.matching.stop()
    assert socket.closed_with == 1000
    assert house.phase is MatchingPhase.STOPPED
    assert house.clock.waiting == 0


async def test_a_hello_that_comes_with_the_handshake(house: House) -> None:
    """Is not too early."""
    house.relay.hello = Hello(nonce=NONCE, relay=RELAY, time=1000.0)
    house.matching.start()
    await house.turn(lambda: house.relay.sockets and house.relay.socket.sent)
    assert isinstance(house.relay.socket.sent[0], Identify)
    await house.matching.stop()


async def test_ports_that_the_relay_tells_are_handed_on(house: House) -> None:
    """Once, however often it tells the same."""
    await house.come_online()
    house.matching.watch(True)
    assert house.profile.ports == [[443, 8080]]


async def test_it_comes_back_after_a_loss(house: House) -> None:
    """After a second, with the request and the list asked for again."""
    socket = await house.come_online()
    house.matching.watch(True)
    request = house.matching.request(to=ToHelper(uri=URI), mode=Mode.VIEW, name="Hana", topic="printer")
    assert [type(one) for one in socket.sent] == [Identify, Watch, Request]
    socket.lose(1006)
    view = house.matching.view
    assert (view.phase, house.code) == (MatchingPhase.RETRYING, "relay_lost")
    assert not house.matching.send(Active(session=SESSION))
    house.clock.advance(1.0)
    await house.turn()
    house.greet()
    assert house.relay.socket is not socket
    assert house.relay.socket.sent[1:] == [
        Watch(on=True),
        Request(request=request, to=ToHelper(uri=URI), mode=Mode.VIEW, topic="printer"),
    ]
    await house.matching.stop()


async def test_dialling_that_fails_says_why(house: House) -> None:
    """As the person reads it; trying at once is possible."""
    house.relay.problem = DialError("relay_unreachable", stage="tcp", address=RELAY, detail="refused")
    house.matching.start()
    await house.turn()
    assert house.matching.view.problem is house.relay.problem
    with pytest.raises(DialError):
        await house.matching.online(0.01)
    house.relay.problem = None
    house.matching.start()
    await house.turn()
    assert house.phase is MatchingPhase.GREETING
    await house.matching.stop()


async def test_a_bug_in_dialling_is_tried_again(house: House) -> None:
    """The person reads that nothing answered; the log has the rest."""
    house.relay.problem = KeyError("bug")
    house.matching.start()
    await house.turn()
    assert (house.phase, house.code) == (MatchingPhase.RETRYING, "relay_unreachable")
    await house.matching.stop()


async def test_waiting_for_it_before_anything_went_wrong(house: House) -> None:
    """The sentence says that nothing answered."""
    with pytest.raises(TasukiError) as caught:
        await house.matching.online(0.01)
    assert caught.value.code == "relay_unreachable"


async def test_who_waits_is_told(house: House) -> None:
    """Once it is online, or at once where it is hopeless."""
    waiting = [asyncio.ensure_future(house.matching.online(10)) for _ in range(2)]
    await house.turn()
    await house.come_online()
    await asyncio.gather(*waiting)
    socket = house.relay.socket
    waiting = [asyncio.ensure_future(house.matching.online(10))]
    await waiting[0]
    socket.lose(1006)
    waiting = [asyncio.ensure_future(house.matching.online(10)) for _ in range(2)]
    await house.turn()
    house.clock.advance(2.0)
    await house.turn()
    house.relay.socket.say(Hello(nonce=NONCE, relay=RELAY, time=1.0), Refused(reason=Code.ACCOUNT_DISABLED))
    for waiter in waiting:
        with pytest.raises(TasukiError, match="disabled"):
            await waiter
    await house.matching.stop()


@pytest.mark.parametrize(
    ("reason", "time", "code"),
    [
        (Code.CERTIFICATE_EXPIRED, 1000.0, "relay_refused"),
        (Code.CERTIFICATE_EXPIRED, 1.0, "clocks_differ"),
        (Code.BAD_CERTIFICATE, 1301.0, "clocks_differ"),
        (Code.BAD_CERTIFICATE, 1299.0, "relay_refused"),
        (Code.CERTIFICATE_REVOKED, 1.0, "certificate_revoked"),
        (Code.NO_ACCOUNT, 1000.0, "account_unknown"),
        (Code.VERSION, 1000.0, "relay_version"),
        (Code.BUSY, 1000.0, "relay_refused"),
    ],
)
async def test_a_refusal_has_its_sentence(house: House, reason: Code, time: float, code: str) -> None:
    """And the connection is closed. A wrong clock is what is said where it explains the refusal."""
    house.matching.start()
    await house.turn()
    house.relay.socket.say(Hello(nonce=NONCE, relay=RELAY, time=time), Refused(reason=reason))
    assert (house.code, house.matching.view.refused) == (code, reason)
    assert house.relay.socket.closed_with == 1000
    await house.matching.stop()


async def test_another_relay_is_not_ours(house: House) -> None:
    """Nothing was signed for it."""
    house.matching.start()
    await house.turn()
    house.relay.socket.say(Hello(nonce=NONCE, relay="evil.example", time=1.0))
    assert house.code == "relay_not_ours"
    assert house.relay.socket.sent == []
    await house.matching.stop()


async def test_a_silent_relay_is_given_up(house: House) -> None:
    """After 20 seconds."""
    house.matching.start()
    await house.turn()
    house.clock.advance(20)
    assert house.code == "relay_unreachable"
    assert house.relay.socket.closed_with == 1000
    await house.matching.stop()


async def test_a_newer_connection_elsewhere(house: House) -> None:
    """This one steps aside and says so."""
    socket = await house.come_online()
    socket.lose(4001)
    assert (house.matching.view.phase, house.code) == (MatchingPhase.REPLACED, "connected_elsewhere")
    with pytest.raises(TasukiError):
        await house.matching.online(0.01)
    await house.matching.stop()


async def test_what_is_no_message(house: House) -> None:
    """Of a later relay it is ignored; binary is not, nor anything before welcome."""
    socket = await house.come_online()
    socket.raw('{"type":"dance"}')
    assert house.code is None
    socket.raw(b"\x00")
    assert house.code == "relay_not_ours"
    house.matching.start()
    await house.turn()
    house.relay.socket.raw("nonsense")
    assert house.phase is MatchingPhase.RETRYING
    await house.matching.stop()


async def test_a_revocation_list_that_is_refused(house: House) -> None:
    """An older one leaves the newest in force; without any good one nobody could be checked, so it is not online."""
    socket = await house.come_online()
    house.profile.fault = Fault.CRL_ROLLED_BACK
    socket.say(Crl(der=b"older"))
    assert house.code is None
    assert house.profile.lists == [b"list"]
    house.profile.crl = None
    socket.say(Crl(der=b"foreign"))
    assert house.phase is MatchingPhase.RETRYING
    await house.matching.stop()


async def test_a_wrong_clock_is_seen(house: House) -> None:
    """For a sentence; nothing else depends on it."""
    house.matching.start()
    await house.turn()
    house.relay.socket.say(Hello(nonce=NONCE, relay=RELAY, time=400.0))
    assert house.matching.view.clock_skew == house.matching.clock_skew == 600.0
    await house.matching.stop()


@pytest.mark.parametrize(("off", "code"), [(93600.0, "clocks_differ"), (-93600.0, "clocks_differ"), (80000.0, None)])
@pytest.mark.parametrize("role", [Role.USER, Role.HELPER])
async def test_a_clock_that_is_days_off_is_said_before_anybody_is_asked(
    tmp_path: Path, role: Role, off: float, code: str | None
) -> None:
    """To whoever sits before it, and nothing goes out."""
    house = House(tmp_path, role)
    house.matching.start()
    await house.turn()
    house.relay.socket.say(
        Hello(nonce=NONCE, relay=RELAY, time=1000.0 - off), Welcome(account="a", name="Anna", crl=b"list")
    )
    sent = len(house.relay.socket.sent)

    def ask() -> None:
        if role is Role.USER:
            house.matching.request(to=ToAnyone(), mode=Mode.VIEW)
        else:
            house.matching.accept("0" * 32)

    if code is None:
        ask()
    else:
        with pytest.raises(TasukiError) as caught:
            ask()
        assert (caught.value.code, caught.value.facts["difference"]) == (code, timedelta(seconds=off))
        assert len(house.relay.socket.sent) == sent
    await house.matching.stop()


async def test_a_sign_in_page_is_looked_for_again_soon(house: House) -> None:
    """Whatever the backoff says: every ten seconds, until the network lets us out."""
    house.relay.problem = DialError("captive_portal", stage="tls", url="http://relay.example/")
    house.matching.start()
    for _ in range(12):
        await house.turn(lambda: house.phase is MatchingPhase.RETRYING)
        assert (house.phase, house.code) == (MatchingPhase.RETRYING, "captive_portal")
        house.clock.advance(10.0)
    house.relay.problem = None
    await house.turn(lambda: house.phase is MatchingPhase.GREETING)
    assert (house.phase, len(house.relay.dials)) == (MatchingPhase.GREETING, 13)
    await house.matching.stop()


async def test_the_heart_beats(house: House) -> None:
    """Pings go out while it is online, and a dead relay is noticed."""
    socket = await house.come_online()
    for _ in range(5):
        socket.heard += 1
        house.clock.advance(12.0)
    assert socket.pings >= 4
    assert socket.closed_with is None
    house.clock.advance(24.0)
    assert socket.closed_with == 1006
    assert house.code == "relay_lost"
    await house.matching.stop()


async def test_a_request_and_its_life(house: House) -> None:
    """Asked once, waiting, granted: the plan comes from memory; over."""
    socket = await house.come_online()
    request = house.matching.request(to=ToHelper(uri=URI), mode=Mode.CONTROL, name="Hana")
    with pytest.raises(TasukiError) as caught:
        house.matching.request(to=ToAnyone(), mode=Mode.VIEW)
    assert caught.value.code == "request_open"
    socket.say(Waiting(request=request, position=3, to=ToHelper(uri=URI)))
    assert house.matching.view.request is not None
    assert house.matching.view.request.position == 3
    granted = Granted(
        request=request, session=SESSION, ticket="t", legs=[], peer=Peer(uri="x", name="y"), mode=Mode.CONTROL,
        to=ToAnyone(),
    )  # fmt: skip
    socket.say(granted)
    plan = house.matching.plan(granted)
    assert plan is not None
    assert (plan.expectation.uri, plan.expectation.name) == (URI, "Hana")
    house.matching.active(SESSION)
    house.matching.end(SESSION, Why.USER_ENDED)
    assert socket.sent[-2:] == [Active(session=SESSION), End(session=SESSION, why=Why.USER_ENDED)]
    assert house.matching.view.request is None
    socket.say(Over(request=request, why=Why.USER_ENDED), Ended(session=SESSION, why=Why.USER_ENDED))
    assert [type(one) for one in house.heard] == [Waiting, Granted, Over, Ended]
    await house.matching.stop()


async def test_asking_again_at_once_after_a_loss(house: House) -> None:
    """What may still be open at the relay is taken back before the new request, in that order."""
    socket = await house.come_online()
    first = house.matching.request(to=ToAnyone(), mode=Mode.VIEW)
    peer = Peer(uri="x", name="y")
    socket.say(Granted(request=first, session=SESSION, ticket="t", legs=[], peer=peer, mode=Mode.VIEW, to=ToAnyone()))
    house.matching.end(SESSION, Why.CUT)
    second = house.matching.request(to=ToAnyone(), mode=Mode.VIEW)
    assert socket.sent[-2:] == [Cancel(request=first), Request(request=second, to=ToAnyone(), mode=Mode.VIEW)]
    await house.matching.stop()


async def test_other_words(house: House) -> None:
    """The same request again, if one waits."""
    socket = await house.come_online()
    assert not house.matching.change_topic("smoke")
    request = house.matching.request(to=ToAnyone(), mode=Mode.VIEW, topic="printer")
    assert house.matching.change_topic("smoke")
    assert socket.sent[-1] == Request(request=request, to=ToAnyone(), mode=Mode.VIEW, topic="smoke")
    await house.matching.stop()


LONG = "x" * (TEXT_LIMIT + 1)


@pytest.mark.parametrize(
    ("topic", "to", "code"),
    [
        (LONG, ToAnyone(), "text_too_long"),
        ("\udce9", ToAnyone(), "text_not_utf8"),
        ("printer", ToGroup(group="x" * (NAME_LIMIT + 1)), "group_unknown"),
        ("printer", ToGroup(group="De\0sk"), "group_unknown"),
        ("printer", ToHelper(uri="tasuki://Example/helper/\udce9"), "helper_unknown"),
    ],
)
async def test_what_cannot_be_asked(house: House, topic: str, to: To, code: str) -> None:
    """It is refused with a sentence before anything is sent, and another request can be made."""
    socket = await house.come_online()
    sent = len(socket.sent)
    with pytest.raises(TasukiError) as refused:
        house.matching.request(to=to, mode=Mode.VIEW, topic=topic, name="x" if isinstance(to, ToHelper) else None)
    assert refused.value.code == code
    assert len(socket.sent) == sent
    house.matching.request(to=ToAnyone(), mode=Mode.VIEW, topic="x" * TEXT_LIMIT)
    with pytest.raises(TasukiError):
        house.matching.change_topic(LONG)
    assert house.matching.change_topic("a\r\nb\0")
    assert isinstance(socket.sent[-1], Request)
    assert socket.sent[-1].topic == "a\nb"
    await house.matching.stop()


async def test_words_that_a_helper_cannot_send(tmp_path: Path) -> None:
    """A reason or a note that is too long, and whom nobody can be called."""
    house = House(tmp_path, Role.HELPER)
    socket = await house.come_online()
    sent = len(socket.sent)
    with pytest.raises(TasukiError, match="501"):
        house.matching.decline(SESSION, LONG)
    with pytest.raises(TasukiError, match="501"):
        house.matching.transfer(SESSION, ToAnyone(), LONG)
    with pytest.raises(TasukiError, match="no group"):
        house.matching.transfer(SESSION, ToGroup(group="a\u202eb"))
    assert len(socket.sent) == sent
    await house.matching.stop()


async def test_what_cannot_be_said_now_is_said_later(house: House) -> None:
    """A withdrawn request must not wait on at the relay."""
    house.matching.cancel()
    request = house.matching.request(to=ToAnyone(), mode=Mode.VIEW)
    house.matching.cancel()
    house.matching.end(SESSION, Why.CUT)
    socket = await house.come_online()
    assert socket.sent[1:] == [Cancel(request=request), End(session=SESSION, why=Why.CUT)]
    await house.matching.stop()


async def test_a_helpers_words(tmp_path: Path) -> None:
    """Each is sent while online; None of them while not."""
    house = House(tmp_path, Role.HELPER)
    assert not house.matching.accept(SESSION)
    socket = await house.come_online()
    house.matching.set_status(Status.BUSY)
    assert house.matching.view.status is Status.BUSY
    assert house.matching.accept(SESSION)
    assert house.matching.decline(SESSION, "lunch")
    assert house.matching.transfer(SESSION, ToAnyone(), "note")
    assert socket.sent[1:] == [
        SetStatus(status=Status.BUSY),
        Accept(request=SESSION),
        Decline(request=SESSION, why="lunch"),
        Transfer(request=SESSION, to=ToAnyone(), note="note"),
    ]
    await house.matching.stop()


async def test_lists_are_for_the_view_and_events_for_subscribers(house: House) -> None:
    """Until they no longer want any; a bug in one of them is its own."""

    def broken(_: object) -> None:
        raise RuntimeError("window")

    house.matching.subscribe(broken)
    heard: list[object] = []
    stop = house.matching.subscribe(heard.append)
    socket = await house.come_online()
    entry = HelperEntry(uri=URI, name="Hana")
    socket.say(Helpers(reset=True, set=[entry]), Error(about="watch", code=Code.NOT_NOW))
    assert list(house.matching.view.helpers) == [entry]
    assert heard == [Error(about="watch", code=Code.NOT_NOW)]
    stop()
    stop()
    socket.say(Error(about="watch", code=Code.NOT_NOW))
    assert len(heard) == 1
    await house.matching.stop()


async def test_stopping_while_it_dials(house: House) -> None:
    """The dialling is given up."""
    house.relay.hold = asyncio.Event()
    house.matching.start()
    await house.turn(lambda: house.relay.dials)
    await house.matching.stop()
    assert house.phase is MatchingPhase.STOPPED
    assert house.relay.sockets == []


async def test_after_hanging_up_nothing_is_heard(house: House) -> None:
    """What was still under way of an old connection does nothing."""
    socket = await house.come_online()
    await house.matching.stop()
    socket.raw(encode(Error(about="watch", code=Code.NOT_NOW)))
    socket.listener.closed(socket, 1006, "")
    socket.listener.opened(socket)
    assert house.heard == []
    assert house.phase is MatchingPhase.STOPPED


@pytest.mark.parametrize("time", [1000.0, 1.0])
async def test_an_expired_certificate_is_no_reason_to_give_up(house: House, time: float) -> None:
    """As the relay says: the next try, soon, is preceded by a renewal, and who waits waits for it."""
    house.matching.start()
    await house.turn()
    waiting = asyncio.ensure_future(house.matching.online(30.0))
    await house.turn()
    house.relay.socket.say(Hello(nonce=NONCE, relay=RELAY, time=time), Refused(reason=Code.CERTIFICATE_EXPIRED))
    assert not waiting.done()
    house.clock.advance(5.0)
    await house.turn(lambda: house.phase is MatchingPhase.GREETING)
    house.greet()
    await waiting
    await house.matching.stop()


async def test_lists_of_names_are_kept_or_refused(house: House) -> None:
    """Out of welcome and afterwards; a refused one ends nothing."""
    house.matching.start()
    await house.turn(lambda: house.phase is MatchingPhase.GREETING)
    welcome = Welcome(account="a", name="Anna", crl=b"list", hosts=b"first")
    house.relay.socket.say(Hello(nonce=NONCE, relay=RELAY, time=1000.0), welcome, Hosts(signed=b"second"))
    assert house.profile.hosts == [b"first", b"second"]
    house.profile.fault = Fault.HOSTS_ROLLED_BACK
    house.relay.socket.say(Hosts(signed=b"third"))
    assert house.phase is MatchingPhase.ONLINE
    assert house.profile.hosts == [b"first", b"second"]
    assert house.profile.passed_over == []


async def test_a_name_that_another_answers_is_passed_over(house: House) -> None:
    """Who says another name than was dialled; not whoever was our relay until the connection was lost."""
    house.matching.start()
    await house.turn(lambda: house.phase is MatchingPhase.GREETING)
    house.relay.socket.say(Hello(nonce=NONCE, relay="other.example", time=1000.0))
    assert house.code == "relay_not_ours"
    assert house.profile.passed_over == [RELAY]
    house.profile.passed_over.clear()
    house.matching.start()
    await house.turn(lambda: house.phase is MatchingPhase.GREETING)
    house.greet()
    assert house.matching.relay == RELAY
    house.relay.socket.lose(1006)
    assert house.phase is MatchingPhase.RETRYING
    assert house.profile.passed_over == []


async def test_the_relay_wants_another_certificate(house: House) -> None:
    """Two seconds later it is renewed, once; then the relay sees it over a new connection, and the list is asked for again."""
    socket = await house.come_online()
    house.matching.watch(True)
    socket.say(RenewNow(), RenewNow())
    house.clock.advance(RENEWS_AFTER - 0.1)
    assert not house.wishes
    house.clock.advance(0.2)
    assert len(house.wishes) == 1
    house.profile.identity = house.organisation.person(Role.USER, "Anna Berg")
    house.matching.certificate_renewed()
    assert socket.closed_with == 1000
    await house.turn(lambda: house.phase is MatchingPhase.GREETING)
    house.greet()
    identify, watch = house.relay.socket.sent
    assert isinstance(identify, Identify)
    assert tuple(identify.chain) == house.profile.identity.chain
    assert isinstance(watch, Watch)
    assert len(house.relay.sockets) == 2
    await house.matching.stop()
    assert house.clock.waiting == 0


async def test_nothing_is_renewed_under_somebody_who_waits(house: House) -> None:
    """A request that was asked meanwhile is over first; so is a session."""
    socket = await house.come_online()
    socket.say(RenewNow())
    house.matching.request(to=ToAnyone(), mode=Mode.VIEW)
    house.clock.advance(2 * RENEWS_AFTER)
    assert not house.wishes
    assert socket.closed_with is None
    house.matching.cancel()
    assert len(house.wishes) == 1
    await house.matching.stop()


async def test_a_certificate_that_was_renewed_already_is_shown(house: House) -> None:
    """It was due since the connection began: no other one is made."""
    socket = await house.come_online()
    house.profile.identity = house.organisation.person(Role.USER, "Anna Berg")
    socket.say(RenewNow())
    house.clock.advance(RENEWS_AFTER)
    assert not house.wishes
    assert socket.closed_with == 1000
    await house.matching.stop()


async def test_stopping_before_it_renews(house: House) -> None:
    """Nothing is renewed, and no timer is left."""
    socket = await house.come_online()
    socket.say(RenewNow())
    await house.matching.stop()
    assert house.clock.waiting == 0
    assert not house.wishes
