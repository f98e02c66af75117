"""What both agents' windows share."""

from PySide6.QtWidgets import QWidget

from common.agent.enrolment.busy import EnrolmentBusyError
from common.host.errors import TasukiError, plain
from common.ui.chat import ChatPanel
from common.ui.enrolment import EnrolmentWindow
from common.ui.sign_in import sign_in_page
from tests.support.clock import START
from tests.support.enrolment_lines import FOUND, LINE
from tests.support.looks import scene
from tests.support.obstacles import PORTAL

NOON = 1_700_049_600.0


@scene("chat, with messages")
def chat() -> QWidget:
    """Both speak, one at length."""
    panel = ChatPanel()
    panel.set_enabled(True)
    panel.add("Hello, what is the matter?", own=False, at=NOON, name="Hanako Sato")
    panel.add(
        "The printer prints nothing but empty pages since this morning.", own=True, at=NOON + 40, name="Taro Yamada"
    )
    panel.add("プリンターの設定を一緒に見てみましょう。" * 4, own=False, at=NOON + 95, name="佐藤 花子")
    panel.set_draft("It is the one beside the window")
    panel.resize(340, 420)
    return panel


@scene("chat, a link and what became of lines", values="https help example printers Sora Ueda")
def linked_chat() -> QWidget:
    """One has arrived, one was not sent, one is on its way; the other has sent an address."""
    panel = ChatPanel()
    panel.set_enabled(True)
    panel.add("https://help.example/printers?q=empty", own=False, at=NOON, name="Sora Ueda")
    for number in (1, 2, 3):
        panel.add("プリンターの設定", own=True, at=NOON + number, name="Sora Ueda", number=number)
    panel.not_sent(2)
    panel.delivered(2)
    panel.resize(340, 420)
    return panel


@scene("chat, own texts offered")
def offered() -> QWidget:
    """After a slash."""
    panel = ChatPanel()
    panel.set_enabled(True)
    panel.set_answers(("再起動をお願いします。", "少しお待ちください。", "画面の右上を見てください。" * 5))
    panel.set_draft("/")
    panel.resize(340, 420)
    return panel


@scene("chat, nobody there yet")
def quiet_chat() -> QWidget:
    """Nothing was said, and nothing can be."""
    panel = ChatPanel()
    panel.resize(340, 320)
    return panel


@scene("enrolment, empty")
def enrolment() -> QWidget:
    """The first thing a new person sees."""
    return EnrolmentWindow()


@scene("enrolment, a line was found", values="/home/taro/Downloads/tasuki-enrol.txt")
def enrolment_found() -> QWidget:
    """A file of the operator lay beside the program."""
    window = EnrolmentWindow()
    window.offer(FOUND)
    return window


@scene("enrolment, a line that is none")
def enrolment_wrong() -> QWidget:
    """What was pasted is damaged."""
    window = EnrolmentWindow()
    window.paste("tasuki-enrol:1:ABC")
    return window


@scene("enrolment, to confirm", values="Sakura Elementary School")
def enrolment_confirm() -> QWidget:
    """The organisation is shown before anything is sent."""
    window = EnrolmentWindow()
    window.paste(str(LINE))
    window.show_organisation("Sakura Elementary School")
    return window


@scene("enrolment, its organisation is asked for")
def enrolment_asked() -> QWidget:
    """A moment before."""
    window = EnrolmentWindow()
    window.paste(str(LINE))
    return window


@scene("enrolment, under way")
def enrolment_progress() -> QWidget:
    """The relay is asked."""
    window = EnrolmentWindow()
    window.paste(str(LINE))
    window.show_progress()
    return window


@scene("enrolment, asked again later", values="help.sakura.example")
def enrolment_waiting() -> QWidget:
    """Too many ask at once; nothing has to be done."""
    window = EnrolmentWindow()
    window.paste(str(LINE))
    window.show_waiting(plain(EnrolmentBusyError(address="help.sakura.example", retry_after=40, now=START)))
    return window


@scene("enrolment, refused")
def enrolment_problem() -> QWidget:
    """What went wrong, and what to do."""
    window = EnrolmentWindow()
    window.paste(str(LINE))
    window.show_problem(plain(TasukiError("enrolment_code_used")), again=False)
    return window


@scene("enrolment, a page to sign in stands before everything")
def enrolment_portal() -> QWidget:
    """As in a hotel."""
    window = EnrolmentWindow()
    window.paste(str(LINE))
    window.show_problem(plain(PORTAL), sign_in=sign_in_page(PORTAL))
    return window


@scene("enrolment, done", values="Taro Yamada Sakura Elementary School")
def enrolment_done() -> QWidget:
    """Everything is in place."""
    window = EnrolmentWindow()
    window.show_done("Sakura Elementary School", "Taro Yamada")
    return window
