"""A session of this agent, from `granted` to its end: the leg, the end-to-end TLS, the peer, the channel, and back after a break.

What happens when is decided in common.protocol.session_life (until both are connected) and
common.protocol.channel_session (inside the end-to-end TLS); here it is done. Three parties meet: the local side (see
ports), the person (`on_change` gets values to render, `on_event` what happened; intents come in as method
calls), and the wire. Everything runs on the loop's one thread. One room, though a large one: here alone these parts meet.
"""

import asyncio
from collections.abc import Callable
from typing import assert_never

from common.agent.matching.ports import MatchingEvent
from common.agent.session.channel_driver import ChannelDriver, Happened
from common.agent.session.dialler import Dialler
from common.agent.session.ends import ending_of_dial, ending_of_loss, ending_of_relay, ending_of_stranger
from common.agent.session.interruption import Interruption
from common.agent.session.leg import ConnectLeg, LegListener
from common.agent.session.link import Link
from common.agent.session.persons_calls import PersonsCalls
from common.agent.session.ports import LocalSide, SessionMatching
from common.agent.session.presenter import Presenter, first_view
from common.agent.session.session_clipboard import SessionClipboard, SharedClipboard
from common.agent.session.session_control import SessionControl
from common.agent.views import SessionEvent, SessionView
from common.host.clock import LoopClock
from common.host.log import get_logger
from common.net.certificates import VerifiedPeer
from common.net.connect import connect_websocket
from common.net.e2e import EndToEnd, Lost
from common.net.proxy_routes import DIRECT, ProxyRoutes
from common.protocol import channel_effects as channel
from common.protocol import session_effects as life
from common.protocol.channel import CAN_RESUME, ChannelHello
from common.protocol.channel_session import ChannelSession
from common.protocol.clock import Clock
from common.protocol.identity import Role
from common.protocol.matching_memory import SessionPlan
from common.protocol.messages import Ended, Error, Granted, Over, Recorded, Requests, Waiting, Yours
from common.protocol.reasons import Why
from common.protocol.session_effects import Ending
from common.protocol.session_life import SessionLife, SessionPhase
from common.protocol.session_timing import SessionTiming
from common.protocol.timers import SetTimer, StopTimer
from common.protocol.wire import LEG_READY

RECORD_AGAIN = 10.0  # seconds, where the relay could not take the mode for the record


