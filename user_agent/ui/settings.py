"""The user's settings: what both agents have, and the VNC program, the stop keys, which details of the computer are offered."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtWidgets import QCheckBox, QWidget

from common.host.errors import TasukiError
from common.ui.inventory_words import InventoryWords
from common.ui.program_card import ProgramCard
from common.ui.settings import SettingsDialog
from common.ui.settings_cards import Choice, ClipboardCard, ProxyCard, SettingsCard, check
from common.ui.settings_values import ProgramOption, SettingsValues, setting
from common.ui.widgets import label
from user_agent.servers.choice import KnownServer

LONGEST: Final = 36  # characters of a detail's value that are shown


@dataclass(frozen=True, kw_only=True)
class UserSettings(SettingsValues):
    """All that a user may change in the window."""

    server: str = field(default="", metadata=setting("programs.server"))  # empty: the first that is here
    stop: str = field(default="", metadata=setting("hotkey.stop"))  # empty: the usual one
    withheld: tuple[str, ...] = field(default=(), metadata=setting("inventory.withheld"))


def programs(known: Sequence[KnownServer]) -> list[ProgramOption]:
    """The VNC servers of this platform as the dialog shows them."""
    return [ProgramOption(name=one.name, problem=one.problem) for one in known]


class UserSettingsDialog(SettingsDialog):
    """`programs` and `details` (user_agent.inventory, nothing withheld) are found in a thread before."""

    def __init__(
        self,
        values: UserSettings,
        *,
        programs: Sequence[ProgramOption],
        stop_keys: Sequence[str],
        usual_stop: str,
        details: Mapping[str, str],
        clipboard: TasukiError | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`stop_keys`: those that can be chosen; `usual_stop`: which one holds where none was. `clipboard`: why none crosses now."""
        cards: list[SettingsCard] = [
            ProxyCard(),
            StopCard(stop_keys, usual=usual_stop),
            ServerCard(programs),
            DetailsCard(details),
            ClipboardCard(helper=False, problem=clipboard),
        ]
        super().__init__(values, cards, parent)
        self.setObjectName("user-settings")


class ServerCard(ProgramCard):
    """Which VNC server shows the screen."""

    def __init__(self, programs: Sequence[ProgramOption]) -> None:
        super().__init__([ProgramOption(name=""), *programs], field="server", unknown="vnc_server_unknown")
        self._first = next((one.name for one in programs if one.problem is None), "")
        self.begin_words()

    def title(self, name: str) -> str:
        """By itself means the first that is here."""
        if name:
            return name
        if self._first:
            return self.tr("Chosen by Tasuki ({program} on this computer)").format(program=self._first)
        return self.tr("Chosen by Tasuki")

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("Program that shows the screen"))
        self.note.setText(self.tr("Tasuki chooses well by itself. It runs only while somebody helps you."))
        super().retranslate()


class StopCard(SettingsCard):
    """The keys that stop at once."""

    def __init__(self, keys: Sequence[str], *, usual: str) -> None:
        super().__init__()
        self._keys, self._usual = list(keys), usual
        self._note = label(rank="muted")
        self.stop = Choice("stop-keys", ["", *keys])
        self.body.addWidget(self._note)
        self.body.addWidget(self.stop)
        self.begin_words()

    def fill(self, values: SettingsValues) -> None:
        """Show these. Keys that were written into the file by hand stay."""
        chosen = values.stop if isinstance(values, UserSettings) else ""
        if chosen and chosen not in self._keys:
            self._keys.append(chosen)
            self.stop.addItem("", chosen)
            self.retranslate()
        self.stop.choose(chosen)

    def chosen(self) -> dict[str, object]:
        """Every choice is good."""
        return {"stop": self.stop.value}

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("Keys that stop at once"))
        self._note.setText(self.tr("Press them during a session and it ends at once. The helper cannot press them."))
        self.stop.setAccessibleName(self.tr("Keys that stop at once"))
        self.stop.say([self.tr("As usual ({keys})").format(keys=self._usual), *self._keys])


class DetailsCard(SettingsCard):
    """Which details of this computer are offered to be sent with a request. One that is not known here stays withheld."""

    def __init__(self, details: Mapping[str, str]) -> None:
        super().__init__()
        self._details = dict(details)
        self._withheld: tuple[str, ...] = ()
        self._note = label(rank="muted")
        self.body.addWidget(self._note)
        self.boxes: dict[str, QCheckBox] = {}
        self._titles = InventoryWords(self)
        for key in details:
            box = check(f"detail-{key}")
            self.boxes[key] = box
            self.body.addWidget(box)
        self.begin_words()

    def fill(self, values: SettingsValues) -> None:
        """Show these."""
        self._withheld = values.withheld if isinstance(values, UserSettings) else ()
        for key, box in self.boxes.items():
            box.setChecked(key not in self._withheld)

    def chosen(self) -> dict[str, object]:
        """In the order in which they were withheld, new ones behind."""
        before = [key for key in self._withheld if key not in self.boxes or not self.boxes[key].isChecked()]
        new = [key for key, box in self.boxes.items() if not box.isChecked() and key not in before]
        return {"withheld": (*before, *new)}

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("Details of this computer"))
        self._note.setText(
            self.tr(
                "Before you ask for help, these are shown, and sent only if you agree. Untick what is never offered."
            )
        )
        for key, box in self.boxes.items():
            title, value = self._titles.title(key), elided(self._details[key])
            box.setText(self.tr("{title}: {value}").format(title=title, value=value).replace("&", "&&"))
            box.setToolTip(html.escape(self._details[key]))


def elided(value: str) -> str:
    """A value as it fits into a line; a box to tick does not wrap."""
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
