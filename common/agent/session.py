"""A session of this agent, from `granted` to its end: the leg, the end-to-end TLS, the peer, the channel.

What happens when is decided in common.protocol.session_life (until both are connected) and
common.protocol.channel_session (inside the end-to-end TLS); here it is done. Three parties meet: the local side (see
session_types), the person (`on_change` gets values to render, `on_event` what happened; intents come in as method
calls), and the wire. Everything runs on the loop's one thread.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from common.agent.leg import READY, ChooseProxy, ConnectLeg, Leg
from common.agent.matching_types import reactor_clock
from common.agent.session_dialler import Dialler
from common.agent.session_ends import ending_of_dial, ending_of_loss, ending_of_relay, ending_of_stranger
from common.agent.session_link import Link
from common.agent.session_stage import Stage
from common.agent.session_talk import Talk
from common.agent.session_types import LocalLink, LocalSide, SessionMatching
from common.agent.views import ChatReceived, ControlRefused, PointerShown, ScreenChanged, SessionEvent, SessionView
from common.host.log import get_logger
from common.net.certificates import VerifiedPeer
from common.net.connect import connect_websocket
from common.net.e2e import EndToEnd, Lost
from common.net.websocket_api import Clock
from common.protocol import channel_effects as channel
from common.protocol import session_life as life
from common.protocol.channel import Hello
from common.protocol.channel_session import ChannelSession
from common.protocol.identity import Role
from common.protocol.matching_memory import SessionPlan
from common.protocol.messages import Ended, Error, Granted, Mode, Over
from common.protocol.reasons import Why
from common.protocol.session_life import Ending, Phase, SessionLife, SessionTiming

__all__ = [
    "ChatReceived",
    "ControlRefused",
    "LocalLink",
    "LocalSide",
    "Phase",
    "PointerShown",
    "ScreenChanged",
    "Session",
    "SessionEvent",
    "SessionTiming",
    "SessionView",
]


class Session:
    """One session. `await run()` lives it. `plan` is `matching.plan(granted)`."""

    def __init__(
        self,
        *,
        plan: SessionPlan,
        matching: SessionMatching,
        local: LocalSide,
        proxy: ChooseProxy = lambda _host, _port: None,
        on_change: Callable[[SessionView], None] = lambda _: None,
        on_event: Callable[[SessionEvent], None] = lambda _: None,
        timing: SessionTiming | None = None,
        clock: Clock | None = None,
        now: Callable[[], float] = time.time,
        connect: ConnectLeg = connect_websocket,
    ) -> None:
        self._plan = plan
        self._matching = matching
        self._local = local
        self._timing = timing or SessionTiming()
        self._life = SessionLife(role=plan.role, granted=plan.granted, timing=self._timing)
        self._channel = ChannelSession(
            role=plan.role,
            hello=Hello(session=plan.session, request=plan.request, mode=plan.mode),
            timing=channel.ChannelTiming(ping=self._timing.ping, silence=self._timing.silence),
        )
        first = Phase.DIALLING
        view = SessionView(session=plan.session, request=plan.request, role=plan.role, phase=first, mode=plan.mode)
        self._stage = Stage(view=view, on_change=on_change, on_event=on_event, clock=clock or reactor_clock(), now=now)
        self._talk = Talk(
            role=plan.role,
            channel=self._channel,
            local=local,
            timing=self._timing,
            stage=self._stage,
            carry=self._carry,
        )
        self._leg = Leg(self)
        self._dialler = Dialler(
            matching=matching,
            proxy=proxy,
            deadline=self._timing.dial * 0.9,
            connect=connect,
            spent=lambda error: self._do(self._life.ticket_spent(ending_of_dial(error))),
            failed=lambda error: self._do(self._life.over(ending_of_dial(error))),
        )
        self._e2e: EndToEnd | None = None
        self._ended_by_relay = False
        self._over = asyncio.Event()
        self._log = get_logger(component="session", session=plan.session)

    @property
    def view(self) -> SessionView:
        """What a window shows of it, now."""
        return self._stage.view

    async def run(self) -> SessionView:
        """Live the session to its end and return the last view. Cancelled: it is ended as if the person had stopped it."""
        unsubscribe = self._matching.subscribe(self._from_relay)
        try:
            self._do(self._life.start())
            await self._over.wait()
        finally:
            self.stop()
            unsubscribe()
            await self._part()
        return self.view

    # the person's calls end here

    def allow(self, on: bool = True) -> None:
        """User: the answer to `Phase.ASKING`. No ends with REFUSED."""
        if self._life.phase is not Phase.ASKING:
            return
        self._do(self._life.allow() if on else self._life.over(Ending(why=Why.REFUSED, by=Role.USER)))

    def stop(self, why: Why | None = None) -> None:
        """Either: end it. `why` is USER_ENDED or HELPER_ENDED unless told."""
        own = Why.USER_ENDED if self._plan.role is Role.USER else Why.HELPER_ENDED
        self._do(self._life.over(Ending(why=why or own, by=self._plan.role)))

    def set_mode(self, mode: Mode) -> None:
        """User: this mode from now on (also the answer to `control_wanted`, and to ASKING beside `allow`)."""
        self._talk.set_mode(mode)

    def refuse_control(self) -> None:
        """User: no to `control_wanted`."""
        self._talk.refuse_control()

    def want_control(self) -> None:
        """Helper: may I control?"""
        self._talk.want_control()

    def pause(self, on: bool) -> None:
        """User: show nothing and take no input, or go on."""
        self._talk.pause(on)

    def chat(self, text: str) -> bool:
        """Either: send a line, at most 4000 characters. False where it was not sent: not connected, or too many at once."""
        return self._talk.chat(text)

    def question(self, on: bool) -> None:
        """User: some other question of the agent is on the screen; input is dropped meanwhile."""
        self._talk.question(on)

    def _local_failed(self, why: Why, detail: str) -> None:
        """The local side cannot go on."""
        self._do(self._life.over(Ending(why=why, by=self._plan.role, detail=detail)))

    # the leg

    def leg_opened(self) -> None:
        """The leg's WebSocket is open."""
        self._do(self._life.opened())

    def leg_message(self, payload: str | bytes) -> None:
        """A message came on the leg."""
        if self._e2e is not None:
            self._e2e.message(payload)
        elif payload == READY:
            self._do(self._life.ready())
        else:
            self._do(self._life.over(Ending(why=Why.PROTOCOL, detail="something else than ready on the leg")))

    def leg_closed(self) -> None:
        """The leg is gone, and we did not close it."""
        if self._e2e is not None:
            self._e2e.leg_closed()
        elif self._life.phase is Phase.JOINING:
            self._do(self._life.ticket_spent(Ending(why=Why.CUT, detail="the leg was lost before its partner came")))
        else:
            self._do(self._life.over(Ending(why=Why.CUT, detail="the leg was lost")))

    def leg_paused(self, on: bool) -> None:
        """The leg takes no more just now, or takes again."""
        if self._e2e is not None:
            (self._e2e.leg_paused if on else self._e2e.leg_resumed)()

    # the end-to-end TLS

    def secured(self, peer: VerifiedPeer) -> None:
        """The peer's certificate is good; is it the one that we expect?"""
        uri = str(peer.uri)
        self._carry(self._channel.opened(self._stage.seconds()))
        self._arm_channel()
        if self._plan.expectation.check(uri, peer.name) is not None:
            chosen = self._plan.expectation.name
            self._do(self._life.over(ending_of_stranger(chosen=chosen, found=peer.name, uri=uri, role=self._plan.role)))
            return
        self._stage.show(peer_name=peer.name, peer_uri=uri)
        self._do(self._life.secured(chosen=self._plan.expectation.chosen))

    def received(self, data: bytes) -> None:
        """Bytes of the channel."""
        self._carry(self._channel.bytes_received(data, self._stage.seconds()))

    def lost(self, how: Lost, detail: str) -> None:
        """The end-to-end TLS is over."""
        ending = ending_of_loss(how, detail, self._plan.role, skew=self._matching.clock_skew)
        if ending.why is Why.CUT:
            self._carry(self._channel.cut())
            self._do(self._life.cut(ending))
        else:
            self._do(self._life.over(ending))

    def paused(self) -> None:
        """The leg is full: RFB waits, everything else goes on."""
        self._carry(self._channel.hold_rfb(True))

    def resumed(self) -> None:
        """The leg takes again."""
        self._carry(self._channel.hold_rfb(False))

    # matching

    def _from_relay(self, message: object) -> None:
        match message:
            case Granted(session=self._plan.session):
                self._do(self._life.granted(message))
            case Ended(session=self._plan.session, why=why):
                self._ended_by_relay = True
                self._do(self._life.over(ending_of_relay(why)))
            case Over(request=self._plan.request, why=why):
                self._ended_by_relay = True
                self._do(self._life.over(ending_of_relay(why)))
            case Error(about="ticket") if self._life.phase is Phase.DIALLING:
                self._do(self._life.over(Ending(why=Why.GRANT_EXPIRED, detail=f"no new ticket: {message.code}")))
            case _:
                pass

    # carrying out

    def _do(self, effects: list[life.Effect]) -> None:
        """What the life decided. A bug ends this one session."""
        try:
            self._perform(effects)
            self._stage.show(phase=self._life.phase)
        except Exception as error:  # noqa: BLE001  # see above
            self._bug(error)

    def _carry(self, effects: list[channel.Effect]) -> None:
        """What the channel decided. A bug, here or in the local side, ends this one session."""
        try:
            self._pass_on(effects)
        except Exception as error:  # noqa: BLE001  # see above
            self._bug(error)

    def _bug(self, error: Exception) -> None:
        self._log.exception("session_bug", exc_info=error)
        self._do(self._life.over(Ending(why=Why.FAILED, by=self._plan.role, detail=type(error).__name__)))

    def _perform(self, effects: list[life.Effect]) -> None:
        for effect in effects:
            match effect:
                case life.DialLeg(granted):
                    self._leg = Leg(self)
                    self._dialler.dial(granted, self._leg)
                case life.AskTicket():
                    self._dialler.ask_ticket(self._plan.session)
                case life.DropLeg():
                    self._drop_leg()
                case life.Secure():
                    self._secure()
                case life.AskPerson():
                    self._stage.show(deadline=self._stage.now() + self._timing.allow)
                case life.Greet():
                    self._stage.show(deadline=None)
                    self._carry(self._channel.greet())
                case life.Attach():
                    self._attach()
                case life.SetTimer(seconds):
                    self._stage.set_timer("life", seconds, lambda: self._do(self._life.timer()))
                case life.StopTimer():
                    self._stage.set_timer("life", None)
                case life.Finish(ending):
                    self._finish(ending)

    def _pass_on(self, effects: list[channel.Effect]) -> None:
        for effect in effects:
            match effect:
                case channel.Send(data):
                    if self._e2e is not None:
                        self._e2e.write(data)
                case channel.RfbReceived(data):
                    self._local.rfb_received(data)
                case channel.PauseRfb():
                    self._local.pause_reading()
                case channel.ResumeRfb():
                    self._local.resume_reading()
                case channel.StreamStarted(n):
                    self._local.stream_started(n)
                case channel.ControlReceived(control):
                    self._talk.received(control)
                case channel.Connected():
                    self._do(self._life.connected())
                case channel.Ended(why=Why.CUT):
                    pass  # `lost` goes on
                case channel.Ended(why, by, detail):
                    self._do(self._life.over(Ending(why=why, by=by, detail=detail)))

    def _secure(self) -> None:
        profile = self._matching.profile
        assert self._leg.ws is not None  # noqa: S101  # `ready` came through it
        self._e2e = EndToEnd(
            role=self._plan.role,
            identity=profile.identity,
            root_der=profile.root,
            crl=profile.crl,
            now=lambda: datetime.fromtimestamp(self._stage.now(), UTC),
            leg=self._leg.ws,
            listener=self,
        )
        self._e2e.start()

    def _attach(self) -> None:
        self._stage.show(since=self._stage.now())
        if self._plan.role is Role.USER:
            self._matching.active(self._plan.session)
        self._log.info("session_connected", peer=self.view.peer_uri, mode=str(self.view.mode))
        mode = self._talk.begin()
        link = Link(
            role=self._plan.role,
            channel=self._channel,
            carry=self._carry,
            stage=self._stage,
            fail=self._local_failed,
        )
        self._local.attached(link, mode)
        self._talk.attached()

    def _finish(self, ending: Ending) -> None:
        if not self._ended_by_relay:
            self._carry([effect for effect in self._channel.bye(ending.why) if isinstance(effect, channel.Send)])
        self._stage.stop_timers()
        self._log.info("session_ended", why=str(ending.why), by=ending.by and str(ending.by), detail=ending.detail)
        self._stage.show(
            phase=Phase.ENDED,
            why=ending.why,
            by=ending.by,
            problem=ending.problem,
            deadline=None,
            control_wanted=False,
        )
        try:
            self._local.close()
        finally:
            if not self._ended_by_relay:
                self._matching.end(self._plan.session, ending.why)
            self._drop_leg()
            self._over.set()

    def _drop_leg(self) -> None:
        """Close what there is, letting a BYE out first; nothing of it is told any more but that it is gone."""
        self._dialler.cancel()
        leg, e2e = self._leg, self._e2e
        leg.let_go()
        if e2e is not None:
            e2e.close()
        if leg.ws is not None:
            leg.ws.close()

    async def _part(self) -> None:
        """Give BYE its time to go out, then cut what is left."""
        try:
            async with asyncio.timeout(self._timing.bye):
                await self._leg.gone.wait()
        except TimeoutError:
            if self._leg.ws is not None:
                self._leg.ws.abort()

    def _arm_channel(self) -> None:
        deadline = self._channel.deadline
        if deadline is not None:
            self._stage.set_timer("channel", max(0.0, deadline - self._stage.seconds()), self._tick)

    def _tick(self) -> None:
        self._carry(self._channel.tick(self._stage.seconds()))
        self._arm_channel()
