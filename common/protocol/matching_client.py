"""The life of an agent's matching connection: told what happened, it returns what to do.

One machine, for both roles. It knows nothing of sockets; what was asked for over the connection is remembered in
matching_memory, and sent again once the connection is back. One room, though a large one: a machine's states and transitions
are read together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, assert_never

import msgspec
from automat import TypeMachineBuilder

from common.protocol.backoff import Backoff
from common.protocol.computer_claim import NOT_SAID, ComputerClaim
from common.protocol.desk import Desk
from common.protocol.identity import NONCE_SIZE, matching_challenge
from common.protocol.matching_effects import (
    Dial,
    Emit,
    ExpectLeg,
    Hang,
    MatchingEffect,
    RenewCertificate,
    SendMessage,
    TakeCrl,
    TakeHosts,
)
from common.protocol.matching_memory import MatchingMemory
from common.protocol.messages import (
    Accept,
    Code,
    Crl,
    DeskNow,
    Ended,
    Error,
    Feature,
    FromAgent,
    FromRelay,
    Granted,
    Hello,
    Helpers,
    Here,
    Hosts,
    Identify,
    Over,
    Probe,
    Recorded,
    Refused,
    RenewNow,
    Requests,
    Ticket,
    Waiting,
    Welcome,
    Yours,
)
from common.protocol.timers import SetTimer, StopTimer
from common.protocol.wire import CloseCode

VERSION: Final = 1
HOPELESS: Final = frozenset(
    {
        Code.BAD_SIGNATURE,
        Code.BAD_CERTIFICATE,
        Code.CERTIFICATE_REVOKED,
        Code.ACCOUNT_DISABLED,
        Code.NO_ACCOUNT,
        Code.VERSION,
    }
)
"""Refusals that another try a second later will not change. An expired certificate is renewed at the next try."""

FAR: Final = 100 * 365 * 86400.0
"""Seconds: a clock that is further off is as wrong as can be said."""


class MatchingPhase(StrEnum):
    """Where the connection is."""

    STOPPED = "stopped"
    DIALLING = "dialling"
    GREETING = "greeting"  # connected; hello, identify
    ONLINE = "online"
    RETRYING = "retrying"  # lost, refused or not reached: tries again by itself
    REPLACED = "replaced"  # the same certificate has connected elsewhere: comes back only at `start`


class Trouble(StrEnum):
    """Why it is not online."""

    UNREACHED = "unreached"  # dialling failed; the driver knows why
    LOST = "lost"
    SLOW = "slow"  # no hello or no welcome in time
    WRONG_RELAY = "wrong_relay"  # hello names another relay than was dialled
    REFUSED = "refused"  # `refused` says why
    PROTOCOL = "protocol"  # what came is not the beginning of matching
    REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What the agent proves itself with: the chain (DER, leaf first), and the signature over a text by the leaf's key."""

    chain: tuple[bytes, ...]
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class MatchingTiming:
    """Seconds."""

    greeting: float = 20.0  # for hello, and again for welcome
    settled: float = 60.0  # online for so long: the next loss starts with a small delay again
    hopeless: float = 60.0  # at least, after a refusal that will not change by itself
    retry: float = (
        10.0  # at most between two tries at a relay that is not there; one that is there and slow is spared for longer
    )


class _MatchingInputs(Protocol):
    """Inputs of the machine."""

    def start(self) -> list[MatchingEffect]:
        """Be online, and try now."""

    def stop(self) -> list[MatchingEffect]:
        """Be offline."""

    def anew(self) -> list[MatchingEffect]:
        """The network has changed: what is under way is begun again."""

    def renewed(self) -> list[MatchingEffect]:
        """We have another certificate, which is to be shown."""

    def connected(self) -> list[MatchingEffect]:
        """The WebSocket is open."""

    def hello(self, hello: Hello) -> list[MatchingEffect]:
        """A hello that passed every check."""

    def welcome(self, welcome: Welcome) -> list[MatchingEffect]:
        """The relay knows us."""

    def broken(self, trouble: Trouble) -> list[MatchingEffect]:
        """Our side gives this connection up."""

    def lost(self, trouble: Trouble) -> list[MatchingEffect]:
        """It did not come about, or is gone."""

    def replaced(self) -> list[MatchingEffect]:
        """The relay closed it with CloseCode.REPLACED."""

    def timer(self) -> list[MatchingEffect]:
        """The timer rang."""


