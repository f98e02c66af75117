"""A line under a field, which says by how much the text in it is too long. While it is not, there is no such line."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from common.protocol.texts import clean
from common.ui.widgets import label
from common.ui.window import Part


class TextLimit(Part):
    """Watches `field`: `fits` is whether its text can be sent (or kept), `changed()` that this is otherwise now.

    Nothing is cut while it is written: the person sees all of it, how much is too much, and decides what goes.
    """

    changed = Signal()

    def __init__(
        self,
        field: QLineEdit | QPlainTextEdit,
        limit: int,
        *,
        kept: bool = False,
        exact: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`limit`: characters. `kept`: the text stays on this computer, and what is too long is not kept. `exact`: blanks at its ends count."""
        super().__init__(parent)
        self._field = field
        self._limit = limit
        self._kept = kept
        self._exact = exact
        self._excess = 0
        self._label = label(tone="warn")
        self._label.setObjectName(f"{field.objectName()}_limit")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label)
        field.textChanged.connect(self._look)
        self.setVisible(False)
        self.begin_words()

    def watches(self, field: QWidget) -> bool:
        """Whether it is this field whose text it counts."""
        return field is self._field

    @property
    def fits(self) -> bool:
        """Whether it is not too long."""
        return not self._excess

    def retranslate(self) -> None:
        """By how much."""
        self._look()

    def _look(self) -> None:
        field = self._field
        text = field.text() if isinstance(field, QLineEdit) else field.toPlainText()
        fitted, self._excess = self.fits, max(0, len(clean(text if self._exact else text.strip())) - self._limit)
        told = self.tr("%n characters are too many. At most {limit} can be sent.", "", self._excess)
        if self._kept:
            told = self.tr("The last %n characters are not kept. A note has at most {limit}.", "", self._excess)
        self._label.setText(told.format(limit=self._limit))
        self._label.setAccessibleName(self._label.text())
        self.setVisible(bool(self._excess))
        if self.fits is not fitted:
            self.changed.emit()
