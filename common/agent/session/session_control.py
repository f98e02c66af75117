"""What person and helper say to each other in a session: mode, wish for control, pause, chat, pointing."""

from collections.abc import Callable
from typing import Final, assert_never

from common.agent.session.chat_lines import ChatLines
from common.agent.session.ports import LocalSide
from common.agent.session.presenter import Presenter
from common.agent.views import (
    ChatDelivered,
    ChatLeftOut,
    ChatReceived,
    ControlBeyondMost,
    ControlRefused,
    Drawn,
    KeysUnpressed,
    ModeRecorded,
    PointerShown,
    ScreenChanged,
    ScreenWished,
)
from common.host.log import get_logger
from common.host.typed import typed
from common.protocol.channel import (
    MOST,
    NO_SCREENS,
    Chat,
    ChatArrived,
    ClipOffer,
    ClipRefused,
    ClipWant,
    Control,
    Draw,
    ModeRefused,
    ModeWanted,
    Pause,
    PauseWhy,
    Pointer,
    Rfb,
    Screen,
    Screens,
    ScreenWanted,
    SetMode,
    Type,
    Unpressed,
)
from common.protocol.channel_effects import ChannelEffect
from common.protocol.channel_flow import FixedWindow
from common.protocol.channel_resume import least
from common.protocol.channel_session import ChannelSession
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.session_timing import SessionTiming
from common.protocol.texts import CHAT_LIMIT, TYPE_LIMIT

log = get_logger(component="session")

CHAT: Final = str(Chat.__struct_config__.tag)
LINES: Final = (
    160,
    10.0,
)  # lines of chat and texts to be typed, in so many seconds: below the 200 of everything that end a session
ARRIVALS: Final = 1.0
LETTERS: Final = (5 * TYPE_LIMIT, 10.0)  # characters to be typed, in so many seconds: many times what somebody types


