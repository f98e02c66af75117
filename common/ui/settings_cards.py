"""The parts that settings dialogs are made of. A card is filled from values, gives back what was chosen, and says what is wrong."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from common.host.errors import TasukiError, sentence
from common.protocol.proxies import InvalidProxyError
from common.ui.drop_down import DropDown
from common.ui.language import NATIVE_NAMES
from common.ui.settings_values import ProxyChoice, ProxyWay, SettingsValues
from common.ui.theme import Scheme
from common.ui.widgets import label
from common.ui.window import Card, Part

SAID: Final = Qt.ItemDataRole.UserRole


class Choice(DropDown):
    """One of several, each with a value (text) of its own."""

    def __init__(self, name: str, values: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName(name)
        for value in values:
            self.addItem("", value)

    @property
    def value(self) -> str:
        """What is chosen."""
        return str(self.currentData(SAID))

    def choose(self, value: str) -> None:
        """Choose it; the first where it is none of them."""
        self.setCurrentIndex(max(0, self.findData(value, SAID)))

    def say(self, texts: Sequence[str]) -> None:
        """What the person reads, in the order of the values."""
        for index, text in enumerate(texts):
            self.setItemText(index, text)


class SettingsCard(Card):
    """One group of settings under a heading."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = label(rank="heading")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(18, 14, 18, 16)
        self.body.setSpacing(10)
        self.body.addWidget(self.heading)

    def form(self) -> QFormLayout:
        """Rows of a word and a field, under each other where the words are long."""
        layout = QFormLayout()
        layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setHorizontalSpacing(16)
        layout.setVerticalSpacing(10)
        self.body.addLayout(layout)
        return layout

    def fill(self, values: SettingsValues) -> None:
        """Show these."""

    def chosen(self) -> dict[str, object]:
        """Fields of the values → what was chosen. Only asked where `wrong` found nothing."""
        return {}

    def wrong(self) -> QWidget | None:
        """Check, and say beside the field what is wrong. The field to correct; None where all is well."""
        return None


def row(layout: QFormLayout, field: QWidget) -> QLabel:
    """A row; its word comes with `retranslate`."""
    word = label(wrap=False)
    word.setBuddy(field)
    layout.addRow(word, field)
    return word


def check(name: str) -> QCheckBox:
    """A box to tick."""
    made = QCheckBox()
    made.setObjectName(name)
    return made


class GeneralCard(SettingsCard):
    """Language, looks, large letters, start with the desktop, notices."""

    language_chosen = Signal(str)
    theme_chosen = Signal(str)
    large_chosen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        rows = self.form()
        self.language = Choice("language", ["", *NATIVE_NAMES])
        self.theme = Choice("theme", list(Scheme))
        self._language_word = row(rows, self.language)
        self._theme_word = row(rows, self.theme)
        self.large, self.autostart = check("large-letters"), check("autostart")
        self.notices, self.sound = check("notices"), check("sound")
        for box in (self.large, self.autostart, self.notices, self.sound):
            self.body.addWidget(box)
        self.language.activated.connect(lambda _index: self.language_chosen.emit(self.language.value))
        self.theme.activated.connect(lambda _index: self.theme_chosen.emit(self.theme.value))
        self.large.clicked.connect(self.large_chosen)
        self.begin_words()

    def fill(self, values: SettingsValues) -> None:
        """Show these."""
        self.language.choose(values.language)
        self.theme.choose(values.theme)
        self.large.setChecked(values.large)
        self.autostart.setChecked(values.autostart)
        self.notices.setChecked(values.notices)
        self.sound.setChecked(values.sound)

    def chosen(self) -> dict[str, object]:
        """Nothing here can be wrong."""
        return {
            "language": self.language.value,
            "theme": self.theme.value,
            "large": self.large.isChecked(),
            "autostart": self.autostart.isChecked(),
            "notices": self.notices.isChecked(),
            "sound": self.sound.isChecked(),
        }

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("General"))
        self._language_word.setText(self.tr("&Language"))
        self.language.say([self.tr("As the system says"), *NATIVE_NAMES.values()])
        self._theme_word.setText(self.tr("Loo&ks"))
        self.theme.say([self.tr("As the system says"), self.tr("Light"), self.tr("Dark"), self.tr("High contrast")])
        self.large.setText(self.tr("La&rge letters"))
        self.autostart.setText(self.tr("Start with the &desktop"))
        self.notices.setText(self.tr("Show &notices of the desktop"))
        self.sound.setText(self.tr("Play a so&und where something asks for attention"))


