"""The two legs of one session: parked, spliced, over.

`Pair` is told what happened and answers with what to do. A leg that is parked may be lost, or replaced by a newer one of
its own side, without harm: its agent asks for a new ticket. Everything else that happens to a session here is the end.
"""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from automat import TypeMachineBuilder

from common.protocol.reasons import Why
from relay.core.tickets import Side


@dataclass(frozen=True, slots=True)
class Wait:
    """The first leg is here: begin to count the time that it may wait."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Close this side's leg; the session goes on without it. `older` says that a newer leg took its place."""

    side: Side
    older: bool = False


@dataclass(frozen=True, slots=True)
class StopWaiting:
    """The time that a leg may wait counts no longer."""


@dataclass(frozen=True, slots=True)
class Splice:
    """Both are here: send each `ready`, pass bytes on from now on."""


@dataclass(frozen=True, slots=True)
class End:
    """Close whatever legs there are, with what is under way delivered first, and report the end."""

    why: Why


Effect: TypeAlias = Wait | StopWaiting | Drop | Splice | End
Effects: TypeAlias = tuple[Effect, ...]

GONE = {Side.USER: Why.USER_GONE, Side.HELPER: Why.HELPER_GONE}


class Pair(Protocol):
    """What can happen to the legs of a session."""

    def joined(self, side: Side) -> Effects:
        """A leg showed this session's ticket for `side`."""

    def lost(self, side: Side) -> Effects:
        """The leg of `side` ended its stream, or its connection broke."""

    def waited(self) -> Effects:
        """The time that a leg may wait is up."""

    def violated(self, side: Side) -> Effects:
        """The leg of `side` spoke before `ready`, or broke a rule of the frames after it."""

    def fell_silent(self) -> Effects:
        """No side has sent anything for too long."""

    def told(self, why: Why) -> Effects:
        """Somebody who may say so ended the session."""


@dataclass
class _Core:
    """The side that waits, while one does."""

    waiting: Side | None = None


_builder = TypeMachineBuilder(Pair, _Core)
_empty = _builder.state("empty")
_parked = _builder.state("parked")
_spliced = _builder.state("spliced")
_over = _builder.state("over")


@_empty.upon(Pair.joined).to(_parked)
def _first(pair: Pair, core: _Core, side: Side) -> Effects:
    core.waiting = side
    return (Wait(),)


@_parked.upon(Pair.joined).to(_parked)
def _newer(pair: Pair, core: _Core, side: Side) -> Effects: ...
