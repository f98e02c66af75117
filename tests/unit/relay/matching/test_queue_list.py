"""The queue as helpers are shown it: no message is larger than an agent takes, whatever users write into their requests."""

from common.protocol.messages import FromRelay, Mode, Requests, ToAnyone, encode
from common.protocol.reasons import Why
from relay.core.records import RequestRecord, RequestState
from relay.matching.queue_list import QueueList
from tests.support.clock import START, FakeClock
from tests.support.people import ANNA, participant

LARGEST = 1 << 20


class Helper:
    """A connection that takes everything."""

    full = False

    def __init__(self) -> None:
        self.sent: list[FromRelay] = []

    def send(self, message: FromRelay) -> None:
        self.sent.append(message)

    def send_text(self, text: str) -> None: ...


def record(number: int, size: int) -> RequestRecord:
    """A waiting request with computer details of about `size` bytes."""
    return RequestRecord(
        identifier=f"{number:032x}",
        state=RequestState.WAITING,
        user=participant(ANNA),
        to=ToAnyone(),
        mode=Mode.VIEW,
        inventory={f"key {at}": "語" * 160 for at in range(size // 500)},
        asked_at=START,
        waiting_since=START,
    )


def test_a_list_of_large_requests_comes_in_several_messages() -> None:
    """As many as fit into a message, all of them in the end, one message a second."""
    clock, helper = FakeClock(), Helper()
    queue_list = QueueList(clock=clock, list_every=1.0, list_batch=50, agent_message=LARGEST)
    queue_list.watch(helper, [record(number, 60_000) for number in range(50)])
    for _ in range(5):
        clock.advance(1)
    lists = [message for message in helper.sent if isinstance(message, Requests)]
    assert [one.request for message in lists for one in message.set] == [f"{number:032x}" for number in range(50)]
    assert len(lists) > 2
    assert max(len(encode(message).encode()) for message in lists) <= LARGEST
    assert [message.reset for message in lists] == [True, *[False] * (len(lists) - 1)]


def test_small_ones_go_by_number() -> None:
    """Fifty to a message; what is gone counts like an entry."""
    clock, helper = FakeClock(), Helper()
    queue_list = QueueList(clock=clock, list_every=1.0, list_batch=50, agent_message=LARGEST)
    queue_list.watch(helper, [record(number, 500) for number in range(60)])
    clock.advance(1)
    for number in range(60):
        queue_list.hide(helper, f"{number:032x}", Why.CANCELLED)
    queue_list.flush()
    clock.advance(2)
    lists = [message for message in helper.sent if isinstance(message, Requests)]
    assert [len(message.set) for message in lists[:2]] == [50, 10]
    assert [len(message.gone) for message in lists[2:]] == [50, 10]


def test_one_that_is_larger_than_a_message_goes_alone() -> None:
    """It would else never go; no user's message is that large."""
    clock, helper = FakeClock(), Helper()
    queue_list = QueueList(clock=clock, list_every=1.0, list_batch=50, agent_message=10_000)
    queue_list.watch(helper, [record(number, 20_000) for number in range(3)])
    clock.advance(5)
    assert [len(message.set) for message in helper.sent if isinstance(message, Requests)] == [1, 1, 1]
