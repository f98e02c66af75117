"""The user's windows."""

import dataclasses
import time
from dataclasses import replace
from pathlib import Path

import msgspec
from PySide6.QtWidgets import QApplication, QWidget

from common.agent.history import Record
from common.agent.views import MatchingView, SessionView
from common.host.errors import TasukiError, plain
from common.protocol.desk import Desk
from common.protocol.identity import Role
from common.protocol.matching_client import MatchingPhase
from common.protocol.matching_memory import Listed, OwnRequest
from common.protocol.messages import GroupEntry, HelperEntry, Mode, Status, To, ToAnyone, ToGroup, ToHelper
from common.protocol.reasons import Why
from common.protocol.session_life import SessionPhase
from common.ui import theme
from common.ui.quit_dialog import QuitDialog
from common.ui.startup_error import StartupErrorWindow
from tests.support.looks import scene
from tests.support.obstacles import PORTAL
from user_agent.servers.base import ScreenChoice
from user_agent.ui.ask import AskDialog
from user_agent.ui.main_window import MainWindow
from user_agent.ui.people_model import PeopleRow
from user_agent.ui.quit_words import UserQuitWords
from user_agent.views import MissedCall, RequestEnding, RequestStage, SharedScreen, UserView

TARO = HelperEntry(
    uri="tasuki://example/helper/1", name="Taro Yamada", languages=["ja", "en"], skills=["Printers", "Excel"]
)
HELPERS: tuple[Listed, ...] = (
    TARO,
    HelperEntry(uri="tasuki://example/helper/2", name="佐藤花子", languages=["ja"], status=Status.BUSY, waiting=2),
    HelperEntry(
        uri="tasuki://example/helper/3", name="Maximiliane Freifrau von Hohenstein-Wolkenburg", status=Status.AWAY
    ),
    GroupEntry(group="Second floor", available=2, waiting=1),
    GroupEntry(group="Accounting", available=0, waiting=0),
)
MANY = (*HELPERS, *(
    HelperEntry(uri=f"tasuki://example/helper/{number}", name=f"Helper Number {number}", languages=["en"], waiting=number % 3)
    for number in range(10, 40)
))  # fmt: skip

VALUES = """
    Hanako Suzuki Taro Yamada relay.example Second floor eDP HDMI /home/hanako/.config/tasuki/user/agent.toml netwrok network
    Maximiliane Freifrau von Hohenstein-Wolkenburg Accounting Helper Number
    It is the tray, and they have the spare part.
    I am at lunch until one o'clock. Please ask Hanako, she knows the printers too.
"""

PROGRAMS = "UltraVNC uvnc.com TightVNC Server Shutdown"


def _colours() -> theme.Colours:
    """Those of the palette that holds: a scene does not know the program's Theme."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    ground = app.palette().window().color().name()
    schemes = (theme.LIGHT, theme.DARK, theme.CONTRAST)
    return next((one for one in schemes if one.background == ground), theme.LIGHT)


def matching(phase: MatchingPhase = MatchingPhase.ONLINE, **more: object) -> MatchingView:
    """The connection, with five in the list."""
    values: dict[str, object] = {
        "name": "Hanako Suzuki",
        "organisation": "example",
        "helpers": HELPERS,
        "listed": True,
        "waits": 1800.0,
    }
    return MatchingView(phase=phase, **(values | more))  # type: ignore[arg-type]


def desk(closed: float) -> Desk:
    """A help desk that opens in so many hours, for eight; with a telephone."""
    opens = time.time() + closed * 3600
    return Desk(telephone="03-1234-5678 (12)", open=[(opens, opens + 8 * 3600)])


def nobody_there(asked: OwnRequest | None = None) -> MatchingView:
    """The connection, with a list of nobody."""
    nobody = (GroupEntry(group="Second floor", busy=0, away=0),)
    return matching(helpers=nobody, desk=desk(40), request=asked)


def request(to: To, *, name: str | None = None, topic: str = "The printer does not print") -> OwnRequest:
    """The user's own."""
    return OwnRequest(request="a" * 32, to=to, mode=Mode.VIEW, topic=topic, name=name)


