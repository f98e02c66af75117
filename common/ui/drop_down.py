"""One of several, from a list that drops down: never cut, never beyond the screen, and what is shortened says all in its tip."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from common.ui.screens import screen_of

NARROW = 12  # widths of an M: the box may be that narrow where there is little room


class DropDown(QComboBox):
    """As wide as its longest text, where there is room. The wheel changes it only where it has the keyboard: else it scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.view().setTextElideMode(Qt.TextElideMode.ElideRight)

    def minimumSizeHint(self) -> QSize:
        """A long text does not make its window wider than the screen."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), self.fontMetrics().horizontalAdvance("M") * NARROW), hint.height())

    def showPopup(self) -> None:
        """As wide as the longest text, if the screen is."""
        free = screen_of(self).availableGeometry()
        view = self.view()
        edges = 2 * view.frameWidth() + view.verticalScrollBar().sizeHint().width()
        wide = min(max(view.sizeHintForColumn(0) + edges, self.width()), free.width())
        for row in range(self.count()):
            index = view.model().index(row, self.modelColumn(), self.rootModelIndex())
            short = view.sizeHintForIndex(index).width() + edges > wide
            self.setItemData(row, self.itemText(row) if short else None, Qt.ItemDataRole.ToolTipRole)
        view.setMinimumWidth(wide)
        super().showPopup()
        popup = view.window()
        at = popup.frameGeometry()
        popup.move(max(free.left(), min(at.left(), free.right() + 1 - at.width())), at.top())

    def event(self, event: QEvent) -> bool:
        """What has no room in the box is in its tip."""
        if event.type() is QEvent.Type.ToolTip:
            self.setToolTip(self.currentText() if self._shown()[1] else "")
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Somebody scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _shown(self) -> tuple[QStyleOptionComboBox, bool]:
        """What is painted, and whether it is shortened."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        complex_control, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(complex_control, option, field, self).width()
        text = self.currentText() or self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        return option, option.currentText != text

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Qt would cut it."""
        painter = QStylePainter(self)
        option, _ = self._shown()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
