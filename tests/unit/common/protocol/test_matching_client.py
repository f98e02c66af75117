"""The matching connection's life as transcripts."""

from collections.abc import Callable

import msgspec
import pytest

from common.protocol.backoff import Backoff
from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from common.protocol.desk import Desk
from common.protocol.identity import Role, matching_challenge
from common.protocol.matching_client import (
    FAR,
    Credentials,
    MatchingClient,
    MatchingPhase,
    MatchingTiming,
    Trouble,
)
from common.protocol.matching_effects import (
    Dial,
    Emit,
    ExpectLeg,
    Hang,
    MatchingEffect,
    RenewCertificate,
    SendMessage,
    TakeCrl,
)
from common.protocol.matching_memory import MatchingMemory
from common.protocol.messages import (
    Accept,
    Cancel,
    Code,
    Crl,
    DeskNow,
    Feature,
    FromRelay,
    Granted,
    Hello,
    Here,
    Identify,
    Mode,
    Over,
    Peer,
    Probe,
    Refused,
    RenewNow,
    Request,
    Ticket,
    ToAnyone,
    Waiting,
    Watch,
    Welcome,
)
from common.protocol.reasons import Why
from common.protocol.timers import SetTimer, StopTimer
from common.protocol.wire import CloseCode

TIMING = MatchingTiming()
NONCE = bytes(range(32))
HELLO = Hello(nonce=NONCE, relay="relay.example", time=1000.0)
WELCOME = Welcome(account="a", name="Anna", crl=b"crl", ports=[443, 80])
IDENTIFY = Identify(
    chain=[b"leaf", b"root"],
    signature=b"signed " + matching_challenge("relay.example", NONCE),
    agent="test/1",
    features=list(Feature),
)
REQUEST = Request(request="a" * 32, to=ToAnyone(), mode=Mode.VIEW)


class Script:
    """A client and its inputs by name."""

    def __init__(self) -> None:
        self.memory = MatchingMemory(role=Role.USER, organisation="Example")
        self.client = MatchingClient(
            agent="test/1",
            credentials=lambda: Credentials(chain=(b"leaf", b"root"), sign=lambda text: b"signed " + text),
            memory=self.memory,
            backoff=Backoff(random=lambda: 1.0),
        )

    def hear(self, message: FromRelay, now: float = 1000.0) -> list[MatchingEffect]:
        """The relay says something."""
        return self.client.received(message, now)

    def until(self, phase: str) -> "Script":
        """Come as far as this."""
        steps: dict[str, Callable[[], object]] = {
            "dialling": self.client.start,
            "greeting": lambda: self.client.connected("relay.example"),
            "identifying": lambda: self.hear(HELLO),
            "online": lambda: self.hear(WELCOME),
        }
        for name, step in steps.items():
            step()
            if name == phase:
                break
        return self


@pytest.fixture
def script() -> Script:
    """A stopped client."""
    return Script()


@pytest.mark.parametrize("time", [1e308, -1e308])
def test_a_time_beyond_all_time_is_only_far_off(script: Script, time: float) -> None:
    """What a relay says of the time is for a sentence, and must fit into one."""
    script.client.start()
    script.client.connected("relay.example")
    script.hear(msgspec.structs.replace(HELLO, time=time), 1000.0)
    assert abs(script.client.skew) == FAR


def test_the_way_online(script: Script) -> None:
    """Dial, hello, identify with the enrolled name signed, welcome, CRL."""
    client = script.client
    phases = [client.phase]
    assert client.start() == [StopTimer(), Dial()]
    phases.append(client.phase)
    assert client.connected("relay.example") == [SetTimer(TIMING.greeting)]
    phases.append(client.phase)
    assert phases == [MatchingPhase.STOPPED, MatchingPhase.DIALLING, MatchingPhase.GREETING]
    assert script.hear(HELLO, 1003.5) == [SendMessage(IDENTIFY), SetTimer(TIMING.greeting)]
    assert client.skew == 3.5
    assert script.hear(WELCOME) == [SetTimer(TIMING.settled), TakeCrl(b"crl")]
    assert (client.phase, client.trouble, client.welcome) == (MatchingPhase.ONLINE, None, WELCOME)


def test_what_is_said_of_the_computer(script: Script) -> None:
    """Whatever was last known, in the next `identify`."""
    claim = ComputerClaim(name="PC-7", system="Debian 12", version="1.2")
    assert script.client.computer == NOT_SAID
    script.client.computer = claim
    assert script.client.computer == claim
    script.client.start()
    script.client.connected("relay.example")
    [sent, _] = script.hear(HELLO)
    assert sent == SendMessage(msgspec.structs.replace(IDENTIFY, computer=claim))


def test_what_was_asked_is_sent_again(script: Script) -> None:
    """After every welcome: the wish for the list, and the request that still waits."""
    script.until("online")
    assert script.client.send(script.memory.watch(True)) == [SendMessage(Watch(on=True))]
    assert script.client.send(script.memory.ask(REQUEST, name=None)) == [SendMessage(REQUEST)]
    script.hear(Waiting(request=REQUEST.request, position=1, to=ToAnyone()))
    script.client.lost(1006)
    assert script.client.send(REQUEST) == []
    script.client.timer()
    script.client.connected("relay.example")
    script.hear(HELLO)
    assert script.hear(WELCOME)[2:] == [SendMessage(Watch(on=True)), SendMessage(REQUEST)]


