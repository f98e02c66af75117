"""What both agents' command lines share."""

import io
import json
from dataclasses import dataclass
from enum import StrEnum

from common.agent.events import AgentEvent
from common.agent.terminal import Terminal
from common.host.command import Events
from common.host.errors import TasukiError


class Verb(StrEnum):
    """What can be ordered here."""

    GO = "go"
    STAY = "stay"
    FALL = "fall"


@dataclass(frozen=True)
class Order:
    """One of them."""

    verb: Verb


class Example(Terminal[Order]):
    """Goes, and does not stay."""

    def help(self) -> str:
        """Both."""
        return "Type: go, stay."

    def parse(self, line: str) -> Order | None:
        """A word."""
        return Order(Verb(line)) if line in set(Verb) else None

    def carry_out(self, order: Order) -> bool:
        """Only one of them; one has a sentence."""
        if order.verb is Verb.FALL:
            raise TasukiError("text_too_long", length=501, limit=500)
        return order.verb is Verb.GO


def told_of(*lines: str) -> list[dict[str, object]]:
    """What these lines make it tell."""
    out = io.StringIO()
    terminal = Example(Events(json=True, stream=out))
    for line in lines:
        terminal.order(line)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_what_is_carried_out_tells_nothing_by_itself() -> None:
    """Its effects do."""
    assert told_of("go", "") == []


def test_what_cannot_be_done_is_told() -> None:
    """A slip with what can be typed, cut where it is long; what is not possible now with its verb."""
    unknown, not_now = told_of("x" * 500, "stay")
    assert unknown == {"event": "order_unknown", "line": "x" * 100}
    assert not_now == {"event": "not_now", "order": "stay"}


def test_without_events_it_is_carried_out_all_the_same() -> None:
    """Windows print nothing."""
    terminal = Example(None)
    terminal.tell(AgentEvent(name="online", text="Connected."))
    assert terminal.order("stay") == Order(Verb.STAY)
    assert terminal.order("fly") is None


def test_what_has_a_sentence_of_its_own_is_told_by_it() -> None:
    """And by nothing else."""
    [problem] = told_of("fall")
    assert (problem["event"], problem["code"]) == ("problem", "text_too_long")
    assert "501" in str(problem["text"])
