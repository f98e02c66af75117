"""The helper's settings: what both agents have, and the viewer, what the status follows, what the organisation says of the helper."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtWidgets import QPlainTextEdit, QSpinBox, QWidget

from common.host.computer import Computer
from common.host.errors import TasukiError
from common.host.words import one_line
from common.protocol.texts import clean
from common.ui.language_names import language_name
from common.ui.program_card import ProgramCard
from common.ui.settings import SettingsDialog
from common.ui.settings_cards import ClipboardCard, ProxyCard, SettingsCard, check, row
from common.ui.settings_values import ProgramOption, SettingsValues, setting
from common.ui.widgets import label
from helper_agent.viewers import choice, novnc

LINES: Final = 4  # of the field for own texts


@dataclass(frozen=True, kw_only=True)
class HelperSettings(SettingsValues):
    """All that a helper may change in the window."""

    viewer: str = field(default=novnc.NAME, metadata=setting("programs.viewer"))
    away_after: int = field(default=15, metadata=setting("helper.away_after"))  # minutes; 0: never
    busy_in: int = field(default=1, metadata=setting("helper.busy_in"))  # sessions; 0: never
    back: bool = field(default=True, metadata=setting("helper.back"))
    tone_again: int = field(default=30, metadata=setting("helper.tone_again"))  # seconds; 0: never
    tone_times: int = field(default=5, metadata=setting("helper.tone_times"))
    answers: tuple[str, ...] = field(default=(), metadata=setting("helper.answers"))


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
            CallingCard(),
            AnswersCard(),
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


class AnswersCard(SettingsCard):
    """Own texts for the chat, one in a line."""

    def __init__(self) -> None:
        super().__init__()
        self._note = label(rank="muted")
        self.field = QPlainTextEdit()
        self.field.setObjectName("own-answers")
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(self.field.fontMetrics().lineSpacing() * LINES + 24)
        self.body.addWidget(self._note)
        self.body.addWidget(self.field)
        self.begin_words()

    def fill(self, values: SettingsValues) -> None:
        """Show these."""
        if isinstance(values, HelperSettings):
            self.field.setPlainText("\n".join(values.answers))

    def chosen(self) -> dict[str, object]:
        """Lines that are not empty. How many and how long they may be, the file says."""
        return {"answers": tuple(line for one in self.field.toPlainText().splitlines() if (line := clean(one).strip()))}

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("Own texts for the chat"))
        self._note.setText(self.tr("One in each line. In the chat a / at the beginning offers them."))
        self.field.setAccessibleName(self.tr("Own texts for the chat"))


class CallingCard(SettingsCard):
    """How long a request that nobody takes calls."""

    def __init__(self) -> None:
        super().__init__()
        self._note = label(rank="muted")
        self.body.addWidget(self._note)
        rows = self.form()
        self.tone_again, self.tone_times = QSpinBox(), QSpinBox()
        self.tone_again.setObjectName("tone-again")
        self.tone_again.setRange(0, 3600)
        self.tone_again.setSingleStep(10)
        self.tone_times.setObjectName("tone-times")
        self.tone_times.setRange(0, 100)
        self._again_word, self._times_word = row(rows, self.tone_again), row(rows, self.tone_times)
        self.begin_words()

    def fill(self, values: SettingsValues) -> None:
        """Show these."""
        if isinstance(values, HelperSettings):
            self.tone_again.setValue(values.tone_again)
            self.tone_times.setValue(values.tone_times)

    def chosen(self) -> dict[str, object]:
        """The boxes hold nothing that is out of bounds."""
        return {"tone_again": self.tone_again.value(), "tone_times": self.tone_times.value()}

    def retranslate(self) -> None:
        """The words."""
        self.heading.setText(self.tr("New requests"))
        self._note.setText(
            self.tr("Where nobody takes one, the tone comes again, unless you are busy or away or look at the list.")
        )
        self._again_word.setText(self.tr("Tone a&gain after"))
        self._times_word.setText(self.tr("At most this many tim&es"))
        self.tone_again.setSuffix(self.tr(" s"))
        self.tone_again.setSpecialValueText(self.tr("Never"))
        self.tone_times.setSpecialValueText(self.tr("Never"))


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
        languages = self._profile.languages
        self.languages.setText(self._listed(None if languages is None else tuple(map(language_name, languages))))
        self.skills.setText(self._listed(self._profile.skills))

    def _listed(self, words: tuple[str, ...] | None) -> str:
        if words is None:
            return self.tr("Not known while Tasuki is not connected")
        return one_line(self.tr(", ").join(words)) or self.tr("None")