def test_what_the_relay_says_is_passed_on(script: Script) -> None:
    """And folded into memory; a CRL is for the profile."""
    script.until("online")
    over = Over(request="a" * 32, why=Why.EXPIRED)
    assert script.hear(over) == [Emit(over)]
    assert script.hear(Crl(der=b"newer")) == [TakeCrl(b"newer")]


def test_a_probe_of_the_own_request_is_answered(script: Script) -> None:
    """By the agent itself, once for each; of another request it knows nothing."""
    script.until("online")
    assert script.hear(Probe(request=REQUEST.request)) == []
    script.client.send(script.memory.ask(REQUEST, name=None))
    answer = [SendMessage(Here(request=REQUEST.request)), ExpectLeg((443, 80))]
    assert script.hear(Probe(request=REQUEST.request)) == answer
    assert script.hear(Probe(request="b" * 32)) == []


def test_a_leg_is_expected(script: Script) -> None:
    """Once a helper has accepted, or another ticket was asked for; not while nothing can be said."""
    script.until("online")
    for message in (Accept(request="a" * 32), Ticket(session="b" * 32)):
        assert script.client.send(message) == [SendMessage(message), ExpectLeg((443, 80))]
    script.client.lost(1006)
    assert script.client.send(Accept(request="a" * 32)) == []


def test_the_desk_as_it_is_by_now(script: Script) -> None:
    """Later words on hours and telephone take the place of those of the welcome."""
    script.until("online")
    assert script.hear(DeskNow(desk=Desk(telephone="1234", open=[(1.0, 2.0)]))) == []
    assert script.client.welcome is not None
    assert script.client.welcome.desk == Desk(telephone="1234", open=[(1.0, 2.0)])
    assert script.client.welcome.name == WELCOME.name


def test_memory_may_answer(script: Script) -> None:
    """A request that was given up here and goes on at the relay is taken back."""
    script.until("online")
    script.client.send(script.memory.ask(REQUEST, name=None))
    peer = Peer(uri="tasuki://Example/helper/00000000-0000-4000-8000-000000000001", name="Hana")
    session = "b" * 32
    script.hear(
        Granted(request=REQUEST.request, session=session, ticket="t", legs=[], peer=peer, mode=Mode.VIEW, to=ToAnyone())
    )
    script.memory.end(session, Why.CUT)
    waiting = Waiting(request=REQUEST.request, position=1, to=ToAnyone())
    assert script.hear(waiting) == [SendMessage(Cancel(request=REQUEST.request)), Emit(waiting)]


@pytest.mark.parametrize("phase", ["greeting", "identifying", "online"])
def test_a_lost_connection_is_tried_again(script: Script, phase: str) -> None:
    """After a delay that grows."""
    script.until(phase)
    assert script.client.lost(1006) == [SetTimer(1.0)]
    assert (script.client.phase, script.client.trouble) == (MatchingPhase.RETRYING, Trouble.LOST)
    assert script.client.timer() == [StopTimer(), Dial()]
    assert script.client.failed() == [SetTimer(2.0)]
    assert script.client.trouble is Trouble.UNREACHED


def test_a_delay_can_be_cut_short(script: Script) -> None:
    """The person says: now."""
    script.until("dialling")
    script.client.failed()
    assert script.client.start() == [StopTimer(), Dial()]


def test_a_settled_connection_starts_small_again(script: Script) -> None:
    """A minute online forgives what was before."""
    script.until("dialling")
    script.client.failed()
    script.client.timer()
    script.client.failed()
    script.until("online")
    assert script.client.timer() == []
    assert script.client.lost(1006) == [SetTimer(1.0)]


@pytest.mark.parametrize("phase", ["greeting", "identifying"])
def test_a_relay_that_says_nothing(script: Script, phase: str) -> None:
    """Is given up."""
    script.until(phase)
    assert script.client.timer() == [Hang(), SetTimer(1.0)]
    assert script.client.trouble is Trouble.SLOW


def test_another_relay_gets_no_signature(script: Script) -> None:
    """`hello.relay` must be the enrolled name."""
    script.until("greeting")
    assert script.hear(Hello(nonce=NONCE, relay="evil.example", time=0.0)) == [Hang(), SetTimer(1.0)]
    assert script.client.trouble is Trouble.WRONG_RELAY


def test_a_version_nobody_here_knows(script: Script) -> None:
    """Is a refusal that will not change soon."""
    script.until("greeting")
    assert script.hear(Hello(nonce=NONCE, relay="relay.example", time=0.0, versions=[2])) == [Hang(), SetTimer(61.0)]
    assert script.client.refused is Code.VERSION


@pytest.mark.parametrize("phase", ["greeting", "identifying"])
def test_a_relay_that_skips_steps_is_none(script: Script, phase: str) -> None:
    """A short nonce, or lists before welcome."""
    script.until(phase)
    message = Hello(nonce=b"short", relay="relay.example", time=0.0) if phase == "greeting" else Crl(der=b"")
    assert script.hear(message) == [Hang(), SetTimer(1.0)]
    assert script.client.trouble is Trouble.PROTOCOL


