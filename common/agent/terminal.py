"""What both agents' command lines share: what happened is told as events, and lines that are typed are carried out as orders."""

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from common.agent.events import AgentEvent, problem_text
from common.host.command import Events
from common.host.errors import TasukiError
from common.host.typed import is_utf8
from common.host.words import _


class Order(Protocol):
    """What a line was read as."""

    @property
    def verb(self) -> StrEnum:
        """What is ordered, as it is typed."""


OrderT = TypeVar("OrderT", bound=Order)


class Terminal(ABC, Generic[OrderT]):
    """An agent's own derives from it, reads its lines and carries out its orders."""

    def __init__(self, events: Events | None) -> None:
        """`events`: where it is told; None: nowhere."""
        self._events = events

    def tell(self, event: AgentEvent) -> None:
        """One event."""
        if self._events is not None:
            self._events.tell(event.name, event.text, **event.facts)

    def order(self, line: str) -> OrderT | None:
        """Carry out one line, and tell where that is not possible. What was ordered; None where it is no order."""
        if not is_utf8(line):
            self._refused(TasukiError("text_not_utf8"))
            return None
        order = self.parse(line)
        if order is None:
            if line.strip():
                self.tell(AgentEvent(name="order_unknown", text=self.help(), facts={"line": line.strip()[:100]}))
            return None
        try:
            done = self.carry_out(order)
        except TasukiError as problem:
            self._refused(problem)
            return order
        if not done:
            text = _("That is not possible now.")
            self.tell(AgentEvent(name="not_now", text=text, facts={"order": order.verb.value}))
        return order

    def _refused(self, problem: TasukiError) -> None:
        text = problem_text(problem)
        self.tell(AgentEvent(name="problem", text=text, facts={"code": problem.code, "text": text}))

    @abstractmethod
    def help(self) -> str:
        """What can be typed."""

    @abstractmethod
    def parse(self, line: str) -> OrderT | None:
        """The order in `line`; None where there is none."""

    @abstractmethod
    def carry_out(self, order: OrderT) -> bool:
        """False where it is not possible now. Raises TasukiError where that has a sentence of its own."""
