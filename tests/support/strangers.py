"""The order of strangers, for tests in which nobody has to wait long."""

from common.host.clock import LoopClock
from common.net.turns import Turns


def everybody() -> Turns:
    """As a relay has it by default."""
    return Turns(clock=LoopClock(), steps=4, unfinished=16, patience=3.0)
