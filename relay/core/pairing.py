"""The two legs of one session: parked, spliced, over.

`Pairing` is told what happened and answers with what to do. A leg that is parked may be lost, or replaced by a newer one
of its own side, without harm: its agent asks for a new ticket. Everything else that happens to a session here is its end.
"""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from automat import TypeMachineBuilder

from common.protocol.reasons import Why
from relay.core.tickets import Side


@dataclass(frozen=True, slots=True)
class Wait:
    """A leg is parked: begin to count the time that it may wait, from now."""


@dataclass(frozen=True, slots=True)
class StopWaiting:
    """That time counts no longer."""


@dataclass(frozen=True, slots=True)
class Replace:
    """Close the leg that this side had: its agent has a newer one."""

    side: Side


@dataclass(frozen=True, slots=True)
class Forget:
    """No leg is left, and the session is not over: its agents may come again with new tickets."""


@dataclass(frozen=True, slots=True)
class Splice:
    """Both are here: send each `ready`, pass bytes on from now on."""


@dataclass(frozen=True, slots=True)
class EndLegs:
    """Close whatever legs there are, with what is under way delivered first, and report the end."""

    why: Why


Effect: TypeAlias = Wait | StopWaiting | Replace | Forget | Splice | EndLegs
Effects: TypeAlias = tuple[Effect, ...]


class _Inputs(Protocol):
    """What can happen, each side's events apart: which leg waits is the machine's state and nothing else's."""

    def user_joined(self) -> Effects:
        """The user's leg showed its ticket."""

    def helper_joined(self) -> Effects:
        """The helper's leg showed its ticket."""

    def user_lost(self) -> Effects:
        """The user's leg ended its stream, or its connection broke."""

    def helper_lost(self) -> Effects:
        """The helper's leg ended its stream, or its connection broke."""

    def waited(self) -> Effects:
        """The time that a leg may wait is up."""

    def end(self, why: Why) -> Effects:
        """Somebody who may say so, a clock, or a broken rule ends the session."""


@dataclass(slots=True)
class _NoCore:
    """Nothing: the state says it all."""


_builder = TypeMachineBuilder(_Inputs, _NoCore)
_empty = _builder.state("empty")
_user_parked = _builder.state("user parked")
_helper_parked = _builder.state("helper parked")
_spliced = _builder.state("spliced")
_over = _builder.state("over")


def _wait(_inputs: _Inputs, _core: _NoCore) -> Effects:
    return (Wait(),)


def _replace_user(_inputs: _Inputs, _core: _NoCore) -> Effects:
    return (Replace(Side.USER), Wait())


def _replace_helper(_inputs: _Inputs, _core: _NoCore) -> Effects:
    return (Replace(Side.HELPER), Wait())


def _splice(_inputs: _Inputs, _core: _NoCore) -> Effects:
    return (StopWaiting(), Splice())


def _forget(_inputs: _Inputs, _core: _NoCore) -> Effects:
    return (StopWaiting(), Forget())


def _end(_inputs: _Inputs, _core: _NoCore, why: Why) -> Effects:
    return (StopWaiting(), EndLegs(why))


def _end_empty(_inputs: _Inputs, _core: _NoCore, why: Why) -> Effects:  # noqa: ARG001
    """Nothing of it is here, so there is nothing to report."""
    return (Forget(),)


def _never_joined(_inputs: _Inputs, _core: _NoCore) -> Effects:
    return (EndLegs(Why.NEVER_JOINED),)


def _user_gone(_inputs: _Inputs, _core: _NoCore) -> Effects:
    return (EndLegs(Why.USER_GONE),)


def _helper_gone(_inputs: _Inputs, _core: _NoCore) -> Effects:
    return (EndLegs(Why.HELPER_GONE),)


def _late(_inputs: _Inputs, _core: _NoCore) -> Effects:
    """Late, and legal: what it is about is over already."""
    return ()


def _late_end(_inputs: _Inputs, _core: _NoCore, why: Why) -> Effects:  # noqa: ARG001
    return ()


_empty.upon(_Inputs.user_joined).to(_user_parked)(_wait)
_empty.upon(_Inputs.helper_joined).to(_helper_parked)(_wait)
_empty.upon(_Inputs.end).to(_over)(_end_empty)

_user_parked.upon(_Inputs.user_joined).loop()(_replace_user)
_user_parked.upon(_Inputs.helper_joined).to(_spliced)(_splice)
_user_parked.upon(_Inputs.user_lost).to(_empty)(_forget)
_user_parked.upon(_Inputs.waited).to(_over)(_never_joined)
_user_parked.upon(_Inputs.end).to(_over)(_end)

_helper_parked.upon(_Inputs.helper_joined).loop()(_replace_helper)
_helper_parked.upon(_Inputs.user_joined).to(_spliced)(_splice)
_helper_parked.upon(_Inputs.helper_lost).to(_empty)(_forget)
_helper_parked.upon(_Inputs.waited).to(_over)(_never_joined)
_helper_parked.upon(_Inputs.end).to(_over)(_end)

_spliced.upon(_Inputs.user_lost).to(_over)(_user_gone)
_spliced.upon(_Inputs.helper_lost).to(_over)(_helper_gone)
_spliced.upon(_Inputs.end).to(_over)(_end)

_over.upon(_Inputs.user_lost).loop()(_late)  # the leg that was closed because the other one ended
_over.upon(_Inputs.helper_lost).loop()(_late)
_over.upon(_Inputs.end).loop()(_late_end)

_Machine = _builder.build()


class Pairing:
    """The legs of one session. Each method answers with what to do, in order."""

    __slots__ = ("_machine", "spliced")

    def __init__(self) -> None:
        self._machine = _Machine(_NoCore())
        self.spliced = False

    def joined(self, side: Side) -> Effects:
        """A leg showed this session's ticket for `side`. Never once spliced: the tickets died then."""
        effects = self._machine.user_joined() if side is Side.USER else self._machine.helper_joined()
        self.spliced = any(isinstance(effect, Splice) for effect in effects)
        return effects

    def lost(self, side: Side) -> Effects:
        """The leg of `side` ended its stream, or its connection broke, or its agent gave it up while it waited."""
        return self._machine.user_lost() if side is Side.USER else self._machine.helper_lost()

    def waited(self) -> Effects:
        """The time that a leg may wait is up."""
        return self._machine.waited()

    def end(self, why: Why) -> Effects:
        """Somebody who may say so, a clock, or a broken rule ends the session."""
        return self._machine.end(why)
