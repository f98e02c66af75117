"""Everything that is asked in a session, on this process's screen, with the bar: what of the bar lies over what is asked is printed.

For two languages, usual and large letters, a short name and a long one, and the bar at the upper and at the lower edge.
The last line is how many were looked at.
"""

import dataclasses
import itertools
import sys
from functools import partial
from unittest import mock

from PySide6.QtWidgets import QApplication, QWidget

from common.agent.views import MatchingView
from common.host.words import LANGUAGES
from common.ui.language import Speech
from common.ui.theme import Scheme, Theme
from tests.gui.scenes.bar import LEFT, NOON, ORGANISATION, RIGHT, session
from tests.gui.user_agent.ui.test_session_display import key
from user_agent.area.question import AreaView, ScreenQuestion
from user_agent.consent import questions
from user_agent.ui import asking, bar, bar_keeper, covered_areas, screen_frame, session_display
from user_agent.ui.session_display import SessionDisplay
from user_agent.views import RequestStage, SharedScreen, UserView

NAMES = "Hanako Sato", "Maria-Magdalena Hohenlohe-Langenburg von und zu Liechtenstein"
EDGES = "0.5 0", "0.5 1", "0 0.5"
PLACING = asking, bar, bar_keeper, covered_areas, screen_frame, session_display


def views(name: str) -> dict[str, UserView]:
    """What is asked, by what it is."""
    seen = session(name=name)
    wished = dataclasses.replace(seen, control_wanted=True, deadline=NOON + 60)
    base = UserView(
        stage=RequestStage.SESSION,
        matching=MatchingView(organisation=ORGANISATION),
        shared=SharedScreen(server="x11vnc"),
        session=seen,
    )
    return {
        "the helper's wish": dataclasses.replace(base, session=wished, questions=questions(wished)),
        "the person's own": dataclasses.replace(base, questions=questions(seen, own=True)),
        "which screen": dataclasses.replace(
            base,
            session=session(name=name, changed=True),
            area=AreaView(stopped=True, question=ScreenQuestion(was=RIGHT, screens=(LEFT, RIGHT))),
        ),
        "nothing": base,
    }


def shown(name: str) -> list[QWidget]:
    """The windows of this name that are on the screen."""
    return [one for one in QApplication.topLevelWidgets() if one.objectName() == name and one.isVisible()]


def _kept(place: str, _screen: str) -> str:
    return place


def main() -> None:
    """Look at all."""
    app = QApplication(sys.argv)
    speech, theme = Speech(app, "en"), Theme(app, Scheme.LIGHT)
    for module in PLACING:
        mock.patch.object(module, "places", return_value=True).start()
    looked = 0
    for language, large, name, edge in itertools.product(LANGUAGES, (False, True), NAMES, EDGES):
        speech.use(language)
        theme.use_large(large)
        display = SessionDisplay(app=app, hotkey=key(), clock=lambda: NOON + 60, recall=partial(_kept, edge))
        asked = views(name)
        for what, view in asked.items():
            display.render(asked["nothing"], NOON)
            display.render(view, NOON)
            for _ in range(5):
                app.processEvents()
            (there,) = shown("session_bar")
            for window in (*shown("question"), *shown("screen_question")):
                looked += 1
                if window.frameGeometry().intersects(there.geometry()):
                    letters = "large" if large else "usual"
                    print(
                        f"{language}, {letters}, {name}, bar at {edge}, {what}: {window.frameGeometry()} {there.geometry()}"
                    )
            if what == "nothing" and there.folded:  # type: ignore[attr-defined]
                print(f"{language}, {name}, bar at {edge}: it does not open again")
        display.close()
    print(looked)


if __name__ == "__main__":
    main()
