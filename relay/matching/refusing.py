"""Why a message of an agent is refused: an error that says so, and what is too often."""

from common.protocol.messages import Code
from relay.core.life import Refuse, Transition
from relay.core.token_bucket import TokenBucket
from relay.matching.services import Services


class MessageRefusedError(Exception):
    """Answer with `error{code}`."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


class Rates:
    """How often each account may do something in a minute."""

    def __init__(self, services: Services, *, count: int) -> None:
        self._clock = services.clock
        self._count = count
        self._rates: dict[str, TokenBucket] = {}

    def count(self, account: str) -> None:
        """Once more. Raises MessageRefusedError where that is too often."""
        now = self._clock.monotonic()
        if account not in self._rates:
            if len(self._rates) > 1000:
                self._rates = {key: rate for key, rate in self._rates.items() if not rate.idle(now)}
            self._rates[account] = TokenBucket(count=self._count, seconds=60)
        if not self._rates[account].allow(now):
            raise MessageRefusedError(Code.TOO_MANY)


def check(transition: Transition | None) -> None:
    """Raises MessageRefusedError where the machine has refused it."""
    for effect in transition.effects if transition is not None else ():
        if isinstance(effect, Refuse):
            raise MessageRefusedError(effect.code)
