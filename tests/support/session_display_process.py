"""What a user sees of a session, on a real display, as a process of its own, led by lines on stdin.

It prints events as the programs do: `ready`, `shown` after each line, and what the display emits. Lines: `view`, `control`,
`ask`, `offer`, `point X Y`, `draw X Y X Y` (a line), `drive X Y` (a helper in control has the pointer there),
`folds SECONDS`, `said TEXT`, `chat`, `raise`, `end`.
It ends with stdin.
"""

import dataclasses
import json
import os
import sys
import time

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from common.agent.views import ChatReceived, Drawn, MatchingView, PointerShown, SessionView
from common.protocol.identity import Role
from common.protocol.messages import Mode
from common.protocol.rfb.filter import Pointed
from common.protocol.session_life import SessionPhase
from common.ui.theme import Scheme, Theme
from user_agent.consent import questions
from user_agent.stop_keys import chosen
from user_agent.ui.hotkey.choice import hotkey_for
from user_agent.ui.session_display import SessionDisplay
from user_agent.views import RequestStage, SharedScreen, UserView


def tell(event: str, **facts: object) -> None:
    """Print an event."""
    print(json.dumps({"event": event, **facts}), flush=True)


class Stand:
    """The display and the session that it shows."""

    def __init__(self, app: QApplication, key: str) -> None:
        hotkey = hotkey_for(chosen(key, "linux"), platform="linux", environ=os.environ)
        self._hotkey = hotkey
        self._pointed: Pointed | None = None
        self._kept: dict[str, str] = {}
        self._own = False
        self._display = SessionDisplay(
            app=app,
            hotkey=hotkey,
            pointed=lambda: self._pointed,
            recall=lambda screen: self._kept.get(screen, ""),
            keep=self._keep,
        )
        self._display.stopped.connect(lambda: tell("stopped"))
        self._display.mode_wanted.connect(lambda mode: tell("mode_wanted", mode=mode.value))
        self._display.pause_wanted.connect(lambda on: tell("pause_wanted", on=on))
        self._display.answered.connect(lambda kind, yes: tell("answered", kind=kind.value, yes=yes))
        self._display.covered.connect(lambda boxes: tell("covered", boxes=boxes))
        self._session = SessionView(
            session="5" * 32,
            request="7" * 32,
            role=Role.USER,
            phase=SessionPhase.CONNECTED,
            mode=Mode.VIEW,
            peer_name="Hanako Sato",
            peer_uri="tasuki://sakura/helper/1",
            since=time.time(),
        )

    def obey(self, line: str) -> None:
        """One line."""
        match line.split():
            case ["view" | "control" as mode]:
                self._show(mode=Mode(mode), control_wanted=False, phase=SessionPhase.CONNECTED)
            case ["offer"]:
                self._own = True
                self._show()
            case ["drive", x, y]:
                moves = 0 if self._pointed is None else self._pointed.moves
                self._pointed = Pointed(int(x), int(y), moves + 1)
            case ["folds", seconds]:
                self._display.fold_after(float(seconds))
            case ["said", *words]:
                self._display.happened(ChatReceived(" ".join(words)), self._session)
            case ["chat"]:
                self._display.open_chat()
            case ["ask"]:
                self._show(control_wanted=True, deadline=time.time() + 60)
            case ["end"]:
                self._pointed = None
                self._show(phase=SessionPhase.ENDED)
            case ["raise"]:
                self._display.bring()
            case ["point", x, y]:
                self._display.happened(PointerShown(int(x), int(y)), self._session)
            case ["draw", x, y, to_x, to_y]:
                line_drawn = (int(x), int(y)), (int(to_x), int(to_y))
                self._display.happened(Drawn(line_drawn, True), self._session)
            case _:
                raise ValueError(line)
        tell("shown", hotkey=self._hotkey.held.value)

    def _show(self, **changes: object) -> None:
        self._session = dataclasses.replace(self._session, **changes)  # type: ignore[arg-type]
        view = UserView(
            stage=RequestStage.SESSION,
            matching=MatchingView(organisation="Sakura Elementary School"),
            shared=SharedScreen(server="x11vnc"),
            session=self._session,
            questions=questions(self._session, own=self._own),
        )
        self._display.render(view, time.time())

    def _keep(self, screen: str, place: str) -> None:
        self._kept[screen] = place
        tell("kept", screen=screen, place=place)

    def close(self) -> None:
        """The end."""
        self._display.close()


def main(key: str) -> None:
    """Until stdin ends."""
    app = QApplication(["tasuki-display"])
    app.setQuitOnLastWindowClosed(False)
    Theme(app, Scheme.LIGHT)
    stand = Stand(app, key)
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def read() -> None:
        line = sys.stdin.readline()
        if line:
            stand.obey(line)
        else:
            notifier.setEnabled(False)
            stand.close()
            app.quit()

    notifier.activated.connect(read)
    tell("ready")
    app.exec()


if __name__ == "__main__":
    main(*sys.argv[1:])
