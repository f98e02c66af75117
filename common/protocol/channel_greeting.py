"""How a channel begins: both sides' HELLOs, in either order, and no byte of anything else before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from automat import TypeMachineBuilder
from msgspec.structs import replace

from common.protocol.channel import ChannelHello, encode_json
from common.protocol.channel_effects import ChannelEffect, Connected, SendBytes
from common.protocol.channel_frames import FrameType
from common.protocol.channel_resume import Resumption, least
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.reading import ProtocolViolationError


class GreetingInputs(Protocol):
    """Inputs of the machine for the beginning of a channel."""

    def opened(self) -> list[ChannelEffect]:
        """The end-to-end TLS is up."""

    def greet(self) -> list[ChannelEffect]:
        """Our HELLO may go out."""

    def agreed(self) -> list[ChannelEffect]:
        """The peer's HELLO came, equal to ours."""

    def over(self) -> list[ChannelEffect]:
        """The channel has ended."""


@dataclass
class GreetingCore:
    """What the machine knows: our HELLO, what the session is taken up again by (None in a first one), whether both were exchanged."""

    hello: ChannelHello
    resumption: Resumption | None = None
    connected: bool = False
    mode: Mode = field(
        init=False
    )  # that holds: our own, or in a session that is taken up again what both have at least

    def __post_init__(self) -> None:
        self.mode = self.hello.mode

    def agrees(self, role: Role, theirs: ChannelHello) -> bool:
        """Whether the HELLO of the other side fits ours, whose role is `role`; it settles the mode."""
        fits = replace(theirs, features=self.hello.features, proof=self.hello.proof)
        if self.resumption is None:
            return fits == self.hello and not theirs.proof
        if replace(fits, mode=self.hello.mode) != self.hello:
            return False
        self.mode = least(self.hello.mode, theirs.mode)
        return self.resumption.proves(theirs.proof, theirs.session, role.other)


def _greeting_machine() -> Callable[[GreetingCore], GreetingInputs]:
    builder = TypeMachineBuilder(GreetingInputs, GreetingCore)
    fresh = builder.state("fresh")
    open_ = builder.state("open")
    greeted = builder.state("greeted")
    heard = builder.state("heard")
    connected = builder.state("connected")
    ended = builder.state("ended")

    fresh.upon(GreetingInputs.opened).to(open_).returns([])
    open_.upon(GreetingInputs.agreed).to(heard).returns([])

    @open_.upon(GreetingInputs.greet).to(greeted)
    def say_hello(_: GreetingInputs, core: GreetingCore) -> list[ChannelEffect]:
        return [SendBytes(encode_json(FrameType.HELLO, core.hello))]

    @heard.upon(GreetingInputs.greet).to(connected)
    def answer_hello(_: GreetingInputs, core: GreetingCore) -> list[ChannelEffect]:
        core.connected = True
        return [SendBytes(encode_json(FrameType.HELLO, core.hello)), Connected(core.mode)]

    @greeted.upon(GreetingInputs.agreed).to(connected)
    def connect(_: GreetingInputs, core: GreetingCore) -> list[ChannelEffect]:
        core.connected = True
        return [Connected(core.mode)]

    @heard.upon(GreetingInputs.agreed).loop()
    @connected.upon(GreetingInputs.agreed).loop()
    def second_hello(_: GreetingInputs, __: GreetingCore) -> list[ChannelEffect]:
        raise ProtocolViolationError("a second HELLO")

    for state in (fresh, open_, greeted, heard, connected):
        state.upon(GreetingInputs.over).to(ended).returns([])
    return builder.build()


new_greeting = _greeting_machine()