def main(*views: UserView, clock: float = 0.0) -> MainWindow:
    """The main window after these views."""
    now = [0.0]
    window = MainWindow(colours=_colours, clock=lambda: now[0])
    for view in views:
        window.render(view)
    now[0] = clock
    window.retranslate()
    return window


IDLE = UserView(matching=matching())
DAMAGED = TasukiError(
    "settings_unknown_key", path="/home/hanako/.config/tasuki/user/agent.toml", key="netwrok", nearest="network"
)


@scene("user main: whoever is free", values=VALUES)
def home() -> QWidget:
    """Nobody chosen by hand."""
    return main(IDLE)


@scene("user main: nothing here shows the screen", values=f"{VALUES} {PROGRAMS}")
def nothing_shows() -> QWidget:
    """Windows without a VNC server."""
    return main(UserView(matching=matching(), cannot_show=TasukiError("no_vnc_server_windows")))


@scene("user main: a program is in the way", values=f"{VALUES} {PROGRAMS}")
def in_the_way() -> QWidget:
    """The person's own TightVNC runs."""
    return main(UserView(matching=matching(desk=desk(-1)), cannot_show=TasukiError("tightvnc_running")))


@scene("user main: a helper chosen, something typed", values=VALUES)
def chosen() -> QWidget:
    """One of the list."""
    window = main(IDLE)
    window.home.people.choose(TARO.uri)
    window.set_topic("The printer on the second floor does not print")
    return window


@scene("user main: many to choose from", values=VALUES)
def many() -> QWidget:
    """With a field to search."""
    window = main(UserView(matching=matching(helpers=MANY)))
    window.home.people.choose("group Second floor")
    return window


@scene("user main: nobody found", values=VALUES)
def nobody() -> QWidget:
    """Words that stand nowhere."""
    window = main(UserView(matching=matching(helpers=MANY)))
    window.home.people.search.setText("Klingon")
    return window


@scene("user main: not connected", values=VALUES)
def offline() -> QWidget:
    """The relay is not reached."""
    problem = TasukiError("folder_unusable", folder="/home/hanako/.config/tasuki/user", detail="Permission denied")
    return main(UserView(matching=matching(MatchingPhase.RETRYING, problem=problem, helpers=(), desk=desk(-1))))


@scene("user main: a page to sign in stands before everything", values=VALUES)
def portal() -> QWidget:
    """As in a hotel."""
    return main(UserView(matching=matching(MatchingPhase.RETRYING, problem=PORTAL, helpers=(), desk=desk(-1))))


@scene("user main: what was wished for cannot be", values=VALUES)
def hindered() -> QWidget:
    """The settings file was damaged by hand."""
    window = main(UserView(matching=matching(desk=desk(-1))))
    window.say(plain(DAMAGED))
    return window


@scene("user main: started elsewhere", values=VALUES)
def elsewhere() -> QWidget:
    """The same certificate goes on on another computer."""
    return main(UserView(matching=matching(MatchingPhase.REPLACED, helpers=())))


@scene("user waiting: a named helper", values=VALUES)
def waiting_named() -> QWidget:
    """Third in the queue."""
    asked = request(ToHelper(uri=TARO.uri), name=TARO.name)
    offer = SharedScreen(server="x11vnc", screen=ScreenChoice(name="HDMI-1", x=0, y=0, width=1920, height=1080))
    view = UserView(stage=RequestStage.WAITING, position=3, matching=matching(request=asked), offer=offer)
    return main(IDLE, view, clock=200.0)


@scene("user waiting: the helper is away", values=VALUES)
def waiting_away() -> QWidget:
    """Somebody else can be asked."""
    asked = request(ToHelper(uri=TARO.uri), name=TARO.name)
    gone = matching(request=asked, helpers=HELPERS[1:], desk=desk(-1))
    return main(IDLE, UserView(stage=RequestStage.WAITING, position=1, matching=gone), clock=70.0)


