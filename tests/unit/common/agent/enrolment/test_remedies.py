"""What can help after a failed enrolment is known for each kind of failure."""

import re
from pathlib import Path

from common.agent.enrolment import enrol
from common.agent.enrolment.remedies import REPEATED, can_be_repeated
from common.host.errors import TasukiError
from common.host.sentences import SENTENCES

HOUSE = Path(__file__).parents[5]
ROOMS = ("common/agent/enrolment", "common/net")


def test_every_failure_of_enrolling_is_in_the_table() -> None:
    """Whatever the way to the relay, its answer, or this computer's disk may raise."""
    raised = set(enrol._SENTENCES.values())
    for room in ROOMS:
        for path in (HOUSE / room).glob("*.py"):
            raised |= set(
                re.findall(r'(?:TasukiError|DialError|story\.error)\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
            )
    raised -= {"not_enrolled", "tls_files_unusable", "key_unusable", "relay_lost"}
    assert raised - REPEATED.keys() == set()
    assert REPEATED.keys() <= SENTENCES.keys()


def test_a_used_line_stays_used() -> None:
    """Where only something else can help, the same is not offered; a network may come back."""
    assert not can_be_repeated(TasukiError("enrolment_code_used"))
    assert can_be_repeated(TasukiError("relay_unreachable"))
    assert can_be_repeated(TasukiError("something new"))
