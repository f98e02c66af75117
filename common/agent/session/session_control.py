"""What person and helper say to each other in a session: mode, wish for control, pause, chat, pointing."""

from collections.abc import Callable
from typing import Final, assert_never

from common.agent.session.ports import LocalSide
from common.agent.session.presenter import Presenter
from common.agent.views import (
    ChatLeftOut,
    ChatReceived,
    ControlRefused,
    KeysUnpressed,
    PointerShown,
    ScreenChanged,
)
from common.host.log import get_logger
from common.host.typed import typed
from common.protocol.channel import (
    Chat,
    ClipOffer,
    ClipRefused,
    ClipWant,
    Control,
    ModeRefused,
    ModeWanted,
    Pause,
    PauseWhy,
    Pointer,
    Rfb,
    Screen,
    SetMode,
    Type,
    Unpressed,
)
from common.protocol.channel_effects import ChannelEffect
from common.protocol.channel_flow import FixedWindow
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
    ) -> None:
        self._role = role
        self._channel = channel
        self._local = local
        self._timing = timing
        self._presenter = presenter
        self._carry = carry
        self._mode_before: Mode | None = None  # what the person chose before both were connected
        self._screens_changed = False
        self._question = False
        self._lines = FixedWindow(*LINES)
        self._letters = FixedWindow(*LETTERS)
        self._deaf_until = 0.0  # a helper that was refused does not ask again at once

    def begin(self) -> Mode:
        """Both are connected: the mode that holds."""
        if self._mode_before is not None and self._mode_before is not self._channel.mode:
            self._carry(self._channel.send_control(SetMode(mode=self._mode_before)))
            self._presenter.show(mode=self._mode_before)
        return self._channel.mode

    def attached(self) -> None:
        """The local side has its link: it hears of a question that was open before."""
        if self._question:
            self._tell_local()
        if self._screens_changed:
            self._stopped(screens_changed=True)

    def set_mode(self, mode: Mode) -> None:
        """User: this mode from now on."""
        if self._role is not Role.USER:
            return
        if not self._channel.connected:
            self._mode_before = mode
            return
        wanted = self._presenter.view.control_wanted
        if mode is Mode.VIEW and wanted:
            self.refuse_control()
        if mode is self._channel.mode:
            return
        self._local.mode_changed(mode)
        self._carry(self._channel.send_control(SetMode(mode=mode)))
        self._presenter.show(mode=mode)
        self._wish_answered()

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
        if self._role is Role.USER and self._channel.connected and on is not self._presenter.view.paused:
            self._local.pause_changed(on)
            self._stopped(paused=on)

    def screens_changed(self, on: bool) -> None:
        """User: the picture is stopped because the screens have changed, or that is settled. Who tells this has stopped it."""
        self._screens_changed = on
        if self._role is Role.USER and self._channel.connected and on is not self._presenter.view.screens_changed:
            self._stopped(screens_changed=on)

    def _stopped(self, **why: bool) -> None:
        """A reason has come or gone: the helper hears whether there is one, and which."""
        self._presenter.show(**why)
        view = self._presenter.view
        reason = PauseWhy.SCREENS if view.screens_changed and not view.paused else PauseWhy.USER
        self._carry(self._channel.send_control(Pause(on=view.stopped, why=str(reason))))

    def chat(self, text: str) -> bool:
        """Either: a line. False where it is not sent; a script that writes without end must not end the session.

        Raises TasukiError (`text_too_long`, `text_not_utf8`).
        """
        text = typed(text, limit=CHAT_LIMIT)
        if not text or not self._channel.connected or not self._lines.allow(self._presenter.clock.monotonic()):
            return False
        self._carry(self._channel.send_control(Chat(text=text)))
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
            case Chat(text=text):
                self._presenter.tell(ChatReceived(text))
            case Pointer(x=x, y=y):
                self._presenter.tell(PointerShown(x, y))
            case Type(text=text):
                self._local.type_text(text)
            case Screen(width=width, height=height, name=name):
                self._presenter.tell(ScreenChanged(width, height, name))
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
            case ModeRefused():
                self._refused()
            case ModeWanted():
                self._wished()
            case Rfb() | ClipOffer() | ClipWant() | ClipRefused():
                pass  # the channel's own: it tells of streams and clipboards otherwise
            case _:
                assert_never(control)

    def _wished(self) -> None:
        if self._presenter.view.control_wanted or self._channel.mode is Mode.CONTROL:
            return
        if self._presenter.now() < self._deaf_until:
            self._carry(self._channel.send_control(ModeRefused()))
            return
        self._wish_opened(self._timing.want, self.refuse_control)
        self._tell_local()

    def _refused(self) -> None:
        if self._wish_answered():
            self._presenter.tell(ControlRefused())

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