@scene("user waiting: handed over", values=VALUES)
def waiting_handed_over() -> QWidget:
    """By whom, and what that one says of it."""
    asked = replace(request(ToGroup(group="Second floor")), note="It is the tray, and they have the spare part.")
    record = Record(
        session="5" * 32,
        request=asked.request,
        began=0.0,
        ended=100.0,
        peer_name=TARO.name,
        peer_uri=TARO.uri,
        organisation="Example",
        modes=((0.0, Mode.VIEW),),
        why=Why.TRANSFERRED,
    )
    view = UserView(stage=RequestStage.WAITING, position=1, matching=matching(request=asked), record=record)
    return main(IDLE, view, clock=70.0)


@scene("user waiting: nobody is there", values=VALUES)
def waiting_for_nobody() -> QWidget:
    """Closed until the day after tomorrow."""
    asked = request(ToAnyone())
    view = UserView(stage=RequestStage.WAITING, position=1, matching=nobody_there(asked))
    return main(IDLE, view, clock=70.0)


@scene("user waiting: all are busy", values=VALUES)
def waiting_for_busy() -> QWidget:
    """Next, and the desk is open."""
    asked = request(ToGroup(group="Accounting"))
    busy = matching(helpers=(GroupEntry(group="Accounting", busy=2, away=0),), request=asked, desk=desk(-1))
    return main(IDLE, UserView(stage=RequestStage.WAITING, position=1, matching=busy), clock=70.0)


@scene("user waiting: a call back can be left", values=VALUES)
def waiting_to_leave() -> QWidget:
    """Nobody is there, and need not be waited for."""
    asked = request(ToHelper(uri=TARO.uri), name=TARO.name)
    there = matching(request=asked, helpers=HELPERS[1:], desk=msgspec.structs.replace(desk(40), call_back=True))
    return main(IDLE, UserView(stage=RequestStage.WAITING, position=1, matching=there), clock=70.0)


@scene("user waiting: a call back was left", values=VALUES)
def left() -> QWidget:
    """Somebody called in vain."""
    asked = dataclasses.replace(request(ToAnyone()), call_back=True, until=time.time() + 2 * 86400)
    view = UserView(stage=RequestStage.WAITING, matching=nobody_there(asked), missed=MissedCall(name=TARO.name))
    return main(IDLE, view, clock=70.0)


@scene("user main: nobody is there", values=VALUES)
def home_of_nobody() -> QWidget:
    """Said before anybody asks."""
    return main(UserView(matching=nobody_there()))


@scene("user waiting: the relay is lost", values=VALUES)
def waiting_lost() -> QWidget:
    """The place is kept."""
    asked = request(ToGroup(group="Second floor"))
    lost = matching(
        MatchingPhase.RETRYING, problem=TasukiError("relay_lost", address="relay.example:443"), request=asked
    )
    return main(IDLE, UserView(stage=RequestStage.WAITING, matching=lost), clock=70.0)


@scene("user waiting: help is coming", values=VALUES)
def coming() -> QWidget:
    """Granted, and the question is on the screen."""
    asked = request(ToAnyone())
    session = SessionView(session="b" * 32, request="a" * 32, role=Role.USER, phase=SessionPhase.ASKING, mode=Mode.VIEW)
    return main(IDLE, UserView(stage=RequestStage.SESSION, matching=matching(request=asked), session=session))


@scene("user main: in a session", values=VALUES)
def in_session() -> QWidget:
    """The window was opened while somebody helps."""
    session = SessionView(
        session="b" * 32,
        request="a" * 32,
        role=Role.USER,
        phase=SessionPhase.CONNECTED,
        mode=Mode.VIEW,
        peer_name=TARO.name,
    )
    return main(IDLE, UserView(stage=RequestStage.SESSION, matching=matching(), session=session))


