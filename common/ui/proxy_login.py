"""The question for a name and a password that a proxy wants, and when it is asked: once, and again where they were refused."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from common.host.errors import TasukiError
from common.protocol.proxies import ProxyUrl
from common.protocol.proxy_login import Login
from common.ui.settings_cards import row
from common.ui.widgets import ButtonRow, button, label, named
from common.ui.window import Dialog

WANTED: Final = "proxy_wants_password"
REFUSED: Final = "proxy_password_wrong"
WIDE: Final = 26  # heights of a line
LONGEST: Final = 255


class Logins(Protocol):
    """What is needed of common.net.proxy_logins.ProxyLogins."""

    def give(self, proxy: ProxyUrl, login: Login) -> None: ...
    def may_ask(self, proxy: ProxyUrl) -> bool: ...


class ProxyLoginDialog(Dialog):
    """`given(Login)`: what the person typed. `refused`: what was tried before was wrong."""

    given = Signal(object)

    def __init__(self, proxy: ProxyUrl, *, refused: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("proxy_login")
        self._proxy = proxy
        self._refused = refused
        self.text, self.note = label(tone="danger" if refused else ""), label(rank="muted")
        self.username, self.password = named(QLineEdit(), "username"), named(QLineEdit(), "password")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.log_in, self.later = named(button(kind="primary"), "log_in"), named(button(), "later")
        self.log_in.setDefault(True)
        self.log_in.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(14)
        layout.addWidget(self.text)
        rows = QFormLayout()
        rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._username_word, self._password_word = row(rows, self.username), row(rows, self.password)
        layout.addLayout(rows)
        layout.addWidget(self.note)
        layout.addWidget(ButtonRow(accept=self.log_in, reject=self.later))
        for field in (self.username, self.password):
            field.setMaxLength(LONGEST)
        self.username.textChanged.connect(lambda text: self.log_in.setEnabled(bool(text.strip())))
        self.log_in.clicked.connect(self._give)
        self.later.clicked.connect(self.reject)
        if proxy.username:
            self.username.setText(proxy.username)
            self.password.setFocus()
        self.begin_words()
        self.open_at(WIDE)

    def retranslate(self) -> None:
        """The words."""
        self.setWindowTitle(self.tr("Log in to the network"))
        if self._refused:
            text = self.tr(
                "The name or the password was not right for {proxy}. Look at both before you try again: after a few wrong ones, many organisations lock the account."
            )
        else:
            text = self.tr(
                "This network lets Tasuki out only with a name and a password, at {proxy}. Most often they are those with which you log in at work."
            )
        self.text.setText(text.format(proxy=self._proxy.where))
        self._username_word.setText(self.tr("User na&me"))
        self._password_word.setText(self.tr("Pass&word"))
        self.note.setText(self.tr("Tasuki keeps them where this computer keeps passwords, if it can."))
        self.log_in.setText(self.tr("&Log in"))
        self.later.setText(self.tr("Not now"))

    def _give(self) -> None:
        login = Login(username=self.username.text().strip(), password=self.password.text())
        self.password.clear()
        self.given.emit(login)
        self.accept()


class ProxyLoginQuestion(QObject):
    """Asks, one question at a time. Who said *not now* is asked again once the way was open in between."""

    def __init__(
        self, logins: Logins, *, given: Callable[[], object], asking: Callable[[bool], object] = lambda _on: None
    ) -> None:
        """`given`: there is a login now, and it can be tried; `asking`: the question is open, or no longer."""
        super().__init__()
        self._logins = logins
        self._given = given
        self._asking = asking
        self._not_now: set[str] = set()
        self.dialog: ProxyLoginDialog | None = None

    def look(self, problem: TasukiError | None, parent: QWidget | None = None) -> bool:
        """Ask, if that is what is wrong; whether a question is open."""
        if self.dialog is not None:
            return True
        proxy: Any = None if problem is None else problem.facts.get("proxy")
        if problem is None or problem.code not in {WANTED, REFUSED} or not isinstance(proxy, ProxyUrl):
            return False
        if str(proxy) in self._not_now or not self._logins.may_ask(proxy):
            return False
        dialog = self.dialog = ProxyLoginDialog(proxy, refused=problem.code == REFUSED, parent=parent)
        dialog.given.connect(lambda login: self._take(proxy, login))
        dialog.rejected.connect(lambda: self._not_now.add(str(proxy)))
        dialog.finished.connect(self._over)
        self._asking(True)
        dialog.open()
        return True

    def way_is_open(self) -> None:
        """The relay was reached: nothing is to be asked, and what was refused to be told may be asked another time."""
        self.close()
        self._not_now.clear()

    def close(self) -> None:
        """No question any more."""
        if self.dialog is not None:
            self.dialog.reject()

    def _take(self, proxy: ProxyUrl, login: Login) -> None:
        self._logins.give(proxy, login)
        self._given()

    def _over(self) -> None:
        self._asking(False)
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
