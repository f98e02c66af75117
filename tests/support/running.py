"""A helper's session as a value, in any state."""

from dataclasses import replace
from typing import Any

from common.agent.session import Phase, SessionView
from common.protocol.identity import Role
from common.protocol.messages import Mode, Peer, RequestEntry, ToAnyone
from helper_agent.views import Running

SESSION = "5" * 32
REQUEST = "7" * 32
NOON = 1_700_049_600.0
CONNECTED = Running(
    number=3,
    view=SessionView(
        session=SESSION, request=REQUEST, role=Role.HELPER, phase=Phase.CONNECTED, mode=Mode.VIEW,
        peer_name="Hanako Sato", peer_uri="tasuki://example/user/1", since=NOON,
    ),
    user="Hanako Sato",
    entry=RequestEntry(
        request=REQUEST, user=Peer(uri="tasuki://example/user/1", name="Hanako Sato"), to=ToAnyone(), mode=Mode.VIEW,
        topic="The printer prints nothing but empty pages", since=NOON - 300,
    ),
    viewer="tigervnc",
    shown=True,
    screen=(1920, 1080),
)  # fmt: skip


def running(base: Running = CONNECTED, *, session: dict[str, Any] | None = None, **changes: Any) -> Running:
    """`base` with `changes`; `session` are changes of its SessionView."""
    return replace(base, view=replace(base.view, **(session or {})), **changes)