def test_nobody_is_welcome_before_the_proof(script: Script) -> None:
    """Whoever says so is no relay."""
    script.until("greeting")
    assert script.hear(WELCOME) == [Hang(), SetTimer(1.0)]
    assert script.client.trouble is Trouble.PROTOCOL


def test_what_cannot_be_read(script: Script) -> None:
    """Ends the connection; the next try may be better."""
    script.until("identifying")
    assert script.client.broken() == [Hang(), SetTimer(1.0)]


@pytest.mark.parametrize(
    ("reason", "code", "delay"),
    [
        ("account_disabled", Code.ACCOUNT_DISABLED, 61.0),
        ("busy", Code.BUSY, 1.0),
        ("something_later", Code.NOT_ALLOWED, 1.0),
    ],
)
@pytest.mark.parametrize("phase", ["identifying", "online"])
def test_a_refusal_says_why(script: Script, phase: str, reason: str, code: Code, delay: float) -> None:
    """What another try will not change is tried seldom; a welcome forgets it."""
    script.until(phase)
    assert script.hear(Refused(reason=reason)) == [Hang(), SetTimer(delay)]
    assert (script.client.trouble, script.client.refused) == (Trouble.REFUSED, code)
    script.until("online")
    assert script.client.refused is None


def test_stepping_aside_for_a_newer_connection(script: Script) -> None:
    """Two windows must not chase each other away for ever: it comes back only when told."""
    script.until("online")
    assert script.client.lost(CloseCode.REPLACED) == [StopTimer()]
    assert (script.client.phase, script.client.trouble) == (MatchingPhase.REPLACED, Trouble.REPLACED)
    assert script.client.start() == [StopTimer(), Dial()]


@pytest.mark.parametrize("phase", ["greeting", "identifying"])
def test_replaced_before_it_was_anything(script: Script, phase: str) -> None:
    """Is just a loss."""
    script.until(phase)
    assert script.client.lost(CloseCode.REPLACED) == [SetTimer(1.0)]


@pytest.mark.parametrize("phase", ["dialling", "greeting", "identifying", "online"])
def test_stopping_hangs_up(script: Script, phase: str) -> None:
    """At any moment; starting while it runs changes nothing."""
    script.until(phase)
    assert script.client.start() == []
    assert script.client.stop() == [StopTimer(), Hang()]
    assert script.client.phase is MatchingPhase.STOPPED
    assert script.client.stop() == []


def test_stopping_while_it_waits(script: Script) -> None:
    """There is nothing to hang up."""
    script.until("online")
    script.client.lost(CloseCode.REPLACED)
    assert script.client.stop() == [StopTimer()]
    script.until("dialling")
    script.client.failed()
    assert script.client.stop() == [StopTimer()]
    assert script.client.trouble is None


def test_greetings_said_twice_change_nothing(script: Script) -> None:
    """Late but legal."""
    script.until("identifying")
    assert script.hear(HELLO) == []
    script.hear(WELCOME)
    assert script.hear(HELLO) == script.hear(WELCOME) == []


@pytest.mark.parametrize("phase", ["dialling", "greeting", "identifying"])
def test_another_network_is_dialled_anew(script: Script, phase: str) -> None:
    """What was begun in the one before leads nowhere."""
    script.until(phase)
    assert script.client.anew() == [StopTimer(), Hang(), Dial()]
    assert script.client.phase is MatchingPhase.DIALLING


def test_another_network_where_nothing_is_dialled(script: Script) -> None:
    """Whoever is online finds out by a sign of life."""
    assert script.client.anew() == []
    script.until("online")
    assert script.client.anew() == []


def test_everybody_comes_back_over_the_time_that_the_relay_tells(script: Script) -> None:
    """Else all of them would come in the same second."""
    script.until("identifying")
    script.hear(msgspec.structs.replace(WELCOME, spread=15.0))
    assert script.client.lost(1006) == [SetTimer(15.0)]


def test_another_certificate_is_shown_at_once(script: Script) -> None:
    """The relay asks for one; with it the connection is made anew, and what waits is asked for again."""
    client = script.until("online").client
    client.send(script.memory.ask(REQUEST, name=None))
    assert script.hear(RenewNow()) == [RenewCertificate()]
    assert client.phase is MatchingPhase.ONLINE
    assert client.renewed() == [StopTimer(), Hang(), Dial()]
    client.connected("relay.example")
    script.hear(HELLO)
    assert SendMessage(REQUEST) in script.hear(WELCOME)


@pytest.mark.parametrize("phase", ["stopped", "dialling", "greeting", "identifying"])
def test_another_certificate_while_not_online(script: Script, phase: str) -> None:
    """What has not said hello shows it by itself; what may have shown the old one begins anew."""
    if phase != "stopped":
        script.until(phase)
    anew = phase in {"greeting", "identifying"}
    assert script.client.renewed() == ([StopTimer(), Hang(), Dial()] if anew else [])
