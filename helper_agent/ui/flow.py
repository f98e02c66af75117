"""Parts side by side that go on in a next row where the window is narrow, so that no tool is ever cut off."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Left to right, then the next row. What is hidden takes no room."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = 6) -> None:
        super().__init__(parent)
        self._parts: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """At the end."""
        self._parts.append(item)

    def count(self) -> int:
        """How many."""
        return len(self._parts)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """One; None behind the last."""
        return self._parts[index] if 0 <= index < len(self._parts) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """One, no longer in the row."""
        return self._parts.pop(index) if 0 <= index < len(self._parts) else None

    def expandingDirections(self) -> Qt.Orientation:
        """No wider than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """For all rows."""
        return self._place(QRect(0, 0, width, 0), really=False)

    def setGeometry(self, box: QRect) -> None:
        """Put all in place."""
        super().setGeometry(box)
        self._place(box, really=True)

    def sizeHint(self) -> QSize:
        """All in one row."""
        sizes = [item.sizeHint() for item in self._parts if not item.isEmpty()]
        width = sum(size.width() for size in sizes) + self._gap * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        """The largest one alone."""
        size = QSize()
        for item in self._parts:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, box: QRect, *, really: bool) -> int:
        x, y, row = box.x(), box.y(), 0
        for item in self._parts:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if x > box.x() and x + size.width() > box.x() + box.width():
                x, y, row = box.x(), y + row + self._gap, 0
            if really:
                item.setGeometry(QRect(x, y, min(size.width(), box.width()), size.height()))
            x += size.width() + self._gap
            row = max(row, size.height())
        return y + row - box.y()
