"""Which screens the helper may see: a box for each of them, in the question before a request is sent."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from common.host.words import one_line
from common.ui.widgets import label, named
from common.ui.window import Part
from user_agent.servers.base import ScreenChoice


class ScreensChoice(Part):
    """Shown where there are several. All are ticked, unless the person says otherwise. `changed(some)`: whether one is ticked."""

    changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._screens: tuple[ScreenChoice, ...] = ()
        self.boxes: list[QCheckBox] = []
        self._title = label()
        self._means = named(label(rank="muted"), "screens_means")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(4)
        self._rows.addWidget(self._title)
        self._rows.addWidget(self._means)
        self.setVisible(False)
        self.begin_words()

    def show_screens(self, screens: Sequence[ScreenChoice]) -> None:
        """These can be chosen."""
        if tuple(screens) == self._screens:
            return
        self._screens = tuple(screens)
        for box in self.boxes:
            self._rows.removeWidget(box)
            box.deleteLater()
        self.boxes = [named(QCheckBox(self), f"screen_{number}") for number in range(1, len(self._screens) + 1)]
        for at, box in enumerate(self.boxes, 1):
            box.setChecked(True)
            box.toggled.connect(self._toggled)
            self._rows.insertWidget(at, box)
        if self.boxes:
            self._title.setBuddy(self.boxes[0])
        self.setVisible(len(self._screens) > 1)
        self.retranslate()
        self._toggled()

    def agreed(self) -> tuple[str, ...]:
        """Their keys; none: all of them, at once too."""
        ticked = self._ticked()
        return () if len(ticked) == len(self._screens) else ticked

    def retranslate(self) -> None:
        """Words."""
        self._title.setText(self.tr("Which &screens may be seen?"))
        for number, (box, screen) in enumerate(zip(self.boxes, self._screens, strict=True), 1):
            text = self.tr("Screen {number}: {width} × {height} ({name})")
            told = text.format(number=number, width=screen.width, height=screen.height, name=one_line(screen.name))
            box.setText(told.replace("&", "&&"))
        self._say()

    def _ticked(self) -> tuple[str, ...]:
        return tuple(one.key for box, one in zip(self.boxes, self._screens, strict=True) if box.isChecked())

    def _toggled(self) -> None:
        self._say()
        self.changed.emit(bool(self._ticked()) or not self.boxes)

    def _say(self) -> None:
        ticked = len(self._ticked())
        if not ticked:
            text = self.tr("Choose at least one screen.")
        elif ticked == len(self._screens):
            text = self.tr("The helper sees all screens, together or one alone.")
        elif ticked == 1:
            text = self.tr("The helper sees this screen only.")
        else:
            text = self.tr("The helper sees one of these at a time, can go from one to the other, and sees no other.")
        self._means.setText(text)
        for box in self.boxes:
            box.setAccessibleDescription(f"{self._title.text().replace('&', '')} {text}")
