"""What both agents are put together from: the profile, the settings, the way to the relay."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from common.agent.desk import KnownDesk
from common.agent.enrolment.busy import EnrolmentBusyError
from common.agent.enrolment.enrol import Poster, keep_renewed, renew, renew_expired
from common.agent.enrolment.profile import Profile
from common.agent.enrolment.wish import RenewalWish
from common.agent.matching.matching import Matching
from common.agent.proxy_keyring import kept_logins
from common.agent.proxy_resolver import ProxyResolver
from common.agent.session.ports import LocalSide
from common.agent.session.session import Session
from common.agent.session.session_clipboard import SharedClipboard
from common.agent.settings import AgentSettings, read
from common.agent.upgrades import KnownUpgrades
from common.agent.views import MatchingView, SessionEvent, SessionView
from common.host.clock import LoopClock, utc_now
from common.host.computer_details import about_this_computer
from common.host.errors import TasukiError
from common.host.version import VERSION
from common.net.addresses import STAGGER, Claim, first_address
from common.net.ahead import Ahead
from common.net.carriers import connect_relay
from common.net.dial import DEADLINE, DialError
from common.net.https_request import post_json
from common.net.proxy_logins import ProxyLogins
from common.net.proxy_routes import ProxyRoutes
from common.net.tls import OuterTrust
from common.net.websocket import WebSocket
from common.protocol.clock import Clock
from common.protocol.computer_claim import NOT_SAID
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingTiming
from common.protocol.matching_memory import SessionPlan
from common.protocol.messages import Code

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

    async def before_connecting(self, *, refused: bool, routes: ProxyRoutes) -> None:
        """Renew where our clock says that it has expired, or where the relay did (`refused`). Raises TasukiError.

        By the relay's word once in RELAY_SAYS_EXPIRED seconds: a relay whose own clock is fast says it of any certificate.
        Where the relay was busy it is not asked before the time it gave.
        """
        if self._busy is not None and self._clock.monotonic() < self._busy[1]:
            raise self._busy[0]
        try:
            await self._renew(refused=refused, routes=routes)
        except EnrolmentBusyError as error:
            self._busy = error, self._clock.monotonic() + error.wait
            raise

    async def _renew(self, *, refused: bool, routes: ProxyRoutes) -> None:
        await renew_expired(self._profile, clock=self._clock.now, routes=routes, post=self._post)
        if not refused or self._clock.monotonic() < self._rests_until:
            return
        try:
            await renew(self._profile, clock=self._clock.now, routes=routes, post=self._post)
        except (DialError, EnrolmentBusyError):
            raise  # the relay was not even asked, or has not looked at it
        except TasukiError:
            self._rests_until = self._clock.monotonic() + RELAY_SAYS_EXPIRED
            raise
        self._rests_until = self._clock.monotonic() + RELAY_SAYS_EXPIRED


@dataclass(frozen=True, kw_only=True)
class Agent:
    """One enrolled agent's parts. `proxy` is the option of the command line. `routes` lead to the relay: one memory for all.

    `upgrades` is what is remembered of networks that take them away, `ahead` connects before a leg is wanted: one for all too. `wish`:
    the relay's, for another certificate.
    """

    profile: Profile
    settings: AgentSettings
    environ: Mapping[str, str]
    routes: ProxyResolver
    upgrades: KnownUpgrades
    ahead: Ahead
    proxy: str = ""
    wish: RenewalWish = field(default_factory=RenewalWish)

    @classmethod
    def open(
        cls,
        *,
        role: Role,
        folder: Path | None,
        environ: Mapping[str, str],
        proxy: str = "",
        logins: ProxyLogins | None = None,
    ) -> "Agent":
        """Read profile and settings. `logins`: proxies', where they are of somebody else's too. Raises TasukiError (profile_…, settings_…)."""
        profile = Profile.open(role=role, folder=folder)
        settings = read(profile.folder)
        routes = ProxyResolver(environ=environ, own=proxy or settings.network.proxy, logins=logins or kept_logins())
        upgrades = KnownUpgrades()
        ahead = Ahead(routes=routes, trust=lambda: OuterTrust(root_der=profile.root), upgrades=upgrades)
        return cls(
            profile=profile,
            settings=settings,
            environ=environ,
            routes=routes,
            proxy=proxy,
            upgrades=upgrades,
            ahead=ahead,
        )

    def changed(self, settings: AgentSettings) -> "Agent":
        """The same agent with other settings. Its routes follow, wherever they are used already."""
        self.routes.own = self.proxy or settings.network.proxy
        return replace(self, settings=settings)

    async def connect_matching(
        self, *, stagger: float = STAGGER, deadline: float = DEADLINE, **options: Any
    ) -> WebSocket:
        """A connection to the relay's matching, on the first of its names and ports that can be reached."""
        asked = ""

        async def attempt(host: str, port: int, claim: Claim, seconds: float) -> WebSocket:
            def claimed() -> None:
                nonlocal asked
                claim()
                asked = host

            return await self.connect(host, port, claim=claimed, deadline=seconds, **options)

        try:
            return await first_address(self.profile.relay_addresses, attempt, deadline=deadline, stagger=stagger)
        except TasukiError:
            if asked:  # perhaps somebody else has the name by now
                self.profile.pass_over(asked)
            raise

    async def connect(self, host: str, port: int, **options: Any) -> WebSocket:
        """A connection to the relay, by the carrier that gets through here: common.net.carriers.connect_relay."""
        return await connect_relay(host, port, upgrades=self.upgrades, ahead=self.ahead, **options)

    def matching(self, *, on_change: Callable[[MatchingView], None]) -> Matching:
        """The connection to the relay; not started. Raises TasukiError `proxy_address_wrong`."""
        self.routes.check()  # a wrong address is told now, not at the first dialling
        name = f"tasuki-{self.profile.role.value}/{VERSION}"
        renewal = Renewal(self.profile)

        async def connect(host: str, port: int, **options: Any) -> WebSocket:
            del host, port  # all that the profile knows are tried
            refused = matching.view.refused is Code.CERTIFICATE_EXPIRED
            await renewal.before_connecting(refused=refused, routes=options["routes"])
            if matching.computer == NOT_SAID:  # not before: it waits for the disk
                matching.computer = await asyncio.to_thread(about_this_computer, VERSION)
            return await self.connect_matching(**options)

        known = KnownDesk(self.profile.folder)
        matching = Matching(
            profile=self.profile,
            agent=name,
            routes=self.routes,
            on_change=on_change,
            connect=connect,
            timing=MatchingTiming(retry=self.settings.timing.retry),
            desk=known.read(),
            on_desk=known.remember,
            on_ports=self.profile.learn_ports,
            on_leg_expected=lambda ports: self.ahead.begin(matching.relay, ports),
            on_renewal_wanted=self.wish.make,
        )
        self.wish.then = matching.certificate_renewed
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
            routes=self.routes,
            connect=self.connect,
            timing=self.settings.timing,
            on_change=on_change,
            on_event=on_event,
        )

    def renewing(self) -> "asyncio.Task[TasukiError]":
        """A task that renews the certificate whenever it is due, and when the relay asks for it; it ends with the error that no repetition changes."""
        return asyncio.ensure_future(keep_renewed(self.profile, clock=utc_now, routes=self.routes, wish=self.wish))