@scene("user main: in a session, the connection is lost", values=VALUES)
def in_lost_session() -> QWidget:
    """The window was opened to see what has happened."""
    session = SessionView(
        session="b" * 32,
        request="a" * 32,
        role=Role.USER,
        phase=SessionPhase.INTERRUPTED,
        mode=Mode.VIEW,
        peer_name=TARO.name,
        lost=time.time(),
    )
    lost = matching(MatchingPhase.RETRYING, problem=TasukiError("relay_lost", address="relay.example:443"))
    return main(IDLE, UserView(stage=RequestStage.SESSION, matching=lost, session=session))


@scene("user ended: declined with a reason", values=VALUES)
def declined() -> QWidget:
    """What the helper said."""
    ending = RequestEnding(
        why=Why.DECLINED, words="I am at lunch until one o'clock. Please ask Hanako, she knows the printers too."
    )
    return main(IDLE, UserView(stage=RequestStage.ENDED, matching=matching(), ending=ending))


@scene("user ended: no way was found", values=VALUES)
def not_opened() -> QWidget:
    """Taken, and then neither side's doing."""
    ending = RequestEnding(why=Why.HELPER_NOT_OPENED)
    return main(IDLE, UserView(stage=RequestStage.ENDED, matching=matching(), ending=ending))


@scene("user ended: nobody took it", values=VALUES)
def failed() -> QWidget:
    """Ask again."""
    ending = RequestEnding(why=Why.EXPIRED)
    return main(IDLE, UserView(stage=RequestStage.ENDED, matching=matching(desk=desk(40)), ending=ending))


def ask(row: PeopleRow) -> AskDialog:
    """The dialog before a request, with two screens and details of the computer."""
    dialog = AskDialog(row=row, topic="The printer does not print")
    dialog.show_screens(
        (
            ScreenChoice(name="eDP-1", x=0, y=0, width=1920, height=1080),
            ScreenChoice(name="HDMI-1", x=1920, y=0, width=2560, height=1440),
        )
    )
    dialog.show_details(
        {"system": "Debian GNU/Linux 12", "desktop": "GNOME", "computer": "hanako-pc", "memory": "16 GiB"}
    )
    return dialog


@scene("user ask: a helper", values=VALUES)
def ask_helper() -> QWidget:
    """By name."""
    return ask(PeopleRow(entry=TARO))


@scene("user ask: whoever is free, everything shared", values=VALUES)
def ask_anyone() -> QWidget:
    """With details and control."""
    dialog = ask(PeopleRow())
    dialog.details.box.setChecked(True)
    dialog._modes[1].radio.setChecked(True)
    dialog._modes[1].radio.setFocus()
    return dialog


@scene("user ask: a group", values=VALUES)
def ask_group() -> QWidget:
    """One screen, and nothing known of the computer."""
    return AskDialog(row=PeopleRow(entry=GroupEntry(group="Second floor")))


@scene("user ask: a group that may only look", values=VALUES)
def ask_to_look() -> QWidget:
    """The other way stands there, and why it cannot be chosen."""
    return AskDialog(row=PeopleRow(entry=GroupEntry(group="Second floor", most=Mode.VIEW)))


@scene("user startup error: a wrong setting", values=VALUES)
def startup_error() -> QWidget:
    """The program cannot start."""
    window = StartupErrorWindow(folder=Path("/tmp"))
    window.render(DAMAGED)
    return window


@scene("user quit: in a session", values=VALUES)
def leaving() -> QWidget:
    """Somebody is helping."""
    return QuitDialog(UserQuitWords(helper="Taro Yamada"))


@scene("user quit: a call back was left", values=VALUES)
def leaving_call_back() -> QWidget:
    """The request stays."""
    return QuitDialog(UserQuitWords(call_back=True))


@scene("user quit: while waiting", values=VALUES)
def leaving_queue() -> QWidget:
    """A request would be taken back."""
    return QuitDialog(UserQuitWords())
