"""A helper's session as a value, in any state."""

from dataclasses import replace
from typing import Any

from common.agent.views import SessionView
from common.protocol.channel import OneScreen, Screens
from common.protocol.identity import Role
from common.protocol.messages import Mode, Peer, RequestEntry, ToAnyone
from common.protocol.session_life import SessionPhase
from helper_agent.views import RunningSession

SESSION = "5" * 32
REQUEST = "7" * 32
NOON = 1_700_049_600.0
TWO_SCREENS = Screens(
    screens=(
        OneScreen(key="1024x768+0+0", number=1, width=1024, height=768, name="HDMI-1"),
        OneScreen(key="1366x768+1024+0", number=2, width=1366, height=768, name="R&D"),
    ),
    seen="1366x768+1024+0",
    whole=True,
)
CONNECTED = RunningSession(
    number=3,
    view=SessionView(
        session=SESSION, request=REQUEST, role=Role.HELPER, phase=SessionPhase.CONNECTED, mode=Mode.VIEW,
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


def running(
    base: RunningSession = CONNECTED, *, session: dict[str, Any] | None = None, **changes: Any
) -> RunningSession:
    """`base` with `changes`; `session` are changes of its SessionView."""
    return replace(base, view=replace(base.view, **(session or {})), **changes)
