"""Which VNC program: by itself, one of those that are here, or, greyed and with the reason, one that cannot be used."""

from collections.abc import Sequence

from PySide6.QtWidgets import QButtonGroup, QLabel, QRadioButton

from common.host.errors import TasukiError, sentence
from common.ui.settings_cards import SettingsCard
from common.ui.settings_values import ProgramOption, SettingsValues
from common.ui.widgets import label


class ProgramCard(SettingsCard):
    """A choice of programs. `field` is the name of the value; an agent's own card gives the words."""

    def __init__(self, programs: Sequence[ProgramOption], *, field: str, unknown: str) -> None:
        """`unknown`: the code of the sentence about a name that the file holds and nobody knows."""
        super().__init__()
        self._field, self._unknown, self._before = field, unknown, ""
        self._group = QButtonGroup(self)
        self.programs: dict[str, ProgramOption] = {}
        self.choices: dict[str, QRadioButton] = {}
        self._why: dict[str, QLabel] = {}
        self.note = label(rank="muted")
        self.body.addWidget(self.note)
        for program in programs:
            self._add(program)

    def _add(self, program: ProgramOption) -> None:
        choice, why = QRadioButton(), label(rank="muted")
        choice.setObjectName(f"program-{program.name}")
        choice.setEnabled(program.problem is None)
        why.setContentsMargins(26, 0, 0, 0)
        self.programs[program.name] = program
        self.choices[program.name], self._why[program.name] = choice, why
        self._group.addButton(choice)
        self.body.addWidget(choice)
        self.body.addWidget(why)

    def fill(self, values: SettingsValues) -> None:
        """Show these. One that the file names and that cannot be used stays chosen, until the person chooses another."""
        wanted = self._before = str(getattr(values, self._field))
        name = next((name for name in self.programs if name.lower() == wanted.lower()), None)
        if name is None:
            name = wanted
            known = ", ".join(filter(None, self.programs))
            self._add(ProgramOption(name=name, problem=TasukiError(self._unknown, name=name, names=known)))
            self.retranslate()
        self.choices[name].setChecked(True)

    def chosen(self) -> dict[str, object]:
        """Nothing that is not here can be newly chosen."""
        name = next(name for name, choice in self.choices.items() if choice.isChecked())
        return {self._field: self._before if name.lower() == self._before.lower() else name}

    def title(self, name: str) -> str:
        """What the person reads. Overridden for what is no program's own name."""
        return name

    def retranslate(self) -> None:
        """The words."""
        for name, program in self.programs.items():
            why = sentence(program.problem) if program.problem is not None else ""
            self.choices[name].setText(self.title(name))
            self.choices[name].setAccessibleDescription(why)
            self._why[name].setText(why)
            self._why[name].setVisible(bool(why))