@dataclass(kw_only=True)
class _MatchingCore:
    """What the machine knows. `relay` is the name that was dialled for the present connection."""

    agent: str
    credentials: Callable[[], Credentials]
    backoff: Backoff
    timing: MatchingTiming
    memory: MatchingMemory
    relay: str = ""
    phase: MatchingPhase = MatchingPhase.STOPPED
    trouble: Trouble | None = None
    refused: Code | None = None
    welcome: Welcome | None = None
    computer: ComputerClaim = NOT_SAID

    def hear_of(self, desk: Desk) -> list[MatchingEffect]:
        self.welcome = msgspec.structs.replace(self.welcome, desk=desk) if self.welcome else None
        return []

    def enter(self, phase: MatchingPhase, *effects: MatchingEffect) -> list[MatchingEffect]:
        self.phase = phase
        return list(effects)

    def retry(self, trouble: Trouble) -> list[MatchingEffect]:
        self.trouble = trouble
        away = trouble in {Trouble.UNREACHED, Trouble.LOST}
        delay = self.backoff.next(most=self.timing.retry if away else None)
        if away and self.welcome is not None and self.welcome.spread is not None:
            delay = max(delay, self.backoff.random() * self.welcome.spread)
        if trouble is Trouble.REFUSED and self.refused in HOPELESS:
            delay += self.timing.hopeless
        return self.enter(MatchingPhase.RETRYING, SetTimer(delay))

    def identify(self, hello: Hello) -> Identify:
        mine = self.credentials()
        signature = mine.sign(matching_challenge(self.relay, hello.nonce))
        return Identify(
            chain=list(mine.chain),
            signature=signature,
            agent=self.agent,
            features=list(Feature),
            computer=self.computer,
        )


