"""Room for what may be higher than the screen."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class Scrolled(QScrollArea):
    """Around what may be higher than there is room for; as wide as it has to be, and it takes no keyboard of its own."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._inside = inside
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)

    def minimumSizeHint(self) -> QSize:
        """Nothing is cut off at the side."""
        wide = self._inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(wide, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """As high as it is at a comfortable width."""
        wide = max(self.minimumSizeHint().width(), self.fontMetrics().height() * 28)
        layout = self._inside.layout()
        high = layout.totalHeightForWidth(wide) if layout is not None and layout.hasHeightForWidth() else -1
        return QSize(wide, max(high, self._inside.sizeHint().height()))
