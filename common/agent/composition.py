"""What both agents are put together from: the profile, the settings, the way to the relay."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common.agent.enrol import keep_renewed, renew_expired
from common.agent.matching import Matching, MatchingView, SessionPlan
from common.agent.profile import Profile
from common.agent.session import LocalSide, Session, SessionEvent, SessionView
from common.agent.settings import AgentSettings, proxy_for, read
from common.host.errors import TasukiError
from common.net.connect import connect_websocket
from common.net.websocket import WebSocket
from common.protocol.identity import Role
from common.protocol.proxies import ProxyUrl

VERSION = "0.1.0"


def utc_now() -> datetime:
    """The computer's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Agent:
    """One enrolled agent's parts. `proxy` is the option of the command line; empty: settings, then environment."""

    profile: Profile
    settings: AgentSettings
    environ: Mapping[str, str]
    proxy: str = ""

    @classmethod
    def open(cls, *, role: Role, folder: Path | None, environ: Mapping[str, str], proxy: str = "") -> "Agent":
        """Read profile and settings. Raises TasukiError (profile_…, settings_…)."""
        profile = Profile.open(role=role, folder=folder)
        return cls(profile=profile, settings=read(profile.folder), environ=environ, proxy=proxy)

    def way(self) -> ProxyUrl | None:
        """The proxy to the relay of this profile. Raises TasukiError `proxy_address_wrong`."""
        return self.way_to(self.profile.relay_host, self.profile.relay_port)

    def way_to(self, host: str, port: int) -> ProxyUrl | None:
        """The proxy to a relay. Raises TasukiError `proxy_address_wrong`."""
        return proxy_for(self.environ, self.proxy or self.settings.network.proxy, host, port)

    def matching(self, *, on_change: Callable[[MatchingView], None]) -> Matching:
        """The connection to the relay; not started."""
        self.way()  # a wrong address is told now, not at the first dialling
        name = f"tasuki-{self.profile.role.value}/{VERSION}"
        return Matching(profile=self.profile, agent=name, proxy=self.way_to, on_change=on_change, connect=self._connect)

    async def _connect(self, host: str, port: int, **options: Any) -> WebSocket:
        """connect_websocket, with a certificate that has not expired: a computer may have slept for weeks."""
        await renew_expired(self.profile, clock=utc_now, proxy=options.get("proxy"))
        return await connect_websocket(host, port, **options)

    def session(
        self,
        *,
        plan: SessionPlan,
        matching: Matching,
        local: LocalSide,
        on_change: Callable[[SessionView], None],
        on_event: Callable[[SessionEvent], None],
    ) -> Session:
        """A session of this agent; not run."""
        return Session(
            plan=plan,
            matching=matching,
            local=local,
            proxy=self.way_to,
            timing=self.settings.timing.session(),
            on_change=on_change,
            on_event=on_event,
        )

    def renewing(self) -> "asyncio.Task[TasukiError]":
        """A task that renews the certificate whenever it is due; it ends with the error that no repetition changes."""
        return asyncio.ensure_future(keep_renewed(self.profile, clock=utc_now, proxy=self.way()))
