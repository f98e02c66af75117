"""How a channel begins: both sides' HELLOs, in either order, and no byte of anything else before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from automat import TypeMachineBuilder

from common.protocol.channel import ChannelHello, FrameType, encode_json
from common.protocol.channel_effects import ChannelEffect, Connected, SendBytes
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
    """What the machine knows: our HELLO, and whether both were exchanged."""

    hello: ChannelHello
    connected: bool = False


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
        return [SendBytes(encode_json(FrameType.HELLO, core.hello)), Connected(core.hello.mode)]

    @greeted.upon(GreetingInputs.agreed).to(connected)
    def connect(_: GreetingInputs, core: GreetingCore) -> list[ChannelEffect]:
        core.connected = True
        return [Connected(core.hello.mode)]

    @heard.upon(GreetingInputs.agreed).loop()
    @connected.upon(GreetingInputs.agreed).loop()
    def second_hello(_: GreetingInputs, __: GreetingCore) -> list[ChannelEffect]:
        raise ProtocolViolationError("a second HELLO")

    for state in (fresh, open_, greeted, heard, connected):
        state.upon(GreetingInputs.over).to(ended).returns([])
    return builder.build()


new_greeting = _greeting_machine()
