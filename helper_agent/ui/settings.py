"""The helper's settings: what both agents have, and the viewer, what the status follows, what the organisation says of the helper."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtWidgets import QSpinBox, QWidget

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.words import one_line
from common.ui.program_card import ProgramCard
from common.ui.settings import SettingsDialog
from common.ui.settings_cards import ClipboardCard, ProxyCard, SettingsCard, check, row
from common.ui.settings_values import ProgramOption, SettingsValues, setting
from common.ui.widgets import label
from helper_agent.viewers import choice, novnc


@dataclass(frozen=True, kw_only=True)
class HelperSettings(SettingsValues):
    """All that a helper may change in the window."""

    viewer: str = field(default=novnc.NAME, metadata=setting("programs.viewer"))
    away_after: int = field(default=15, metadata=setting("helper.away_after"))  # minutes; 0: never
    busy_in: int = field(default=1, metadata=setting("helper.busy_in"))  # sessions; 0: never
    back: bool = field(default=True, metadata=setting("helper.back"))


@dataclass(frozen=True, kw_only=True)
class PublicProfile:
    """What the organisation says of the helper; None where it did not tell."""

    name: str
    organisation: str
    languages: tuple[str, ...] | None = None
    skills: tuple[str, ...] | None = None


def programs(computer: Computer) -> list[ProgramOption]:
    """All viewers, and why one cannot be used. Looks at the disk: not on the loop."""
    return [ProgramOption(name=name, problem=_problem(computer, name)) for name in choice.NAMES]


def _problem(computer: Computer, name: str) -> TasukiError | None:
    try:
        choice.choose(computer, name)
    except TasukiError as problem:
        return problem
    return None


class HelperSettingsDialog(SettingsDialog):
    """`programs` is found in a thread before. `clipboard`: why none crosses in the sessions that run."""

    def __init__(
        self,
        values: HelperSettings,
        *,
        programs: Sequence[ProgramOption],
        profile: PublicProfile,
        clipboard: TasukiError | None = None,
        parent: QWidget | None = None,
    ) -> None:
        cards: list[SettingsCard] = [
            StatusCard(),
            ViewerCard(programs),
            PublicProfileCard(profile),
            ProxyCard(),
            ClipboardCard(helper=True, problem=clipboard),
        ]
        super().__init__(values, cards, parent)
        self.setObjectName("helper-settings")


class ViewerCard(ProgramCard):
    """Which viewer shows a user's screen."""

    def __init__(self, programs: Sequence[ProgramOption]) -> None:
        super().__init__(programs, field="viewer", unknown="viewer_unknown")
        self.begin_words()

    def title(self, name: str) -> str:
        """Programs by their names."""
        own = {
            novnc.NAME: self.tr("Built in"),
            choice.NONE: self.tr("None: Tasuki tells the address, and I start a viewer myself"),
            "tigervnc": "TigerVNC",
            "tightvnc": "TightVNC",
            "ssvnc": "SSVNC",
            "ultravnc": "UltraVNC",
        }
        return own.get(name, name)

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("Viewer"))
        self.note.setText(self.tr("The next session is opened with it."))
        super().retranslate()


class StatusCard(SettingsCard):
    """What the status follows by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._note = label(rank="muted")
        self.body.addWidget(self._note)
        rows = self.form()
        self.away_after, self.busy_in, self.back = QSpinBox(), QSpinBox(), check("back")
        self.away_after.setObjectName("away-after")
        self.away_after.setRange(0, 720)
        self.busy_in.setObjectName("busy-in")
        self.busy_in.setRange(0, 50)
        self._away_word, self._busy_word = row(rows, self.away_after), row(rows, self.busy_in)
        self.body.addWidget(self.back)
        self.begin_words()

    def fill(self, values: SettingsValues) -> None:
        """Show these."""
        if isinstance(values, HelperSettings):
            self.away_after.setValue(values.away_after)
            self.busy_in.setValue(values.busy_in)
            self.back.setChecked(values.back)

    def chosen(self) -> dict[str, object]:
        """The boxes hold nothing that is out of bounds."""
        return {
            "away_after": self.away_after.value(),
            "busy_in": self.busy_in.value(),
            "back": self.back.isChecked(),
        }

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("My status"))
        self._note.setText(self.tr("What you choose by hand always holds. Besides that:"))
        self._away_word.setText(self.tr("Awa&y without input for"))
        self._busy_word.setText(self.tr("&Busy from this many sessions"))
        self.away_after.setSuffix(self.tr(" min"))
        self.away_after.setSpecialValueText(self.tr("Never"))
        self.busy_in.setSpecialValueText(self.tr("Never"))
        self.back.setText(self.tr("A&vailable again by itself"))


class PublicProfileCard(SettingsCard):
    """What users read of this helper. The operator keeps it; it is only shown here."""

    def __init__(self, profile: PublicProfile) -> None:
        super().__init__()
        self._profile = profile
        self._note = label(rank="muted")
        self.body.addWidget(self._note)
        rows = self.form()
        self.name, self.languages, self.skills = label(), label(), label()
        self._name_word, self._languages_word = row(rows, self.name), row(rows, self.languages)
        self._skills_word = row(rows, self.skills)
        self.name.setText(one_line(profile.name))
        self.begin_words()

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("What users read of me"))
        self._note.setText(
            self.tr("{organisation} keeps this. Ask your operator to change it.").format(
                organisation=one_line(self._profile.organisation)
            )
        )
        self._name_word.setText(self.tr("Name"))
        self._languages_word.setText(self.tr("Languages"))
        self._skills_word.setText(self.tr("Skills"))
        self.languages.setText(self._listed(self._profile.languages))
        self.skills.setText(self._listed(self._profile.skills))

    def _listed(self, words: tuple[str, ...] | None) -> str:
        if words is None:
            return self.tr("Not known while Tasuki is not connected")
        return one_line(self.tr(", ").join(words)) or self.tr("None")
