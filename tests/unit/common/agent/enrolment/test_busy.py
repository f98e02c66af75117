"""A relay to which too many come at once: what is said, how long is waited, and that it is tried again."""

from collections.abc import Awaitable, Callable

import pytest

from common.agent.enrolment.busy import EnrolmentBusyError, until_answered
from common.host.errors import TasukiError
from tests.support.clock import START


def busy(retry_after: float = 40.0) -> EnrolmentBusyError:
    """As the relay says it."""
    return EnrolmentBusyError(address="relay.example", retry_after=retry_after, now=START)


def test_the_sentence_says_when() -> None:
    """By this computer's clock, as people read it."""
    at = f"{START.astimezone().replace(second=40):%H:%M:%S}"
    assert str(busy()) == (
        f"Too many computers ask for a certificate at relay.example at once. It is tried again by itself at {at}."
    )


@pytest.mark.parametrize(("said", "waited"), [(1, 1), (0, 60), (10**9, 3600)])
def test_how_long_is_waited(said: float, waited: float) -> None:
    """As long as the relay says, an hour at most; a minute where it does not say."""
    assert busy(said).wait == waited


def attempts(*outcomes: TasukiError | str) -> Callable[[], Awaitable[str]]:
    """Each call has the next of these."""
    left = iter(outcomes)

    async def attempt() -> str:
        outcome = next(left)
        if isinstance(outcome, TasukiError):
            raise outcome
        return outcome

    return attempt


async def test_it_is_tried_again_until_there_is_an_answer() -> None:
    """Told first, then waited, each time."""
    log: list[object] = []

    async def sleep(seconds: float) -> None:
        log.append(seconds)

    first, second = busy(40), busy(2)
    assert await until_answered(attempts(first, second, "answer"), busy=log.append, sleep=sleep) == "answer"
    assert log == [first, 40, second, 2]


async def test_any_other_error_ends_it() -> None:
    """What a repetition does not change is said at once."""
    with pytest.raises(TasukiError) as caught:
        await until_answered(attempts(TasukiError("enrolment_code_used")), busy=lambda _: None)
    assert caught.value.code == "enrolment_code_used"
