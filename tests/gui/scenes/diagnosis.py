"""Why can't I connect?"""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from common.agent.diagnosis import DiagnosisStep
from common.protocol.desk import Desk
from common.ui.diagnosis import DiagnosisWindow
from tests.support.looks import scene
from tests.support.steps import FAILED, GOOD, RUNNING

SAID = " ".join(f"{step.title} {step.detail}" for step in [*FAILED, *RUNNING])


def gone(steps: Sequence[DiagnosisStep], *, through: bool) -> DiagnosisWindow:
    """A window that was asked, and finds the same whenever it is asked again."""
    window = DiagnosisWindow()

    def go() -> None:
        for step in steps:
            window.show_step(step)
        if through:
            window.finish()

    window.wanted.connect(go)
    window.know(Desk(telephone="03-1234-5678"))
    window.ask()
    return window


@scene("why can't I connect, under way", values=SAID)
def under_way() -> QWidget:
    """One step after the other."""
    return gone(RUNNING, through=False)


@scene("why can't I connect, found", values=SAID)
def found() -> QWidget:
    """Something is wrong."""
    return gone(FAILED, through=True)


@scene("why can't I connect, all good", values=SAID)
def all_good() -> QWidget:
    """Nothing is."""
    return gone(GOOD, through=True)