class SessionControl:
    """One session's. The user's side decides the mode; everything is ignored while not connected."""

    def __init__(
        self,
        *,
        role: Role,
        channel: ChannelSession,
        local: LocalSide,
        timing: SessionTiming,
        presenter: Presenter,
        carry: Callable[[list[ChannelEffect]], None],
        record: Callable[[Mode], None] = lambda _: None,
    ) -> None:
        """`record`: the user's side says for the record which mode holds."""
        self._role = role
        self._channel = channel
        self._local = local
        self._timing = timing
        self._presenter = presenter
        self._carry = carry
        self._record = record
        self._mode_before: Mode | None = None  # what the person chose before both were connected
        self._most: Mode | None = None  # while the session is interrupted: what both had
        self._screens_changed = False
        self._screens = NO_SCREENS
        self._screens_told = False  # to the helper, ever: perhaps it did not arrive
        self._question = False
        self._lines = FixedWindow(*LINES)
        self._letters = FixedWindow(*LETTERS)
        self._chat = ChatLines()
        self._told_arrived = 0
        self._telling_arrived = False
        self._told_most = 0.0  # when the person heard last of a wish that may not be granted
        self._deaf_until = 0.0  # a helper that was refused does not ask again at once

    def begin(self) -> Mode:
        """Both are connected: the mode that holds."""
        if self._mode_before is not None and self._mode_before is not self._channel.mode:
            self._carry(self._channel.send_control(SetMode(mode=self._mode_before)))
            self._presenter.show(mode=self._mode_before)
        return self._channel.mode

    def interrupted(self) -> None:
        """The connection is lost: what was asked is void, and the person may still decide for less."""
        self._wish_answered()
        self._most = self._mode_before = self._channel.mode

    @property
    def at_most(self) -> Mode:
        """The mode for a session that is taken up again: the user's as it is now, and never more than both had, or than may be allowed."""
        return least(self._presenter.view.most, least(self._most or Mode.VIEW, self._mode_before or Mode.VIEW))

    def allowed(self, most: Mode) -> None:
        """What the relay says of a session that is taken up again: no more than this may be allowed from now on."""
        self._presenter.show(most=most)

    def resumed(self) -> Mode:
        """The connection is back: the mode that holds. The other side hears what it may have missed."""
        self._most = None
        if self._role is Role.HELPER:
            self._mode_before = None
            self._presenter.show(paused=False, screens_changed=False)  # else it is told now
        elif self._mode_before is not None:
            self._mode_before = least(self._mode_before, self._channel.mode)  # the helper may not have heard of more
        mode = self.begin()
        self._presenter.show(mode=mode)
        view = self._presenter.view
        if self._role is Role.USER and (view.paused or view.screens_changed):
            self._stopped()
        if self._screens_told or self._screens.screens:
            self._tell_screens()
        again = self._chat.again()
        self._lines = FixedWindow(*LINES)
        self._lines.allow(self._presenter.clock.monotonic(), len(again))  # they count, too
        for line in again:
            self._carry(self._channel.send_control(line))
        self._told_arrived, self._telling_arrived = 0, False
        self._tell_arrived()
        self._tell_local()
        return mode

    @property
    def _here(self) -> bool:
        """Whether there is a session, though perhaps no connection just now."""
        return self._channel.connected or self._most is not None

    def attached(self) -> None:
        """The local side has its link: it hears of a question that was open before."""
        if self._question:
            self._tell_local()
        if self._screens_changed:
            self._stopped(screens_changed=True)
        if self._screens.screens:
            self._tell_screens()

    def set_mode(self, mode: Mode) -> None:
        """User: this mode from now on."""
        if self._role is not Role.USER or (mode is Mode.CONTROL and self._presenter.view.no_control is not None):
            return
        if self._most is not None:
            self._mode_before = least(self._most, mode)
            self._local.mode_changed(self._mode_before)
            self._presenter.show(mode=self._mode_before)
            return
        if not self._channel.connected:
            self._mode_before = mode
            return
        self._mode_before = None
        wanted = self._presenter.view.control_wanted
        if mode is Mode.VIEW and wanted:
            self.refuse_control()
        if mode is self._channel.mode:
            return
        self._local.mode_changed(mode)
        self._carry(self._channel.send_control(SetMode(mode=mode)))
        self._presenter.show(mode=mode)
        self.tell_mode()
        self._wish_answered()

    def tell_mode(self) -> None:
        """User: say for the record which mode holds. Said again it is recorded once."""
        if self._role is Role.USER and self._channel.connected:
            self._record(self._channel.mode)

    def recorded(self, mode: Mode) -> None:
        """The relay has written down that this mode holds: the person is told of each once."""
        if mode is not self._presenter.view.recorded:
            self._presenter.show(recorded=mode)
            self._presenter.tell(ModeRecorded(mode))

    def want_control(self) -> None:
        """Helper: may I control?"""
        view = self._presenter.view
        if self._role is not Role.HELPER or not self._channel.connected:
            return
        if view.control_wanted or view.mode is Mode.CONTROL:
            return
        self._carry(self._channel.send_control(ModeWanted()))
        # Silence means no; a little longer than the user's side waits, whose answer is the better one.
        self._wish_opened(self._timing.want + 5, self._refused)

    def refuse_control(self) -> None:
        """User: no to the open wish."""
        if self._role is Role.USER and self._wish_answered():
            self._deaf_until = self._presenter.now() + self._timing.want_again
            self._carry(self._channel.send_control(ModeRefused()))

    def pause(self, on: bool) -> None:
        """User: show nothing and take no input, or go on."""
        if self._role is Role.USER and self._here and on is not self._presenter.view.paused:
            self._local.pause_changed(on)
            self._stopped(paused=on)

    def screens_changed(self, on: bool) -> None:
        """User: the picture is stopped because the screens have changed, or that is settled. Who tells this has stopped it."""
        self._screens_changed = on
        if self._role is Role.USER and self._here and on is not self._presenter.view.screens_changed:
            self._stopped(screens_changed=on)

    def offer_screens(self, screens: Screens) -> None:
        """User: these may be seen one by one, and this one is."""
        if self._role is not Role.USER or screens == self._screens:
            return
        self._screens = screens
        if self._channel.connected:
            self._tell_screens()
        elif self._here:
            self._presenter.show(screens=screens)

    def _tell_screens(self) -> None:
        self._screens_told = True
        self._presenter.show(screens=self._screens)
        self._carry(self._channel.send_control(self._screens))

    def want_screen(self, key: str) -> bool:
        """Helper: show me this one ("": all at once). False where that may not be seen, or is, or nothing new is."""
        view = self._presenter.view
        if self._role is not Role.HELPER or not self._channel.connected or view.stopped or key == view.screens.seen:
            return False
        if not view.screens.has(key) or not self._lines.allow(self._presenter.clock.monotonic()):
            return False
        self._carry(self._channel.send_control(ScreenWanted(key=key)))
        return True

    def _stopped(self, **why: bool) -> None:
        """A reason has come or gone: the helper hears whether there is one, and which."""
        self._presenter.show(**why)
        view = self._presenter.view
        reason = PauseWhy.SCREENS if view.screens_changed and not view.paused else PauseWhy.USER
        self._carry(self._channel.send_control(Pause(on=view.paused or view.screens_changed, why=str(reason))))

    def chat(self, text: str, number: int = 0) -> bool:
        """Either: a line; of one with a number (upwards from 1) it is told when it has arrived. False where it is not sent; a script that writes without end must not end the session.

        Raises TasukiError (`text_too_long`, `text_not_utf8`).
        """
        text = typed(text, limit=CHAT_LIMIT)
        keep = self._channel.resumes
        if not text or not self._here or (keep and self._chat.full):
            return False
        if not self._lines.allow(self._presenter.clock.monotonic()):
            return False
        self._carry(self._channel.send_control(self._chat.written(text, number, keep=keep)))
        return True

    def type_text(self, text: str) -> bool:
        """Helper, in control: type it at the user's desktop. False where it is not sent.

        Raises TasukiError (`text_too_long`, `text_not_utf8`).
        """
        text = typed(text, limit=TYPE_LIMIT)
        if not text or not self._channel.types or self._role is not Role.HELPER:
            return False
        if self._channel.mode is not Mode.CONTROL or self._presenter.view.paused:
            return False
        now = self._presenter.clock.monotonic()
        if not (self._letters.allow(now, len(text)) and self._lines.allow(now)):
            return False
        self._carry(self._channel.send_control(Type(text=text)))
        return True

    def left_out(self, kind: str) -> None:
        """The other side sent a text of this kind that cannot be one."""
        if kind == CHAT:
            self._presenter.tell(ChatLeftOut())

    def question(self, on: bool) -> None:
        """User: another question of the agent is on the screen."""
        self._question = on
        self._tell_local()

    def received(self, control: Control) -> None:
        """The other side said something that it may say."""
        match control:
            case Chat(text=text, n=n):
                if self._chat.came(n):
                    self._presenter.tell(ChatReceived(text))
                self._chat_arrived()
            case ChatArrived(n=n):
                if number := self._chat.arrived(n):
                    self._presenter.tell(ChatDelivered(number))
            case Pointer(x=x, y=y):
                self._presenter.tell(PointerShown(x, y))
            case Draw(points=points, begins=begins):
                self._presenter.tell(Drawn(points, begins))
            case Type(text=text):
                self._local.type_text(text)
            case Screen(width=width, height=height, name=name):
                self._presenter.tell(ScreenChanged(width, height, name))
            case Screens():
                self._presenter.show(screens=control)
            case ScreenWanted(key=key):
                if not self._presenter.view.stopped and self._screens.has(key):
                    self._presenter.tell(ScreenWished(key))
            case Unpressed(text=text, keys=keys, more=more):
                log.info("keys_not_pressed", count=len(text) + len(keys) + more)
                self._presenter.tell(KeysUnpressed(text, keys, more))
            case Pause(on=on, why=why):
                screens = on and why == PauseWhy.SCREENS
                self._presenter.show(paused=on and not screens, screens_changed=screens)
                self._local.pause_changed(on)
            case SetMode(mode=mode):
                self._presenter.show(mode=mode)
                self._local.mode_changed(mode)
                self._wish_answered()
            case ModeRefused(why=why):
                self._refused(beyond_most=why == MOST)
            case ModeWanted():
                self._wished()
            case Rfb() | ClipOffer() | ClipWant() | ClipRefused():
                pass  # the channel's own: it tells of streams and clipboards otherwise
            case _:
                assert_never(control)

    def _chat_arrived(self) -> None:
        """Tell, at once, but no more than once in ARRIVALS seconds: the other side counts what it is told."""
        if not self._telling_arrived:
            self._tell_arrived()

    def _tell_arrived(self) -> None:
        arrived = self._chat.last_came
        self._telling_arrived = arrived > self._told_arrived and self._channel.connected
        if self._telling_arrived:
            self._told_arrived = arrived
            self._carry(self._channel.send_control(ChatArrived(n=arrived)))
            self._presenter.set_timer("arrived", ARRIVALS, self._tell_arrived)

    def _wished(self) -> None:
        if self._presenter.view.control_wanted or self._channel.mode is Mode.CONTROL:
            return
        if self._presenter.view.no_control is not None:
            self._carry(self._channel.send_control(ModeRefused(why=MOST)))
            now = self._presenter.now()
            if now >= self._told_most + self._timing.want_again:
                self._told_most = now
                self._presenter.tell(ControlBeyondMost())
            return
        if self._presenter.now() < self._deaf_until:
            self._carry(self._channel.send_control(ModeRefused()))
            return
        self._wish_opened(self._timing.want, self.refuse_control)
        self._tell_local()

    def _refused(self, *, beyond_most: bool = False) -> None:
        if self._wish_answered():
            self._presenter.tell(ControlRefused(beyond_most=beyond_most))

    def _wish_opened(self, seconds: float, no: Callable[[], None]) -> None:
        self._presenter.set_timer("want", seconds, no)
        self._presenter.show(control_wanted=True, deadline=self._presenter.now() + seconds)

    def _wish_answered(self) -> bool:
        """Whether there was an open wish."""
        self._presenter.set_timer("want", None)
        wanted = self._presenter.view.control_wanted
        self._presenter.show(control_wanted=False, deadline=None)
        self._tell_local()
        return wanted

    def _tell_local(self) -> None:
        if self._role is Role.USER and self._channel.connected:
            self._local.question_open(self._question or self._presenter.view.control_wanted)