class Session(PersonsCalls):
    """One session. `await run()` lives it. `plan` is `matching.plan(granted)`."""

    def __init__(
        self,
        *,
        plan: SessionPlan,
        matching: SessionMatching,
        local: LocalSide,
        clipboard: SharedClipboard | None = None,
        routes: ProxyRoutes = DIRECT,
        on_change: Callable[[SessionView], None] = lambda _: None,
        on_event: Callable[[SessionEvent], None] = lambda _: None,
        timing: SessionTiming,
        clock: Clock | None = None,
        connect: ConnectLeg = connect_websocket,
    ) -> None:
        self._plan = plan
        self._matching = matching
        self._local = local
        self._timing = timing
        shared = clipboard or SharedClipboard()
        self._life = SessionLife(role=plan.role, granted=plan.granted, timing=timing)
        self._channel = ChannelSession(
            role=plan.role,
            hello=ChannelHello(
                session=plan.session,
                request=plan.request,
                mode=plan.mode,
                features=(CAN_RESUME, *local.features, *shared.features),
            ),
            timing=timing,
        )

        def changed(view: SessionView) -> None:
            self._clipboard.look(view)
            on_change(view)

        self._clock = clock or LoopClock()
        self._presenter = Presenter(view=first_view(plan), on_change=changed, on_event=on_event, clock=self._clock)
        self._wire = ChannelDriver(
            channel=self._channel,
            local=local,
            presenter=self._presenter,
            write=self._write,
            happened=self._happened,
            bug=self._bug,
        )
        self._carry = self._wire.carry
        self._clipboard = SessionClipboard(
            role=plan.role, channel=self._channel, shared=shared, presenter=self._presenter, carry=self._carry
        )
        self._control = SessionControl(
            role=plan.role,
            channel=self._channel,
            local=local,
            timing=self._timing,
            presenter=self._presenter,
            carry=self._carry,
            record=lambda mode: self._matching.mode_now(plan.session, mode),
        )
        self._break = Interruption(
            channel=self._channel,
            local=local,
            control=self._control,
            clipboard=self._clipboard,
            presenter=self._presenter,
            gave_up=lambda problem: self._do(self._life.gave_up(problem)),
        )
        self._leg = LegListener(self)
        self._dialler = Dialler(
            matching=matching,
            routes=routes,
            deadline=self._timing.dial * 0.9,
            connect=connect,
            asked=self._life.asked,
            spent=lambda error: self._do(self._life.ticket_spent(ending_of_dial(error, plan.role))),
            failed=lambda error: self._do(self._life.leg_lost(ending_of_dial(error, plan.role))),
        )
        self._e2e: EndToEnd | None = None
        self._ended_by_relay = False
        self._over = asyncio.Event()
        self._log = get_logger(component="session", session=plan.session)

    @property
    def view(self) -> SessionView:
        """What a window shows of it, now."""
        return self._presenter.view

    async def run(self) -> SessionView:
        """Live the session to its end and return the last view. Cancelled: it is ended as if the person had stopped it."""
        unsubscribe = self._matching.subscribe(self._from_relay)
        try:
            self._do(self._life.start())
            await self._over.wait()
        finally:
            self.stop()
            unsubscribe()
            await self._leg.part(self._timing.bye)
        return self.view

    # the person's calls end here

    def allow(self, on: bool = True) -> None:
        """User: the answer to `SessionPhase.ASKING`. No ends with REFUSED."""
        if self._life.phase is not SessionPhase.ASKING:
            return
        self._do(self._life.allow() if on else self._life.over(Ending(why=Why.REFUSED, by=Role.USER)))

    def stop(self, why: Why | None = None) -> None:
        """Either: end it. `why` is USER_ENDED or HELPER_ENDED unless told."""
        own = Why.USER_ENDED if self._plan.role is Role.USER else Why.HELPER_ENDED
        self._do(self._life.over(Ending(why=why or own, by=self._plan.role)))

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
        elif payload == LEG_READY:
            self._do(self._life.ready())
        else:
            self._do(self._life.over(Ending(why=Why.PROTOCOL, detail="something else than ready on the leg")))

    def leg_closed(self) -> None:
        """The leg is gone, and we did not close it."""
        if self._e2e is not None:
            self._e2e.leg_closed()
        else:
            self._do(self._life.leg_closed())

    def leg_paused(self, on: bool) -> None:
        """The leg takes no more just now, or takes again."""
        if self._e2e is not None:
            (self._e2e.leg_paused if on else self._e2e.leg_resumed)()

    # the end-to-end TLS

    def secured(self, peer: VerifiedPeer) -> None:
        """The peer's certificate is good; is it the one that we expect?"""
        uri = str(peer.uri)
        assert self._e2e is not None  # noqa: S101  # it calls
        self._break.secured(self._e2e)
        self._carry(self._channel.opened(self._wire.now()))
        expected = self._plan.expectation
        stranger = uri != self.view.peer_uri if self._life.interrupted else expected.check(uri, peer.name) is not None
        if stranger:
            chosen = expected.name
            self._do(self._life.over(ending_of_stranger(chosen=chosen, found=peer.name, uri=uri, role=self._plan.role)))
            return
        self._presenter.show(peer_name=peer.name, peer_uri=uri)
        self._do(self._life.secured(chosen=expected.chosen and not self._plan.call_back))

    def received(self, data: bytes) -> None:
        """Bytes of the channel."""
        self._carry(self._channel.bytes_received(data, self._wire.now()))

    def lost(self, how: Lost, detail: str) -> None:
        """The end-to-end TLS is over."""
        ending = ending_of_loss(how, detail, self._plan.role, now=self._clock.now(), skew=self._matching.clock_skew)
        if ending.why in {Why.CUT, Why.NOT_ACCEPTED}:
            self._carry(self._channel.cut())
            self._lost(ending)
        else:
            self._do(self._life.over(ending))

    def _lost(self, ending: Ending) -> None:
        """The connection is gone, and nobody has said goodbye."""
        back = self._life.phase is SessionPhase.CONNECTED and self._channel.resumes and self._matching.resumes
        self._do(self._life.interrupt(ending) if back else self._life.cut(ending))

    def probe(self) -> None:
        """The network has changed, or the computer was asleep: find out soon whether the connection still is one."""
        self._carry(self._channel.probe(self._wire.now()))
        self._do(self._life.hurry())

    def paused(self) -> None:
        """The leg is full: RFB waits, everything else goes on."""
        self._carry(self._channel.hold_rfb(True))

    def resumed(self) -> None:
        """The leg takes again."""
        self._carry(self._channel.hold_rfb(False))

    # matching

    def _from_relay(self, message: MatchingEvent) -> None:
        match message:
            case Granted(session=self._plan.session):
                self._do(self._life.granted(message, resumes=self._channel.resumes))
                if message.interruption:
                    self._control.allowed(message.most)
            case Ended(session=self._plan.session, why=why):
                self._over_by_relay(why)
            case Over(request=self._plan.request, why=why):
                self._over_by_relay(why)
            case Error(about="ticket", session="" | self._plan.session, code=code):
                self._do(self._life.no_ticket(code))
            case Error(about="mode_now", session=self._plan.session):
                self._presenter.set_timer("record", RECORD_AGAIN, self._control.tell_mode)
            case Recorded(session=self._plan.session, mode=mode):
                self._control.recorded(mode)
            case Granted() | Ended() | Over() | Error() | Recorded() | Waiting() | Requests() | Yours():
                pass  # not about this session
            case _:
                assert_never(message)

    def _over_by_relay(self, why: Why) -> None:
        self._ended_by_relay = True
        self._do(self._life.over(ending_of_relay(why, now=self._clock.now(), skew=self._matching.clock_skew)))

    # carrying out

    def _do(self, effects: list[life.SessionEffect]) -> None:
        """What the life decided. A bug ends this one session."""
        try:
            self._perform(effects)
            self._presenter.show(phase=self._life.phase)
        except Exception as error:  # noqa: BLE001  # see above
            self._bug(error)

    def _bug(self, error: Exception) -> None:
        self._log.exception("session_bug", exc_info=error)
        self._do(self._life.over(Ending(why=Why.FAILED, by=self._plan.role, detail=type(error).__name__)))

    def _perform(self, effects: list[life.SessionEffect]) -> None:
        for effect in effects:
            match effect:
                case life.DialLeg(granted):
                    self._leg = LegListener(self)
                    self._dialler.dial(granted, self._leg)
                case life.AskTicket():
                    self._dialler.ask_ticket(self._plan.session, probe=self._life.interrupted)
                case life.DropLeg():
                    self._drop_leg()
                case life.Secure():
                    self._secure()
                case life.AskPerson():
                    self._presenter.show(deadline=self._presenter.now() + self._timing.allow)
                case life.Greet():
                    self._presenter.show(deadline=None)
                    self._carry(self._channel.greet())
                case life.Attach():
                    self._attach()
                case life.Interrupt(seconds):
                    self._matching.interrupted(self._plan.session)
                    self._break.begin(seconds)
                case life.TakeUp():
                    self._tell_active()
                    self._break.end()
                    self._control.tell_mode()
                case SetTimer(seconds):
                    self._presenter.set_timer("life", seconds, lambda: self._do(self._life.timer()))
                case StopTimer():
                    self._presenter.set_timer("life", None)
                case life.Finish(ending):
                    self._finish(ending)
                case _:
                    assert_never(effect)

    def _write(self, data: bytes) -> None:
        if self._e2e is not None:
            self._e2e.write(data)

    def _happened(self, effect: Happened) -> None:
        match effect:
            case channel.ControlReceived(control):
                self._control.received(control)
            case channel.ClipboardCame() | channel.ClipboardRefused():
                self._clipboard.happened(effect)
            case channel.TextLeftOut(kind):
                self._control.left_out(kind)
            case channel.Connected():
                self._do(self._life.connected())
            case channel.ChannelEnded(why=Why.CUT):
                if self._life.phase is SessionPhase.CONNECTED:  # `lost` goes on: back, or waits for the reason
                    self._local.cut_off()
            case channel.ChannelEnded(why=Why.SILENT, by=None, detail=detail):
                self._lost(Ending(why=Why.SILENT, detail=detail))
            case channel.ChannelEnded(why, by, detail):
                self._do(self._life.over(Ending(why=why, by=by, detail=detail)))
            case _:
                assert_never(effect)

    def _secure(self) -> None:
        profile = self._matching.profile
        assert self._leg.ws is not None  # noqa: S101  # `ready` came through it
        self._e2e = EndToEnd(
            role=self._plan.role,
            identity=profile.identity,
            root_der=profile.root,
            crl=profile.crl,
            now=self._clock.now,
            leg=self._leg.ws,
            listener=self,
        )
        self._e2e.start()

    def _tell_active(self) -> None:
        if self._plan.role is Role.USER:
            self._matching.active(self._plan.session)

    def _attach(self) -> None:
        self._presenter.show(since=self._presenter.now(), peer_features=self._channel.peer_features)
        self._tell_active()
        self._log.info("session_connected", peer=self.view.peer_uri, mode=str(self.view.mode))
        mode = self._control.begin()
        link = Link(
            role=self._plan.role,
            channel=self._channel,
            carry=self._carry,
            presenter=self._presenter,
            fail=self._local_failed,
        )
        self._local.attached(link, mode)
        self._control.attached()
        self._control.tell_mode()
        self._clipboard.attached()

    def _finish(self, ending: Ending) -> None:
        if not self._ended_by_relay:
            self._carry([effect for effect in self._channel.bye(ending.why) if isinstance(effect, channel.SendBytes)])
        self._presenter.stop_timers()
        self._log.info("session_ended", why=str(ending.why), by=ending.by and str(ending.by), detail=ending.detail)
        self._presenter.show(
            phase=SessionPhase.ENDED,
            why=ending.why,
            by=ending.by,
            problem=ending.problem,
            deadline=None,
            control_wanted=False,
            silent=False,
            lost=None,
            tried_until=None,
        )
        try:
            self._local.close()
        finally:
            if not self._ended_by_relay:
                # What the other side's BYE said is for the other side to say.
                theirs = ending.by is self._plan.role.other
                self._matching.end(self._plan.session, Why.ENDED if theirs else ending.why)
            self._drop_leg()
            self._over.set()

    def _drop_leg(self) -> None:
        """Close what there is, letting a BYE out first; nothing of it is told any more but that it is gone."""
        self._dialler.cancel()
        if self._life.interrupted:  # nor does its silence mean anything
            self._channel.cut()
        leg, e2e = self._leg, self._e2e
        self._e2e = None
        leg.let_go()
        if e2e is not None:
            e2e.close()
        if leg.ws is not None:
            if self._life.interrupted:  # nobody is there who could close it, too
                leg.ws.abort()
            else:
                leg.ws.close()
