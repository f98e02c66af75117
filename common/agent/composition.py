"""What both agents are put together from: the profile, the settings, the way to the relay."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.agent.enrolment.busy import EnrolmentBusyError
from common.agent.enrolment.enrol import Poster, keep_renewed, renew, renew_expired
from common.agent.enrolment.profile import Profile
from common.agent.matching.matching import Matching
from common.agent.session.ports import LocalSide
from common.agent.session.session import Session
from common.agent.session.session_clipboard import SharedClipboard
from common.agent.settings import AgentSettings, proxy_for, read
from common.agent.views import MatchingView, SessionEvent, SessionView
from common.host.clock import LoopClock, utc_now
from common.host.errors import TasukiError
from common.net.connect import connect_websocket
from common.net.dial import DialError
from common.net.https_request import post_json
from common.net.websocket import WebSocket
from common.protocol.clock import Clock
from common.protocol.identity import Role
from common.protocol.matching_memory import SessionPlan
from common.protocol.messages import Code
from common.protocol.proxies import ProxyUrl

VERSION = "0.1.0"
RELAY_SAYS_EXPIRED = 3600.0


class Renewal:
    """Sees to it that no expired certificate is shown: a computer may have slept for weeks, or its clock may be slow."""

    def __init__(
        self,
        profile: Profile,
        *,
        clock: Clock | None = None,
        post: Poster = post_json,
    ) -> None:
        self._profile = profile
        self._clock = clock or LoopClock()
        self._post = post
        self._rests_until = -math.inf
        self._busy: tuple[EnrolmentBusyError, float] | None = None  # what the relay said, and until when that holds

    async def before_connecting(self, *, refused: bool, proxy: ProxyUrl | None) -> None:
        """Renew where our clock says that it has expired, or where the relay did (`refused`). Raises TasukiError.

        By the relay's word once in RELAY_SAYS_EXPIRED seconds: a relay whose own clock is fast says it of any certificate.
        Where the relay was busy it is not asked before the time it gave.
        """
        if self._busy is not None and self._clock.monotonic() < self._busy[1]:
            raise self._busy[0]
        try:
            await self._renew(refused=refused, proxy=proxy)
        except EnrolmentBusyError as error:
            self._busy = error, self._clock.monotonic() + error.wait
            raise

    async def _renew(self, *, refused: bool, proxy: ProxyUrl | None) -> None:
        await renew_expired(self._profile, clock=self._clock.now, proxy=proxy, post=self._post)
        if not refused or self._clock.monotonic() < self._rests_until:
            return
        try:
            await renew(self._profile, clock=self._clock.now, proxy=proxy, post=self._post)
        except (DialError, EnrolmentBusyError):
            raise  # the relay was not even asked, or has not looked at it
        except TasukiError:
            self._rests_until = self._clock.monotonic() + RELAY_SAYS_EXPIRED
            raise
        self._rests_until = self._clock.monotonic() + RELAY_SAYS_EXPIRED


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

    def matching(
        self, *, on_change: Callable[[MatchingView], None], way: Callable[[str, int], ProxyUrl | None] | None = None
    ) -> Matching:
        """The connection to the relay; not started. `way`: asked at every dialling, where settings may change meanwhile."""
        self.way()  # a wrong address is told now, not at the first dialling
        name = f"tasuki-{self.profile.role.value}/{VERSION}"
        renewal = Renewal(self.profile)

        async def connect(host: str, port: int, **options: Any) -> WebSocket:
            refused = matching.view.refused is Code.CERTIFICATE_EXPIRED
            await renewal.before_connecting(refused=refused, proxy=options.get("proxy"))
            return await connect_websocket(host, port, **options)

        matching = Matching(
            profile=self.profile, agent=name, proxy=way or self.way_to, on_change=on_change, connect=connect
        )
        return matching

    def session(
        self,
        *,
        plan: SessionPlan,
        matching: Matching,
        local: LocalSide,
        clipboard: SharedClipboard,
        on_change: Callable[[SessionView], None],
        on_event: Callable[[SessionEvent], None],
    ) -> Session:
        """A session of this agent; not run."""
        return Session(
            plan=plan,
            matching=matching,
            local=local,
            clipboard=clipboard,
            proxy=self.way_to,
            timing=self.settings.timing,
            on_change=on_change,
            on_event=on_event,
        )

    def renewing(self) -> "asyncio.Task[TasukiError]":
        """A task that renews the certificate whenever it is due; it ends with the error that no repetition changes."""
        return asyncio.ensure_future(keep_renewed(self.profile, clock=utc_now, proxy=self.way()))
