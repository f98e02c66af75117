"""The question for a proxy's name and password: when it is asked, and what becomes of the answer."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from common.host.errors import TasukiError
from common.net.proxy_logins import ProxyLogins
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import Login
from common.ui.language import Speech
from common.ui.proxy_login import ProxyLoginDialog, ProxyLoginQuestion

PROXY = ProxyUrl.parse("http://anna:old@proxy.example.org:3128")
WANTED = TasukiError("proxy_wants_password", proxy=PROXY)
REFUSED = TasukiError("proxy_password_wrong", proxy=PROXY)


class House:
    """A window, and what was given and said."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.show()
        self.logins = ProxyLogins()
        self.tried = 0
        self.open: list[bool] = []
        self.question = ProxyLoginQuestion(self.logins, given=self._try, asking=self.open.append)

    def _try(self) -> None:
        self.tried += 1

    def look(self, problem: TasukiError | None) -> ProxyLoginDialog | None:
        """The question that is open then."""
        assert self.question.look(problem, self.window) is (self.question.dialog is not None)
        return self.question.dialog

    def answer(self, qtbot: QtBot, password: str) -> None:
        """The open question, by the keyboard."""
        dialog = self.question.dialog
        assert dialog is not None
        dialog.username.setText("anna")
        qtbot.keyClicks(dialog.password, password)
        qtbot.keyClick(dialog.password, Qt.Key.Key_Return)


async def test_it_is_asked_where_a_proxy_wants_it(qtbot: QtBot, speech: Speech) -> None:
    """Once; the answer is tried at once, and nobody can read the password."""
    house = House(qtbot)
    assert house.look(None) is None
    assert house.look(TasukiError("proxy_unreachable", proxy=PROXY, detail="")) is None
    dialog = house.look(WANTED)
    assert dialog is not None
    assert dialog.username.text() == "anna"
    assert dialog.password.echoMode() is QLineEdit.EchoMode.Password
    assert "proxy.example.org:3128" in dialog.text.text()
    assert house.look(WANTED) is dialog
    house.answer(qtbot, "new")
    assert (house.tried, house.open) == (1, [True, False])
    assert dialog.password.text() == ""  # before the loop turns: then it is gone
    assert await house.logins.of(PROXY) == Login(username="anna", password="new")
    assert house.question.dialog is None


async def test_the_way_opens_by_itself(qtbot: QtBot, speech: Speech) -> None:
    """The open question goes, and was not answered with *not now*."""
    house = House(qtbot)
    assert house.look(WANTED) is not None
    house.question.way_is_open()
    assert house.question.dialog is None
    assert house.open == [True, False]
    assert house.look(WANTED) is not None


async def test_a_refused_one_is_asked_for_again_but_not_for_ever(qtbot: QtBot, speech: Speech) -> None:
    """After three the account may be locked."""
    house = House(qtbot)
    house.look(WANTED)
    for number in range(3):
        house.answer(qtbot, f"wrong{number}")
        login = await house.logins.of(PROXY)
        assert login is not None
        house.logins.refused(PROXY, login)
        dialog = house.look(REFUSED)
        assert (dialog is not None) is (number < 2)
        assert dialog is None or "lock" in dialog.text.text()
    assert house.tried == 3


async def test_not_now_holds_until_the_way_was_open(qtbot: QtBot, speech: Speech) -> None:
    """Tries go on in the background; a person must not be asked at each."""
    house = House(qtbot)
    dialog = house.look(WANTED)
    assert dialog is not None
    qtbot.mouseClick(dialog.later, Qt.MouseButton.LeftButton)
    assert house.look(WANTED) is None
    assert (house.tried, house.open) == (0, [True, False])
    house.question.way_is_open()
    assert house.look(WANTED) is not None
    house.question.close()
    assert house.question.dialog is None


async def test_nothing_can_be_sent_without_a_name(qtbot: QtBot, speech: Speech) -> None:
    """An empty password is one."""
    dialog = ProxyLoginDialog(ProxyUrl.parse("http://proxy:3128"), refused=False)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.log_in.isEnabled()
    dialog.username.setText("  ")
    assert not dialog.log_in.isEnabled()
    dialog.username.setText("anna")
    with qtbot.waitSignal(dialog.given) as given:
        dialog.log_in.click()
    assert given.args == [Login(username="anna")]