class ProxyCard(SettingsCard):
    """How the relay is reached. A proxy's password is a field that hides what is typed."""

    def __init__(self) -> None:
        super().__init__()
        self._ways = QButtonGroup(self)
        self.ways = {way: QRadioButton() for way in ProxyWay}
        for way, choice in self.ways.items():
            choice.setObjectName(f"proxy-{way.value}")
            self._ways.addButton(choice)
            self.body.addWidget(choice)
        self._fields = Part()
        rows = QFormLayout(self._fields)
        rows.setContentsMargins(26, 0, 0, 0)
        rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.address, self.username, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        for name, field in (("address", self.address), ("username", self.username), ("password", self.password)):
            field.setObjectName(f"proxy-{name}")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self._address_word = row(rows, self.address)
        self.problem = label(tone="danger")
        self.problem.setObjectName("proxy-problem")
        self.problem.hide()
        rows.addRow(self.problem)
        self._username_word, self._password_word = row(rows, self.username), row(rows, self.password)
        self.body.addWidget(self._fields)
        self.ways[ProxyWay.PROXY].toggled.connect(self._fields.setEnabled)
        self._fields.setEnabled(False)
        self.address.editingFinished.connect(self._take_apart)
        for changed in (self.address.textEdited, self.username.textEdited, self.password.textEdited):
            changed.connect(lambda _text: self._say(""))
        self._ways.buttonClicked.connect(lambda _button: self._say(""))
        self._before = ""
        self._problem: TasukiError | None = None
        self.begin_words()

    def fill(self, values: SettingsValues) -> None:
        """Show these."""
        self._before = values.proxy
        self._show(ProxyChoice.of(values.proxy))

    def choice(self) -> ProxyChoice:
        """What stands in the fields."""
        way = next(way for way, choice in self.ways.items() if choice.isChecked())
        if way is not ProxyWay.PROXY:
            return ProxyChoice(way=way)
        return ProxyChoice(
            way=way,
            address=self.address.text().strip(),
            username=self.username.text(),
            password=self.password.text(),
        )

    def chosen(self) -> dict[str, object]:
        """What was there stays as it was written, where nothing was changed."""
        choice = self.choice()
        return {"proxy": self._before if choice == ProxyChoice.of(self._before) else choice.setting()}

    def wrong(self) -> QWidget | None:
        """An address that is none."""
        self._take_apart()
        try:
            self.choice().setting()
        except InvalidProxyError as error:
            self._say(str(error))
            return self.address
        self._say("")
        return None

    def _show(self, choice: ProxyChoice) -> None:
        self.ways[choice.way].setChecked(True)
        self.address.setText(choice.address)
        self.username.setText(choice.username)
        self.password.setText(choice.password)

    def _take_apart(self) -> None:
        """A whole URL was pasted: name and password go where they are hidden."""
        found = ProxyChoice.of(self.address.text())
        if "@" in self.address.text() and found.way is ProxyWay.PROXY and found.username:
            self._show(found)

    def _say(self, detail: str) -> None:
        self._problem = TasukiError("proxy_address_wrong", detail=detail) if detail else None
        text = sentence(self._problem) if self._problem is not None else ""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        self.address.setAccessibleDescription(text)

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("Connection"))
        self.ways[ProxyWay.SYSTEM].setText(self.tr("Use the &proxy that this computer is set to, if any"))
        self.ways[ProxyWay.DIRECT].setText(self.tr("Use n&o proxy"))
        self.ways[ProxyWay.PROXY].setText(self.tr("Use &this proxy:"))
        self._address_word.setText(self.tr("&Address"))
        self.address.setPlaceholderText("http://proxy.example.org:3128")
        self._username_word.setText(self.tr("User na&me"))
        self._password_word.setText(self.tr("Pass&word"))
        for field in (self.username, self.password):
            field.setPlaceholderText(self.tr("Only if the proxy asks for it"))
        if self._problem is not None:
            self.problem.setText(sentence(self._problem))


class ClipboardCard(SettingsCard):
    """Which way clipboards cross. The words say it from this side; hence `helper`."""

    def __init__(self, *, helper: bool, problem: TasukiError | None = None) -> None:
        """`problem`: why none crosses in the session that runs."""
        super().__init__()
        self._helper = helper
        self._problem = problem
        self.to_user, self.to_helper = check("clipboard-to-user"), check("clipboard-to-helper")
        self._note, self.hindrance = label(rank="muted"), label()
        self.hindrance.setObjectName("clipboard-problem")
        self.hindrance.setVisible(problem is not None)
        for part in (self._note, self.hindrance, self.to_user, self.to_helper):
            self.body.addWidget(part)
        for switch in (self.to_user, self.to_helper):
            switch.setEnabled(problem is None)
        self.begin_words()

    def fill(self, values: SettingsValues) -> None:
        """Show these."""
        self.to_user.setChecked(values.to_user)
        self.to_helper.setChecked(values.to_helper)

    def chosen(self) -> dict[str, object]:
        """Nothing here can be wrong."""
        return {"to_user": self.to_user.isChecked(), "to_helper": self.to_helper.isChecked()}

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("Clipboard"))
        self._note.setText(self.tr("What is copied crosses only while the helper has control."))
        if self._problem is not None:
            self.hindrance.setText(sentence(self._problem))
        if self._helper:
            self.to_user.setText(self.tr("What &I copy can be pasted on the user's computer"))
            self.to_helper.setText(self.tr("What is copied on the user's computer can be pasted &here"))
        else:
            self.to_user.setText(self.tr("What the helper copies can be pasted &here"))
            self.to_helper.setText(self.tr("What &I copy can be pasted on the helper's computer"))
