"""The agent's standing connection to the relay's matching endpoint: it comes back by itself, and remembers what was asked.

`view` is a frozen value to render; `on_change` gets each new one. What the relay says about requests and sessions goes,
as the messages of common.protocol.messages, to every subscriber.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from common.protocol.messages import (
    Code,
    Ended,
    Error,
    FromAgent,
    Granted,
    GroupEntry,
    HelperEntry,
    Over,
    RequestEntry,
    Status,
    To,
    Waiting,
)
from common.protocol.messages import Mode


class Phase(StrEnum):
    """Where the connection is."""

    STOPPED = "stopped"
    DIALLING = "dialling"
    GREETING = "greeting"  # connected; hello, identify
    ONLINE = "online"
    RETRYING = "retrying"  # lost or refused; `view.retry_at` says when it tries again
    REPLACED = "replaced"  # the same certificate has connected elsewhere: comes back only at start()


@dataclass(frozen=True, kw_only=True)
class OpenRequest:
    """The user's own request. `position` (from 1) once it waits; `session` once it was granted."""

    request: str
    to: To
    mode: Mode
    position: int | None = None
    session: str | None = None


@dataclass(frozen=True, kw_only=True)
class MatchingView:
    """All that a window shows of the connection."""

    phase: Phase = Phase.STOPPED
    account: str = ""
    name: str = ""  # the person's, as enrolled
    organisation: str = ""
    problem: Exception | None = None  # why it is not online: a TasukiError with a sentence
    refused: Code | None = None
    retry_at: float | None = None  # Unix seconds
    clock_skew: float = 0.0  # seconds this PC's clock is ahead of the relay's; only for a sentence
    status: Status = Status.AVAILABLE  # helper's own
    helpers: tuple[HelperEntry | GroupEntry, ...] = ()  # user, while watching
    requests: tuple[RequestEntry, ...] = ()  # helper, while watching
    request: OpenRequest | None = None  # user


MatchingEvent: TypeAlias = Waiting | Granted | Over | Ended | Error


class Matching:
    """Drives the connection."""

    view: MatchingView

    def start(self) -> None:
        """Connect, and stay connected. Also: try now instead of later."""

    async def stop(self) -> None:
        """Close, and stay closed."""

    async def online(self, deadline: float) -> None:
        """Wait until it is online; raises the problem where it is not after `deadline` seconds."""

    def subscribe(self, listener: Callable[[MatchingEvent], None]) -> Callable[[], None]:
        """`listener` gets every event from now on; call what is returned to stop that."""
        ...

    def watch(self, on: bool) -> None:
        """Keep the list (helpers for a user, requests for a helper) up to date in `view`. Remembered over reconnects."""

    def set_status(self, status: Status) -> None:
        """Helper: presence. Remembered over reconnects."""

    def request(self, *, to: To, mode: Mode, topic: str = "", inventory: dict[str, str] | None = None) -> str:
        """User: ask for help; the request's id. Sent now or once online, and again after every reconnect while it waits.

        Raises TasukiError("request_open") while another request is open.
        """
        ...

    def cancel(self) -> None:
        """User: take the open request back."""

    def accept(self, request: str) -> None:
        """Helper: take it."""

    def decline(self, request: str, why: str = "") -> None:
        """Helper: not mine."""

    def transfer(self, request: str, to: To, note: str = "") -> None:
        """Helper: hand an active session's request on."""

    def send(self, message: FromAgent) -> bool:
        """Any other message; False, and not sent, while not online."""
        ...