def _machine() -> Callable[[_MatchingCore], _MatchingInputs]:
    builder = TypeMachineBuilder(_MatchingInputs, _MatchingCore)
    stopped = builder.state("stopped")
    dialling = builder.state("dialling")
    greeting = builder.state("greeting")
    identifying = builder.state("identifying")
    online = builder.state("online")
    retrying = builder.state("retrying")
    replaced = builder.state("replaced")

    @stopped.upon(_MatchingInputs.start).to(dialling)
    @replaced.upon(_MatchingInputs.start).to(dialling)
    @retrying.upon(_MatchingInputs.start).to(dialling)
    @retrying.upon(_MatchingInputs.timer).to(dialling)
    def dial(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
        return core.enter(MatchingPhase.DIALLING, StopTimer(), Dial())

    @dialling.upon(_MatchingInputs.connected).to(greeting)
    def wait_for_hello(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
        return core.enter(MatchingPhase.GREETING, SetTimer(core.timing.greeting))

    @greeting.upon(_MatchingInputs.hello).to(identifying)
    def identify(_: _MatchingInputs, core: _MatchingCore, hello: Hello) -> list[MatchingEffect]:
        return [SendMessage(core.identify(hello)), SetTimer(core.timing.greeting)]

    @identifying.upon(_MatchingInputs.welcome).to(online)
    def come_online(_: _MatchingInputs, core: _MatchingCore, welcome: Welcome) -> list[MatchingEffect]:
        core.welcome, core.trouble, core.refused = welcome, None, None
        core.memory.live(welcome.sessions, welcome.granted)
        again = [SendMessage(message) for message in core.memory.to_send_again()]
        lists: list[MatchingEffect] = [TakeCrl(welcome.crl)]
        if welcome.hosts:
            lists.append(TakeHosts(welcome.hosts))
        return core.enter(MatchingPhase.ONLINE, SetTimer(core.timing.settled), *lists, *again)

    for state in (dialling, greeting, identifying):

        @state.upon(_MatchingInputs.anew).to(dialling)
        def dial_anew(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
            return core.enter(MatchingPhase.DIALLING, StopTimer(), Hang(), Dial())

    for state in (stopped, online, retrying, replaced):
        state.upon(_MatchingInputs.anew).loop().returns([])

    for state in (greeting, identifying, online):

        @state.upon(_MatchingInputs.renewed).to(dialling)
        def show_the_new_one(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
            return core.enter(MatchingPhase.DIALLING, StopTimer(), Hang(), Dial())

    for state in (stopped, dialling, retrying, replaced):  # it is shown at the next hello
        state.upon(_MatchingInputs.renewed).loop().returns([])

    @online.upon(_MatchingInputs.timer).loop()
    def settle(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
        core.backoff.reset()
        core.memory.settled()
        return []

    @online.upon(_MatchingInputs.replaced).to(replaced)
    def step_aside(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
        core.trouble = Trouble.REPLACED
        return core.enter(MatchingPhase.REPLACED, StopTimer())

    for state in (greeting, identifying):

        @state.upon(_MatchingInputs.timer).to(retrying)
        def too_slow(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
            return [Hang(), *core.retry(Trouble.SLOW)]

        @state.upon(_MatchingInputs.replaced).to(retrying)
        def replaced_early(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
            return core.retry(Trouble.LOST)

    @greeting.upon(_MatchingInputs.welcome).to(retrying)
    def welcomed_unproved(_: _MatchingInputs, core: _MatchingCore, welcome: Welcome) -> list[MatchingEffect]:  # noqa: ARG001  # the input's shape
        # Before our proof nobody is welcome: whoever says so is not a relay.
        return [Hang(), *core.retry(Trouble.PROTOCOL)]

    for state in (greeting, identifying, online):

        @state.upon(_MatchingInputs.broken).to(retrying)
        def give_up(_: _MatchingInputs, core: _MatchingCore, trouble: Trouble) -> list[MatchingEffect]:
            return [Hang(), *core.retry(trouble)]

    for state in (dialling, greeting, identifying, online):

        @state.upon(_MatchingInputs.lost).to(retrying)
        def retry(_: _MatchingInputs, core: _MatchingCore, trouble: Trouble) -> list[MatchingEffect]:
            return core.retry(trouble)

        @state.upon(_MatchingInputs.stop).to(stopped)
        def hang_up(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
            core.trouble = None
            return core.enter(MatchingPhase.STOPPED, StopTimer(), Hang())

        state.upon(_MatchingInputs.start).loop().returns([])

    for state in (retrying, replaced):

        @state.upon(_MatchingInputs.stop).to(stopped)
        def stay_away(_: _MatchingInputs, core: _MatchingCore) -> list[MatchingEffect]:
            core.trouble = None
            return core.enter(MatchingPhase.STOPPED, StopTimer())

    # Late but legal: a hello twice, a welcome twice, what a driver still had in its hands.
    identifying.upon(_MatchingInputs.hello).loop().returns([])
    online.upon(_MatchingInputs.hello).loop().returns([])
    online.upon(_MatchingInputs.welcome).loop().returns([])
    stopped.upon(_MatchingInputs.stop).loop().returns([])
    return builder.build()


_new_life = _machine()


class MatchingClient:
    """One agent's matching connection. `now` is Unix seconds; it only feeds the sentence about a wrong clock."""

    def __init__(
        self,
        *,
        agent: str,
        credentials: Callable[[], Credentials],
        memory: MatchingMemory,
        backoff: Backoff,
        timing: MatchingTiming | None = None,
    ) -> None:
        self._core = _MatchingCore(
            agent=agent,
            credentials=credentials,
            backoff=backoff,
            timing=timing or MatchingTiming(),
            memory=memory,
        )
        self._life = _new_life(self._core)
        self.skew = 0.0  # seconds that our clock is ahead of the relay's

    @property
    def phase(self) -> MatchingPhase:
        """Where the connection is."""
        return self._core.phase

    @property
    def trouble(self) -> Trouble | None:
        """Why it is not online; None while nothing went wrong."""
        return self._core.trouble

    @property
    def refused(self) -> Code | None:
        """The relay's reason for its last refusal."""
        return self._core.refused

    @property
    def relay(self) -> str:
        """The name that was dialled for the present connection, or the last one."""
        return self._core.relay

    @property
    def computer(self) -> ComputerClaim:
        """What the next `identify` says of the computer."""
        return self._core.computer

    @computer.setter
    def computer(self, claim: ComputerClaim) -> None:
        self._core.computer = claim

    @property
    def welcome(self) -> Welcome | None:
        """The last welcome, with what was told of the desk since."""
        return self._core.welcome

    def start(self) -> list[MatchingEffect]:
        """Be online; while waiting for the next try: try now."""
        return self._life.start()

    def stop(self) -> list[MatchingEffect]:
        """Be offline."""
        return self._life.stop()

    def anew(self) -> list[MatchingEffect]:
        """The network has changed: what is being dialled is dialled anew."""
        return self._life.anew()

    def renewed(self) -> list[MatchingEffect]:
        """We have another certificate: what is connected, or about to be, is connected anew."""
        return self._life.renewed()

    def connected(self, relay: str) -> list[MatchingEffect]:
        """The WebSocket is open (after Dial), to this name of the relay's."""
        self._core.relay = relay
        return self._life.connected()

    def failed(self) -> list[MatchingEffect]:
        """It could not be opened (after Dial)."""
        return self._life.lost(Trouble.UNREACHED)

    def lost(self, code: int) -> list[MatchingEffect]:
        """The WebSocket was closed, by anybody but a Hang."""
        if code == CloseCode.REPLACED:
            return self._life.replaced()
        return self._life.lost(Trouble.REFUSED if self._core.refused else Trouble.LOST)

    def timer(self) -> list[MatchingEffect]:
        """The timer rang."""
        return self._life.timer()

    def send(self, message: FromAgent) -> list[MatchingEffect]:
        """Send it if online; else nothing (memory sends again what must not be lost)."""
        if self.phase is not MatchingPhase.ONLINE:
            return []
        return [SendMessage(message), *(self._expect_leg() if isinstance(message, (Accept, Ticket)) else ())]

    def broken(self) -> list[MatchingEffect]:
        """What came could not be read as a message, or the list of revocations is not the organisation's."""
        return self._life.broken(Trouble.PROTOCOL)

    def received(self, message: FromRelay, now: float) -> list[MatchingEffect]:
        """A message came."""
        match message:
            case Hello():
                return self._hello(message, now)
            case Refused(reason=reason):
                self._core.refused = Code(reason) if reason in set(Code) else Code.NOT_ALLOWED
                return self._life.broken(Trouble.REFUSED)
            case Welcome():
                return self._life.welcome(message)
            case _ if self.phase is not MatchingPhase.ONLINE:
                return self.broken()
            case Crl(der=der):
                return [TakeCrl(der)]
            case Hosts(signed=document):
                return [TakeHosts(document)]
            case RenewNow():
                return [RenewCertificate()]
            case DeskNow(desk=desk):
                return self._core.hear_of(desk)
            case Probe(request=request):
                mine = self._core.memory.open
                if mine is None or mine.request != request:
                    return []
                return [SendMessage(Here(request=request)), *self._expect_leg()]
            case Helpers() | Waiting() | Requests() | Yours() | Granted() | Over() | Ended() | Recorded() | Error():
                answers = self._core.memory.received(message)
                return [*(SendMessage(answer) for answer in answers), Emit(message)]
            case _:
                assert_never(message)

    def _expect_leg(self) -> list[MatchingEffect]:
        ports = self._core.welcome.ports if self._core.welcome is not None else []
        return [ExpectLeg(tuple(ports))]

    def _hello(self, hello: Hello, now: float) -> list[MatchingEffect]:
        self.skew = max(-FAR, min(now - hello.time, FAR))
        if hello.relay != self._core.relay:
            return self._life.broken(Trouble.WRONG_RELAY)
        if VERSION not in hello.versions:
            self._core.refused = Code.VERSION
            return self._life.broken(Trouble.REFUSED)
        if len(hello.nonce) != NONCE_SIZE:
            return self.broken()
        return self._life.hello(hello)
